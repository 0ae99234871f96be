import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { run } from '../../../src/cli/program.ts';
import { LightClient } from '../../../src/index.ts';
import { parseLines } from '../../support/command.ts';
import { FakeTerminal } from '../../support/fake-terminal.ts';
import { HeadersChain } from '../../support/headers-chain.ts';
import { mine } from '../../support/mine.ts';
import { serve } from '../../support/serving-client.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { answer, WireConnection } from '../../support/wire-peer.ts';
import { openChain } from '../../support/chains.ts';

/** The command while it runs. */
class Serving {
  readonly terminal: FakeTerminal;
  readonly code: Promise<number>;
  readonly #stop = new AbortController();

  constructor(t: TestContext, ...args: string[]) {
    this.terminal = new FakeTerminal({ signal: this.#stop.signal });
    const program = ['serve', '--network', 'regtest', '--listen', '127.0.0.1:0', ...args];
    this.code = run(program, this.terminal);
    t.after(() => this.stop());
  }

  stop(): Promise<number> {
    this.#stop.abort();
    return this.code;
  }

  /** Resolves to what matches in all that was written so far. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.terminal.stdout.text + this.terminal.stderr.text);
      if (found !== null) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

test('serve syncs, says first where it listens, and serves those who connect until it is stopped', async (t) => {
  const datadir = temporaryFolder(t);
  const peer = await serve(t, mine(40));
  const serving = new Serving(t, '--connect', peer, '--datadir', datadir);
  const [, address = ''] = await serving.says(/^Listening on (127\.0\.0\.1:\d+)$/m);
  await serving.says(/^Synced regtest to height 40$/m);
  const client = new LightClient({ network: 'regtest', connect: [address], follow: false });
  t.after(() => client.stop());
  await client.start();
  assert.equal((await client.synced()).height, 40);
  await client.ended();
  await serving.says(/127\.0\.0\.1:\d+ is no longer connected to us/);
  assert.equal(await serving.stop(), 130);
  const { stderr } = serving.terminal;
  assert.match(
    stderr.text,
    /^Listening on 127\.0\.0\.1:\d+\nServing regtest from height 0\nConnected to 127\.0\.0\.1:\d+ \(/,
  );
  assert.match(stderr.text, /\n127\.0\.0\.1:\d+ connected to us \(\/headlight:[\d.]+\/, height 0\)\n/);
  assert.match(stderr.text, /\nInterrupted: the tip is at height 40, all headers so far are saved\.\n$/);
  const chain = await openChain(datadir);
  assert.equal(chain.tip.height, 40);
  await chain.close();
});

test('serve --json tells events alone, also where it listens', async (t) => {
  const serving = new Serving(t, '--no-dial', '--datadir', temporaryFolder(t), '--json', '--quiet');
  const [, address = ''] = await serving.says(/"event":"listening".*"address":"([^"]+)"/);
  const client = new LightClient({ network: 'regtest', connect: [address] });
  t.after(() => client.stop());
  await client.start();
  await serving.says(/"event":"peer-connected"/);
  assert.equal(await serving.stop(), 130);
  const events = parseLines(serving.terminal.stdout.text);
  const { time, ...first } = events[0] ?? {};
  assert.equal(typeof time, 'string');
  assert.deepEqual(first, { event: 'listening', network: 'regtest', address });
  assert.deepEqual([events[1]?.['event'], events[1]?.['direction']], ['peer-connected', 'inbound']);
  assert.equal(serving.terminal.stderr.text, '');
});

test('serve --no-dial calls nobody, not even those that are named', async (t) => {
  const peer = await serve(t, mine(4));
  const serving = new Serving(t, '--no-dial', '--connect', peer, '--datadir', temporaryFolder(t));
  await serving.says(/Serving regtest/);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(await serving.stop(), 130);
  assert.doesNotMatch(serving.terminal.stderr.text, /Connected to/);
});

test('headers that a caller brings are taken in and stored', async (t) => {
  const datadir = temporaryFolder(t);
  const serving = new Serving(t, '--no-dial', '--datadir', datadir);
  const [, address = ''] = await serving.says(/^Listening on (\S+)$/m);
  const headers = new HeadersChain(mine(6));
  const caller = new WireConnection(connect(Number(address.split(':')[1]), '127.0.0.1'));
  t.after(() => caller.socket.destroy());
  await caller.callAndShakeHands({ startHeight: 6 });
  void answer(caller, headers);
  await serving.says(/^Synced regtest to height 6$/m);
  assert.equal(await serving.stop(), 130);
  const chain = await openChain(datadir);
  assert.equal(chain.tip.height, 6);
  await chain.close();
});

test('an address that is taken is said, with what to do', async (t) => {
  const peer = await serve(t, mine(1));
  const terminal = new FakeTerminal();
  const args = ['serve', '--network', 'regtest', '--listen', peer, '--datadir', temporaryFolder(t)];
  assert.equal(await run(args, terminal), 1);
  assert.match(
    terminal.stderr.text,
    /^headlight: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*; name another address with --listen HOST:PORT\n$/,
  );
});
