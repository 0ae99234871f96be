import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { LOG_LEVELS, Output } from '../../src/cli/output.ts';
import { FakeTerminal } from '../support/fake-terminal.ts';

test('text for people and lines for programs exclude each other', () => {
  for (const json of [false, true]) {
    const terminal = new FakeTerminal();
    const output = new Output(terminal, { json, logLevel: 'info' });
    output.line('a result');
    output.object({ event: 'result' });
    assert.equal(terminal.stdout.text, json ? '{"event":"result"}\n' : 'a result\n');
    assert.equal(terminal.stderr.text, '');
  }
});

test("JSON is printable ASCII: a stranger's text steers no terminal and survives any encoding", () => {
  const terminal = new FakeTerminal();
  const value = { agent: '\u001b[31m/Sätoshi:😀/\u0007\u007f\u2028', ключ: 'line\nend' };
  new Output(terminal, { json: true, logLevel: 'info' }).object(value);
  const { text } = terminal.stdout;
  assert.match(text, /^[ -~]+\n$/);
  assert.deepEqual(JSON.parse(text), value);
});

test('each level of remarks holds those above it', () => {
  const wanted = LOG_LEVELS.map((logLevel) => {
    const terminal = new FakeTerminal();
    const output = new Output(terminal, { json: false, logLevel });
    for (const level of LOG_LEVELS) output.remark(level, level);
    assert.equal(terminal.stdout.text, '');
    return terminal.stderr.text.split('\n').filter((level) => level !== '');
  });
  assert.deepEqual(wanted, [
    ['error'],
    ['error', 'warning'],
    ['error', 'warning', 'info'],
    ['error', 'warning', 'info', 'debug'],
  ]);
});

test('remarks go to stderr with --json as well, where they disturb nobody', () => {
  const terminal = new FakeTerminal();
  new Output(terminal, { json: true, logLevel: 'info' }).remark('info', 'Connected');
  assert.deepEqual([terminal.stdout.text, terminal.stderr.text], ['', 'Connected\n']);
});

test('raw bytes wait for a slow reader, but not once the program is to end', async () => {
  const stop = new AbortController();
  const pending: (() => void)[] = [];
  const slow = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => void pending.push(done),
  });
  const { stdin, stderr, programName } = new FakeTerminal();
  const terminal = { stdin, stdout: slow, stderr, signal: stop.signal, programName };
  const output = new Output(terminal, { json: false, logLevel: 'info' });

  let isWritten = false;
  const writing = output.bytes(new Uint8Array(100)).then(() => (isWritten = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isWritten, false);
  pending.pop()?.();
  await writing;

  const blocked = output.bytes(new Uint8Array(100));
  stop.abort();
  await blocked;
  await output.bytes(new Uint8Array(100));
});

test('waiting for room leaves no listener behind, however it ends', async () => {
  const stop = new AbortController();
  const pending: (() => void)[] = [];
  const slow = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => void pending.push(done),
  });
  const { stdin, stderr, programName } = new FakeTerminal();
  const terminal = { stdin, stdout: slow, stderr, signal: stop.signal, programName };
  const output = new Output(terminal, { json: false, logLevel: 'info' });
  const counts = (): number[] => [
    slow.listenerCount('drain'),
    slow.listenerCount('close'),
    getEventListeners(stop.signal, 'abort').length,
  ];
  const before = counts();
  for (let i = 0; i < 20; i++) {
    const writing = output.bytes(new Uint8Array(100));
    pending.pop()?.();
    await writing;
  }
  assert.deepEqual(counts(), before);
  const last = output.bytes(new Uint8Array(100));
  slow.destroy();
  await last;
  await output.bytes(new Uint8Array(100));
  assert.deepEqual(counts(), before);
});

test('remarks that nobody reads do not pile up, but for what went wrong', () => {
  const stderr = new Writable({ write: () => undefined });
  const terminal = Object.assign(new FakeTerminal(), { stderr });
  const output = new Output(terminal, { json: false, logLevel: 'debug' });
  for (let i = 0; i < 2_000; i++) output.remark('info', 'x'.repeat(999));
  const { writableLength } = stderr;
  assert.ok(writableLength < 1_010_000, `${writableLength}`);
  output.remark('error', 'this is said');
  assert.ok(stderr.writableLength > writableLength);
});
