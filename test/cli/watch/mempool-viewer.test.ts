import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Output } from '../../../src/cli/output.ts';
import { MempoolViewer, type MempoolViewerOptions } from '../../../src/cli/watch/mempool-viewer.ts';
import { NETWORKS } from '../../../src/index.ts';
import { parseLines } from '../../support/command.ts';
import { FakeTerminal, type FakeTerminalOptions } from '../../support/fake-terminal.ts';
import { outputOf, removedEvent, txEvent } from '../../support/tx-events.ts';

interface ViewedOptions extends Partial<MempoolViewerOptions>, FakeTerminalOptions {
  readonly json?: boolean;
}

/** A viewer of events that a test makes up. */
function viewed({ json = false, columns, signal, ...options }: ViewedOptions = {}) {
  const terminal = new FakeTerminal({ ...(columns && { columns }), ...(signal && { signal }) });
  let stops = 0;
  const client = {
    network: NETWORKS.regtest,
    tip: { height: 123, hash: 'ab', chainwork: 'cd' },
    connections: () => [],
    stop: () => {
      stops++;
      return Promise.resolve();
    },
    mempool: { count: 5, bytes: 5_000 },
  };
  const output = new Output(terminal, { json, logLevel: 'info' });
  const viewer = new MempoolViewer({ client, terminal, output, ...options });
  return { terminal, viewer, client, stops: () => stops };
}

test('there is a header when the tip is reached, and then a line for each transaction', () => {
  const { viewer, terminal } = viewed();
  viewer.synced();
  assert.match(terminal.stdout.text, /^UTC +txid +vsize .* flags\n$/);
  for (let i = 0; i < 3; i++) assert.ok(viewer.takes(txEvent(i)));
  viewer.end();
  assert.equal(terminal.stdout.text.split('\n').length, 5);
  assert.equal(viewer.seen, 3);
});

for (const columns of [40, 80, 120, 200]) {
  test(`on ${columns} columns nothing is wider, whatever comes, and nothing steers the screen`, () => {
    const { viewer, terminal } = viewed({ columns });
    viewer.synced();
    const data = outputOf({ address: null, type: 'op-return', text: '\u001b[2J\r\n\u202e中'.repeat(50) });
    viewer.takes(txEvent(1, { outputs: [data] }));
    viewer.takes(txEvent(2, { outputs: Array.from({ length: 3_000 }, (_, n) => outputOf({ n })) }));
    viewer.takes(removedEvent(1, { reason: 'conflict' }));
    viewer.takes(removedEvent(2));
    viewer.end();
    const lines = terminal.stdout.text.split('\n');
    assert.equal(lines.length, 6);
    for (const line of lines) assert.match(line, new RegExp(`^[ -~]{0,${columns}}$`));
  });
}

test('when the window changes, columns that fit are named again', () => {
  const { viewer, terminal } = viewed({ columns: 120 });
  viewer.synced();
  viewer.takes(txEvent(1));
  terminal.stdout.columns = 60;
  viewer.takes(txEvent(2));
  viewer.takes(txEvent(3));
  viewer.end();
  const lines = terminal.stdout.text.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => line.startsWith('UTC')),
    [true, false, true, false, false],
  );
  for (const line of lines.slice(2)) assert.ok(line.length <= 60, line);
});

test('with --json every event is a line as it came, but for the bytes', () => {
  const { viewer, terminal } = viewed({ json: true });
  viewer.synced();
  const events = [txEvent(1), removedEvent(1)];
  for (const event of events) assert.ok(viewer.takes(event));
  viewer.end();
  assert.deepEqual(parseLines(terminal.stdout.text), JSON.parse(JSON.stringify(events)));
  assert.ok(!terminal.stdout.text.includes('"raw"'));
});

test('changes are told with --json only', () => {
  const { txid, wtxid, feeSats, feeRate, ancestors, descendants, peers, conflictsWith } = txEvent(1);
  const standing = { txid, wtxid, feeSats, feeRate, ancestors, descendants, peers, conflictsWith };
  const updated = { event: 'tx-updated', time: '', network: 'regtest', ...standing } as const;
  for (const json of [false, true]) {
    const { viewer, terminal } = viewed({ json });
    assert.ok(viewer.takes(updated));
    viewer.end();
    assert.equal(terminal.stdout.text !== '', json);
  }
});

test('after so many transactions it ends, and shows no more', () => {
  const { viewer, terminal, stops } = viewed({ count: 2, json: true });
  viewer.synced();
  for (let i = 0; i < 5; i++) viewer.takes(txEvent(i));
  viewer.takes(removedEvent(1));
  viewer.end();
  assert.deepEqual([stops(), viewer.seen], [1, 2]);
  assert.equal(parseLines(terminal.stdout.text).length, 2);
});

test('after so long it ends, counted from when the tip is reached', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const { viewer, stops } = viewed({ durationSeconds: 10 });
  t.mock.timers.tick(20_000);
  viewer.synced();
  t.mock.timers.tick(9_999);
  assert.equal(stops(), 0);
  t.mock.timers.tick(1);
  assert.equal(stops(), 1);
  viewer.end();
});

test('a digest takes the place of the transactions, and the last is given at the end', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const { viewer, terminal, client } = viewed({ summarySeconds: 5, json: true });
  viewer.synced();
  viewer.takes(txEvent(1));
  viewer.takes(removedEvent(1));
  t.mock.timers.tick(5_000);
  viewer.takes(txEvent(2));
  // As when the client has ended.
  Object.assign(client, { mempool: undefined });
  viewer.end();
  const digests = parseLines(terminal.stdout.text);
  assert.deepEqual(
    digests.map(({ event, network, new: fresh, confirmed, held }) => [
      event,
      network,
      fresh,
      confirmed,
      held,
    ]),
    [
      ['summary', 'regtest', 1, 1, { count: 5, bytes: 5_000 }],
      ['summary', 'regtest', 1, 0, { count: 5, bytes: 5_000 }],
    ],
  );
});

test('what is of the chain it leaves to others, but for the progress once there is a status line', () => {
  const { viewer } = viewed();
  const stamp = { time: '', network: 'regtest' } as const;
  const progress = { event: 'progress', ...stamp, height: 1, target: 2, headersPerSecond: 3 } as const;
  const block = {
    event: 'block',
    ...stamp,
    height: 1,
    hash: '',
    previous: '',
    blockTime: 0,
    bits: '',
  } as const;
  assert.deepEqual([viewer.takes(progress), viewer.takes(block)], [false, false]);
  viewer.synced();
  assert.deepEqual([viewer.takes(progress), viewer.takes(block)], [true, false]);
  viewer.end();
});
