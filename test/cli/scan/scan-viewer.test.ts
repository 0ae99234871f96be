import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Output, type OutputOptions } from '../../../src/cli/output.ts';
import { ScanViewer, type ScanViewerOptions } from '../../../src/cli/scan/scan-viewer.ts';
import type { ClientEvent } from '../../../src/index.ts';
import { parseLines } from '../../support/command.ts';
import { FakeTerminal } from '../../support/fake-terminal.ts';
import {
  paymentEvent,
  paymentRemovedEvent,
  scannedEvent,
  scanProgressEvent,
  spendingEvent,
} from '../../support/scan-events.ts';

interface ViewedOptions extends Partial<ScanViewerOptions>, Partial<OutputOptions> {
  readonly columns?: number;
}

/** A viewer of events that a test makes up. */
function viewed(options: ViewedOptions = {}) {
  const { columns, json = false, logLevel = 'info', ...others } = options;
  const terminal = new FakeTerminal({ ...(columns !== undefined && { columns }) });
  const output = new Output(terminal, { json, logLevel });
  const client = { connections: () => [] };
  const setting = { fromHeight: 0, follow: false, allBlocks: false };
  const viewer = new ScanViewer({ client, terminal, output, ...setting, ...others });
  const show = (...events: readonly ClientEvent[]): boolean[] => events.map((event) => viewer.takes(event));
  const rows = (): string[] => terminal.stdout.text.trimEnd().split('\n');
  return { terminal, viewer, output, show, rows };
}

/** Stands in for the clock that progress is timed by. */
function stopClock(t: TestContext): { advance(ms: number): void } {
  let nowMs = 1_000;
  t.mock.method(performance, 'now', () => nowMs);
  return { advance: (ms) => (nowMs += ms) };
}

const REORG = {
  event: 'reorg',
  time: '',
  network: 'regtest',
  fork: { height: 4, hash: 'ab' },
  removed: ['cd'],
  added: ['ef', '12'],
} as const;

test('columns are named before the first payment, and each payment is one row', () => {
  const { viewer, show, rows } = viewed();
  assert.deepEqual(show(paymentEvent(5), spendingEvent(6)), [true, true]);
  viewer.end();
  const [header, first, second, ...others] = rows();
  assert.match(header ?? '', /^UTC +height +BTC +balance +txid +block +address$/);
  assert.match(first ?? '', / 5 +\+1\.50000000 +1\.50000000 /);
  assert.match(second ?? '', / 6 +-0\.50000000 +1\.00000000 /);
  assert.deepEqual(others, []);
});

test('with --verbose hashes, outputs and inputs are in lines below each row', () => {
  const { show, rows } = viewed({ columns: 80, logLevel: 'debug' });
  show(paymentEvent(5));
  assert.deepEqual(
    rows().map((line) => line.trim().split(/ +/)[0]),
    ['UTC', '2026-11-21', 'txid', 'block', 'pays'],
  );
});

for (const columns of [40, 80, 120, 200]) {
  test(`on ${columns} columns no line is wider, from the first payment to the end`, () => {
    const { viewer, show, rows, terminal } = viewed({ columns, follow: true });
    show(paymentEvent(5, { stored: true }), scanProgressEvent(5), paymentEvent(900), scannedEvent());
    show(paymentRemovedEvent(900), scannedEvent({ balanceSats: 0 }));
    viewer.end();
    const fitting = rows().filter((line) => !/^ {2}[a-z]|^Scanned|^Balance/.test(line));
    assert.equal(fitting.length, 4);
    for (const line of fitting) assert.ok(line.length <= columns, line);
    for (const [, drawn = ''] of terminal.stderr.text.matchAll(/\[1G((?:Scanning|height)[ -~]*)/g))
      assert.ok(drawn.length < columns, drawn);
  });
}

test('when the window changes, columns that fit are named again', () => {
  const { show, rows, terminal } = viewed({ columns: 120 });
  show(paymentEvent(5));
  terminal.stdout.columns = 60;
  show(paymentEvent(6), paymentEvent(7));
  assert.deepEqual(
    rows().map((line) => line.includes('balance')),
    [true, false, true, false, false],
  );
  for (const line of rows().slice(2)) assert.ok(line.length <= 60, line);
});

test('with --json every event is a line as it came, and progress comes once a second', (t) => {
  const clock = stopClock(t);
  const { show, terminal } = viewed({ json: true });
  const early = [paymentEvent(5, { stored: true }), scanProgressEvent(5)];
  const late = [scanProgressEvent(900), paymentRemovedEvent(5), paymentEvent(901), scannedEvent()];
  show(...early, scanProgressEvent(6));
  clock.advance(1_000);
  show(...late);
  const expected: unknown = JSON.parse(JSON.stringify([...early, ...late]));
  assert.deepEqual(parseLines(terminal.stdout.text), expected);
});

test('payments of an earlier run come first, and it is said how many they are and how far it came', () => {
  const { show, rows, terminal } = viewed();
  show(paymentEvent(5, { stored: true }), paymentEvent(6, { stored: true }));
  show(scanProgressEvent(812_000), scanProgressEvent(812_100), paymentEvent(812_050), scannedEvent());
  assert.equal(terminal.stderr.text, '2 payments known up to height 812,000 from an earlier run\n');
  assert.equal(rows().filter((row) => row.startsWith('2026')).length, 3);
});

/** What is said on stderr of a scan from height 100. */
function said(...events: readonly ClientEvent[]): string {
  const { show, terminal } = viewed({ fromHeight: 100 });
  show(...events);
  return terminal.stderr.text;
}

test('one payment, none, and no earlier run are told apart', () => {
  const stored = paymentEvent(105, { stored: true });
  const fresh = scanProgressEvent(99, { fromHeight: 100 });
  assert.equal(said(stored, scannedEvent()), '1 payment known from an earlier run\n');
  assert.equal(said(scanProgressEvent(500)), 'No payments known up to height 500 from an earlier run\n');
  assert.equal(said(stored, paymentRemovedEvent(105)), '1 payment known from an earlier run\n');
  assert.equal(said(fresh, paymentEvent(105), scannedEvent()), '');
  assert.equal(said(paymentEvent(105), scannedEvent()), '');
  assert.equal(said(scannedEvent()), '');
});

test('the bar begins empty at the first height, and counts fetched blocks where there is room', () => {
  const { show, terminal, viewer } = viewed({ columns: 120, fromHeight: 800_000 });
  show(scanProgressEvent(805_999, { fromHeight: 800_000, target: 812_000, blocksPerSecond: 1_500 }));
  assert.match(
    terminal.stderr.text,
    /Scanning \[=+ +\] 49% {2}height 805,999 {2}1,500 blocks\/s {2}7 fetched {2}4 s left/,
  );
  viewer.end();
  assert.ok(terminal.stderr.text.endsWith('\u001b[2K'), 'it is gone at the end');
});

test('before the first block of all there is a bar, and none where there is nothing to do', () => {
  const first = viewed({ columns: 120 });
  first.show(scanProgressEvent(-1, { blocksPerSecond: 0, fetchedBlocks: 0 }));
  assert.match(first.terminal.stderr.text, /Scanning \[ +\] {2}0% {2}height {5}0 {2}0 fetched/);
  const last = viewed({ columns: 120 });
  last.show(scanProgressEvent(1_000));
  assert.doesNotMatch(last.terminal.stderr.text, /Scanning/);
  for (const { viewer } of [first, last]) viewer.end();
});

test('elsewhere a plain line says the same now and then', (t) => {
  const clock = stopClock(t);
  const { show, terminal } = viewed();
  clock.advance(3_000);
  show(scanProgressEvent(-1), scanProgressEvent(500));
  clock.advance(3_000);
  show(scanProgressEvent(600));
  assert.match(
    terminal.stderr.text,
    /\nScanning: height 600 of 1,000, 100 blocks\/s, 7 fetched, 4 s left\n$/,
  );
});

test('at the end there is a summary, of the blocks that this run looked at', () => {
  const { show, rows } = viewed();
  show(scanProgressEvent(899), paymentEvent(950), scannedEvent());
  assert.equal(rows().at(-7), 'Scanned regtest from height 0 to 1,000');
  assert.equal(rows().at(-2), '  blocks     101 looked at, 7 of them fetched, in 12.3 s');
  assert.match(rows().at(-1) ?? '', /^ {2}peers saw {2}which 7 blocks were fetched; no address/);
});

test('with --all-blocks peers have learnt nothing of the addresses', () => {
  const { show, rows } = viewed({ allBlocks: true });
  show(scannedEvent());
  assert.equal(rows().at(-1), '  peers saw  that all blocks were fetched, and nothing of the addresses');
});

test('what was spent from before the first height is a warning, once', () => {
  const { show, terminal } = viewed({ logLevel: 'warning', follow: true });
  show(scannedEvent({ unknownSpends: 2 }), scannedEvent({ unknownSpends: 2 }));
  assert.match(terminal.stderr.text, /^Warning: 2 inputs spend [^\n]+ begin lower with --from\n$/);
  show(scannedEvent({ unknownSpends: 3 }));
  assert.match(terminal.stderr.text, /\nWarning: 3 inputs spend /);
});

test('while following, a new block says something only when the balance has changed', () => {
  const { show, rows, terminal, viewer } = viewed({ follow: true });
  show(scannedEvent({ height: 1_000 }));
  const before = rows().length;
  show(scanProgressEvent(1_001), scannedEvent({ height: 1_001 }));
  assert.equal(rows().length, before);
  show(paymentEvent(1_002), scannedEvent({ height: 1_002, balanceSats: 300_000_000 }));
  assert.deepEqual(rows().slice(before + 2), ['Balance 3.00000000 BTC at height 1,002']);
  viewer.end();
  assert.equal(terminal.stderr.text, 'Following new blocks; Ctrl-C stops.\n');
});

test('a reorganisation takes payments back, in marked rows, and tells the balance after it', () => {
  const { show, rows, terminal } = viewed({ follow: true });
  show(scanProgressEvent(4), paymentEvent(5), scannedEvent({ height: 5 }));
  const before = rows().length;
  assert.deepEqual(show(REORG), [false]);
  show(paymentRemovedEvent(5), paymentEvent(6), paymentRemovedEvent(6));
  show(scannedEvent({ height: 6, balanceSats: 0 }));
  const [removed, again, last, balance] = rows().slice(before);
  assert.match(removed ?? '', /^removed +5 +-1\.50000000 +0\.00000000 .* left the chain$/);
  assert.match(again ?? '', /^2026/);
  assert.match(last ?? '', /^removed +6 /);
  assert.equal(balance, 'Balance 0.00000000 BTC at height 6');
  assert.match(terminal.stderr.text, /\nReorganisation above height 4: blocks 1 removed, 2 added\n/);
});

test('while following, the line at the bottom says where things stand; a bar takes its place for many blocks only', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const { show, terminal, viewer } = viewed({ columns: 80, follow: true });
  const since = (length: number): string => terminal.stderr.text.slice(length);
  show(scannedEvent({ height: 1_000 }));
  assert.match(terminal.stderr.text, /height 1,000 {2}balance 1\.50000000 BTC {2}1 payment {2}0 peers/);
  const one = terminal.stderr.text.length;
  show(scanProgressEvent(1_000, { target: 1_001 }), scannedEvent({ height: 1_001 }));
  t.mock.timers.tick(1_100);
  assert.match(since(one), /height 1,001 {2}balance/);
  assert.doesNotMatch(since(one), /Scanning/);
  const many = terminal.stderr.text.length;
  show(scanProgressEvent(1_001, { target: 2_000 }));
  assert.match(since(many), /Scanning/);
  const { length } = terminal.stderr.text;
  t.mock.timers.tick(5_000);
  assert.doesNotMatch(since(length), /balance/, 'one line at a time');
  viewer.end();
  assert.ok(
    terminal.stderr.text.lastIndexOf('\u001b[?25h') > terminal.stderr.text.lastIndexOf('\u001b[?25l'),
  );
});

test('headers are shown until blocks are, then their place is taken; the rest of the chain is left to others', () => {
  const { show } = viewed();
  const stamp = { time: '', network: 'regtest' } as const;
  const progress = { event: 'progress', ...stamp, height: 1, target: 2, headersPerSecond: 3 } as const;
  const warning = { event: 'warning', ...stamp, code: 'x', message: 'y' } as const;
  assert.deepEqual(show(progress, warning), [false, false]);
  show(scanProgressEvent(5));
  assert.deepEqual(show(progress, warning), [true, false]);
});

test('how far it came is known to who interrupts it', () => {
  const { viewer, show } = viewed();
  assert.equal(viewer.height, undefined);
  show(scanProgressEvent(-1));
  assert.equal(viewer.height, undefined, 'nothing was looked at yet');
  show(scanProgressEvent(500));
  assert.equal(viewer.height, 500);
  show(scannedEvent({ height: 1_000 }));
  assert.equal(viewer.height, 1_000);
});
