import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { run } from '../../../src/cli/program.ts';
import { toDisplayHex } from '../../../src/bytes/hex.ts';
import { parseLines } from '../../support/command.ts';
import { setEnvironment } from '../../support/environment.ts';
import { FakeTerminal, type FakeTerminalOptions, runHere } from '../../support/fake-terminal.ts';
import { mine } from '../../support/mine.ts';
import { RelayingPeer, someTransactions } from '../../support/relaying-peer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** What all of {@link someTransactions} pay to, on regtest and on mainnet. */
const ADDRESS = 'bcrt1qpyysjzgfpyysjzgfpyysjzgfpyysjzgfrwg6xw';
const OTHER_ADDRESS = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
const MAINNET_ADDRESS = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4';

/** The command while it runs, and the peer that it watches. */
class Watching {
  readonly terminal: FakeTerminal;
  readonly code: Promise<number>;
  readonly peer: RelayingPeer;
  readonly #stop = new AbortController();

  private constructor(
    t: TestContext,
    peer: RelayingPeer,
    args: readonly string[],
    options: FakeTerminalOptions,
  ) {
    this.peer = peer;
    this.terminal = new FakeTerminal({ ...options, signal: this.#stop.signal });
    this.code = run([...watchArgs(t, peer.address), ...args], this.terminal);
    t.after(() => this.stop());
  }

  /** Resolves when the tip is reached. */
  static async start(t: TestContext, args: readonly string[] = [], options: FakeTerminalOptions = {}) {
    const watching = new Watching(t, await RelayingPeer.start(t, mine(20)), args, options);
    await watching.says(/Synced regtest to height 20\n|"event":"synced"/);
    return watching;
  }

  stop(): Promise<number> {
    this.#stop.abort();
    return this.code;
  }

  get lines(): string[] {
    return this.terminal.stdout.text.trimEnd().split('\n');
  }

  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.terminal.stdout.text + this.terminal.stderr.text))
      await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function watchArgs(t: TestContext, peer: string): string[] {
  return ['watch', '--network', 'regtest', '--connect', peer, '--datadir', temporaryFolder(t)];
}

test('watch syncs, names the columns, and prints each transaction once until it is stopped', async (t) => {
  const watching = await Watching.start(t);
  const transactions = someTransactions(5);
  watching.peer.announce(...transactions);
  watching.peer.announce(...transactions);
  const last = toDisplayHex((transactions[4] as (typeof transactions)[0]).txid);
  await watching.says(new RegExp(last));
  assert.equal(await watching.stop(), 130);
  const header = watching.lines.findIndex((line) => line.startsWith('UTC'));
  assert.match(watching.lines[header] ?? '', /^UTC +txid +vsize +outs +BTC +pays to +sat\/vB +flags$/);
  const rows = watching.lines.slice(header + 1);
  assert.equal(rows.length, transactions.length);
  assert.deepEqual(
    new Set(rows.map((row) => row.split(/ +/)[1])),
    new Set(transactions.map(({ txid }) => toDisplayHex(txid))),
  );
  for (const row of rows)
    assert.match(
      row,
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d  [0-9a-f]{64} +101 +1 +0\\.0000100\\d  ${ADDRESS} +- +rbf$`),
    );
  assert.match(watching.terminal.stderr.text, /\nWatching the mempool; Ctrl-C stops\.\n/);
  assert.match(
    watching.terminal.stderr.text,
    /\nInterrupted: 5 transactions were seen; the tip is at height 20, all headers so far are saved\.\n$/,
  );
});

test('watch --json has an event for each, and --count ends it with 0', async (t) => {
  const watching = await Watching.start(t, ['--json', '--quiet', '--count', '3']);
  const transactions = someTransactions(10);
  watching.peer.announce(...transactions);
  assert.equal(await watching.code, 0);
  const events = parseLines(watching.terminal.stdout.text).filter(({ event }) => event === 'tx');
  assert.equal(events.length, 3);
  const [first = {}] = events;
  assert.deepEqual(
    [first['network'], first['vsize'], first['feeSats'], first['outputTotalSats'], first['raw']],
    ['regtest', 101, null, first['outputTotalSats'], undefined],
  );
  assert.equal(watching.terminal.stderr.text, '');
});

test('watch --duration ends by itself, with 0, and says how many were seen', async (t) => {
  const watching = await Watching.start(t, ['--duration', '0.5']);
  assert.equal(await watching.code, 0);
  assert.match(watching.terminal.stderr.text, /\nDone: 0 transactions were seen\.\n$/);
});

test('watch --summary prints numbers and bars in place of transactions', async (t) => {
  const watching = await Watching.start(t, ['--summary', '0.4', '--duration', '1']);
  watching.peer.announce(...someTransactions(7));
  assert.equal(await watching.code, 0);
  const text = watching.lines.filter((line) => / new in /.test(line));
  assert.ok(text.length >= 2, watching.terminal.stdout.text);
  assert.ok(
    text.some((line) => /^\d\d:\d\d:\d\d {2}7 new in \d+ ms \(/.test(line)),
    text.join('\n'),
  );
  assert.match(watching.terminal.stdout.text, /\n {2}fee unknown {2}7 {2}#{50}\n/);
  assert.doesNotMatch(watching.terminal.stdout.text, /^UTC/m);
});

test('with filters the first line says what is watched, and only that is shown', async (t) => {
  const filters = ['--address', ADDRESS, '--min-value', '1003', '--duration', '1'];
  const watching = await Watching.start(t, filters);
  watching.peer.announce(...someTransactions(5));
  assert.equal(await watching.code, 0);
  assert.equal(
    watching.lines[0],
    `Watching transactions of regtest with address ${ADDRESS}, and with outputs of at least 1,003 satoshis in all`,
  );
  assert.match(watching.terminal.stderr.text, /Done: 2 transactions were seen/);
});

test('with filters and --json the first event says what is watched', async (t) => {
  setEnvironment(t, { HEADLIGHT_ADDRESS: OTHER_ADDRESS });
  const watching = await Watching.start(t, ['--json', '--duration', '0.3']);
  watching.peer.announce(...someTransactions(5));
  assert.equal(await watching.code, 0);
  const events = parseLines(watching.terminal.stdout.text);
  assert.deepEqual(
    [events[0]?.['event'], events[0]?.['filter']],
    ['watching', { addresses: [OTHER_ADDRESS] }],
  );
  assert.ok(!events.some(({ event }) => event === 'tx'));
});

const WRONG: readonly (readonly [string[], RegExp])[] = [
  [['--address', MAINNET_ADDRESS], /it is an address of mainnet, not of regtest\n/],
  [['--address', `${ADDRESS.slice(0, -1)}q`], /the checksum does not fit/],
  [['--script', 'zz'], /"zz" is no script/],
  [['--txid', '12'], /"12" is no txid/],
  [['--type', 'p2foo'], /Allowed are p2wpkh, p2tr/],
  [['--min-value', '0.1'], /Not a whole number/],
];

for (const [args, words] of WRONG) {
  test(`watch ${args.join(' ')} is wrong usage, said at once`, async (t) => {
    const { code, stdout, stderr } = await runHere([...watchArgs(t, '127.0.0.1:1'), ...args]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, words);
    assert.match(stderr, /^headlight: [^\n]+\n\(try headlight watch --help\)\n$/);
  });
}

for (const columns of [40, 80, 120, 200]) {
  test(`on a screen of ${columns} columns rows fit, and the status line is drawn and gone at the end`, async (t) => {
    const watching = await Watching.start(t, [], { columns });
    await watching.says(/1 peer {2}height 20/);
    watching.peer.announce(...someTransactions(3));
    await watching.says(/3 held/);
    assert.equal(await watching.stop(), 130);
    const rows = watching.lines.filter((line) => /^(UTC|\d\d:)/.test(line));
    assert.equal(rows.length, 4);
    for (const row of rows) assert.ok(row.length <= columns, row);
    const { text } = watching.terminal.stderr;
    for (const [, drawn = ''] of text.matchAll(/\[1G(\d+ peer[ -~]*)/g))
      assert.ok(drawn.length < columns, drawn);
    assert.ok(text.lastIndexOf('\u001b[2K') > text.lastIndexOf(' held'), 'the status line is gone');
    assert.ok(text.lastIndexOf('\u001b[?25h') > text.lastIndexOf('\u001b[?25l'), 'the cursor is back');
  });
}
