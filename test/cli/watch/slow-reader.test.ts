import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { Output } from '../../../src/cli/output.ts';
import {
  MAX_WAITING_BYTES,
  MAX_WAITING_FOR_SCREEN_BYTES,
  SlowReader,
} from '../../../src/cli/watch/slow-reader.ts';
import { parseLines } from '../../support/command.ts';
import { FakeTerminal } from '../../support/fake-terminal.ts';

/** Takes nothing until it is told to. */
class Stuck extends Writable {
  text = '';
  #release: (() => void)[] = [];
  #isOpen = false;
  readonly isTTY: boolean;

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    if (this.#isOpen) done();
    else this.#release.push(done);
  }

  async open(): Promise<void> {
    this.#isOpen = true;
    for (const done of this.#release.splice(0)) done();
    while (this.writableLength > 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

function stuckOutput(json: boolean, isTTY = false) {
  const stdout = new Stuck(isTTY);
  const terminal = Object.assign(new FakeTerminal(), { stdout });
  const output = new Output(terminal, { json, logLevel: 'info' });
  return { stdout, terminal, output, reader: new SlowReader(output, 'regtest') };
}

/** Offers lines until they are refused; returns how many were taken. */
function fill({ reader, output }: ReturnType<typeof stuckOutput>): number {
  const line = { event: 'tx', filling: 'x'.repeat(9_968) };
  let taken = 0;
  while (taken < 1_000 && reader.admits()) {
    output.object(line);
    output.line(line.filling);
    taken++;
  }
  return taken;
}

test('what nobody reads waits up to the bound and no further', () => {
  const stuck = stuckOutput(true);
  const taken = fill(stuck);
  assert.ok(taken > 390 && taken < 410, `${taken}`);
  assert.ok(stuck.stdout.writableLength >= MAX_WAITING_BYTES);
  for (let i = 0; i < 1_000; i++) assert.equal(stuck.reader.admits(), false);
  assert.ok(stuck.stdout.writableLength < MAX_WAITING_BYTES + 20_000);
  assert.equal(stuck.reader.dropped, 1_001);
  assert.equal(stuck.terminal.stderr.text, '', 'nothing is said while there is no room');
});

test('for a screen the bound is lower', () => {
  const stuck = stuckOutput(false, true);
  fill(stuck);
  assert.ok(stuck.stdout.writableLength < MAX_WAITING_FOR_SCREEN_BYTES + 20_000);
});

test('as soon as the reader has caught up it is said how many were left out, once', async () => {
  const stuck = stuckOutput(true);
  fill(stuck);
  stuck.reader.admits();
  await stuck.stdout.open();
  stuck.reader.lookAgain();
  stuck.reader.lookAgain();
  assert.ok(stuck.reader.admits());
  const last = parseLines(stuck.stdout.text).filter(({ event }) => event === 'events-dropped');
  assert.deepEqual(
    last.map(({ event, network, count }) => ({ event, network, count })),
    [{ event: 'events-dropped', network: 'regtest', count: 2 }],
  );
  assert.equal(
    stuck.terminal.stderr.text,
    'Warning: 2 events were left out: the output is not read fast enough (events-dropped)\n',
  );
});

test('what is never left out is written all the same, and at the end what was left out is said', () => {
  const stuck = stuckOutput(true);
  fill(stuck);
  const before = stuck.stdout.writableLength;
  stuck.output.object({ event: 'block' });
  stuck.reader.end();
  assert.ok(stuck.stdout.writableLength > before + '{"event":"block"}'.length);
  assert.match(stuck.terminal.stderr.text, /^Warning: 1 event was left out/);
});

test('who reads in time misses nothing', () => {
  const terminal = new FakeTerminal();
  const reader = new SlowReader(new Output(terminal, { json: true, logLevel: 'info' }), 'regtest');
  for (let i = 0; i < 100; i++) assert.ok(reader.admits());
  reader.end();
  assert.deepEqual([terminal.stdout.text, terminal.stderr.text], ['', '']);
});
