import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readInput } from '../../../src/cli/decode/input.ts';
import { Failure } from '../../../src/cli/failure.ts';
import { DecodeError } from '../../../src/wire/index.ts';
import { FakeTerminal } from '../../support/fake-terminal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const BYTES = new Uint8Array([0, 1, 0xab, 0xff]);

function file(t: TestContext, content: string | Uint8Array): string {
  const path = join(temporaryFolder(t), 'input');
  writeFileSync(path, content);
  return `@${path}`;
}

test('digits on the command line may be of either case and have white space between', async () => {
  assert.deepEqual(await readInput('00 01\nabFF', new FakeTerminal()), BYTES);
});

test('what is no digit on the command line is refused where it stands', async () => {
  await assert.rejects(readInput('00zz', new FakeTerminal()), (error) => {
    assert.ok(error instanceof DecodeError);
    assert.deepEqual([error.code, error.offset], ['bad-hex', 2]);
    return true;
  });
  await assert.rejects(readInput('000', new FakeTerminal()), { code: 'bad-hex', offset: 3 });
});

test('a file holds digits or the bytes themselves', async (t) => {
  assert.deepEqual(await readInput(file(t, '0001\r\nABff\n'), new FakeTerminal()), BYTES);
  assert.deepEqual(await readInput(file(t, BYTES), new FakeTerminal()), BYTES);
});

test('standard input holds digits or the bytes themselves', async () => {
  assert.deepEqual(await readInput('-', new FakeTerminal({ input: '0001abff' })), BYTES);
  assert.deepEqual(await readInput('-', new FakeTerminal({ input: BYTES })), BYTES);
});

test('text in a file or a pipe is hexadecimal, and refused where it is not', async (t) => {
  const CASES = [
    ['0001 0\n 0zz', 9],
    ['00f', 3],
    ['0x00', 1],
    ['hello, world\n', 0],
  ] as const;
  for (const [text, offset] of CASES) {
    const wanted = { name: 'DecodeError', code: 'bad-hex', offset };
    await assert.rejects(readInput(file(t, text), new FakeTerminal()), wanted, text);
    await assert.rejects(readInput('-', new FakeTerminal({ input: text })), wanted, text);
    await assert.rejects(readInput(text, new FakeTerminal()), wanted, text);
  }
});

test('one byte that is no text makes all of it bytes', async (t) => {
  for (const byte of [0, 0x1f, 0x7f, 0xa0, 0xff]) {
    const content = new Uint8Array([0x30, 0x30, byte]);
    assert.deepEqual(await readInput(file(t, content), new FakeTerminal()), content);
  }
});

test('nothing is no bytes', async (t) => {
  assert.equal((await readInput('', new FakeTerminal())).length, 0);
  assert.equal((await readInput(file(t, ''), new FakeTerminal())).length, 0);
  assert.equal((await readInput('-', new FakeTerminal())).length, 0);
});

test('a file that cannot be read is named, in plain words', async (t) => {
  const folder = temporaryFolder(t);
  const message = `cannot read ${folder}/none: no such file or directory (ENOENT)`;
  await assert.rejects(readInput(`@${folder}/none`, new FakeTerminal()), {
    code: 'file-unreadable',
    message,
  });
  await assert.rejects(readInput(`@${folder}`, new FakeTerminal()), {
    code: 'file-unreadable',
    message: `cannot read ${folder}: it is a folder`,
  });
});

test('more than any block can have is not read to its end', async () => {
  const terminal = new FakeTerminal({ input: new Uint8Array(10_000_001) });
  await assert.rejects(readInput('-', terminal), (error) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, 'over-limit');
    return true;
  });
});

test('the wait for standard input ends when the program is to end', async () => {
  const stop = new AbortController();
  const terminal = new FakeTerminal({ signal: stop.signal, isInputEndless: true });
  const reading = readInput('-', terminal);
  stop.abort();
  await assert.rejects(reading, { name: 'AbortError' });
});

test('a person at the keyboard is told that input is wanted', async () => {
  const terminal = new FakeTerminal({ columns: 80, input: '00' });
  await readInput('-', terminal);
  assert.match(terminal.stderr.text, /^Reading from the keyboard/);
});
