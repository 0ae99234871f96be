import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListenerTable } from '../../../src/protocol/mempool/listener-table.ts';
import { FULL_NODE } from '../../support/messages.ts';
import { TELLS_ALL } from '../../support/watch-fixture.ts';

const USUAL = {
  type: 'peer-ready',
  services: FULL_NODE,
  usesWtxid: true,
  wantsTxs: true,
  isInbound: false,
} as const;
const endpoint = { host: '10.0.0.1', port: 8333 };

test('those that called us are not among those that we chose, and of one only the host counts', () => {
  const table = new ListenerTable();
  for (const peer of [1, 2])
    table.add({ ...USUAL, peer, endpoint: { ...endpoint, port: 1_000 + peer }, isInbound: true });
  assert.equal(table.chosenCount, 0);
  const standing = [
    { peer: 1, atMs: 5 },
    { peer: 2, atMs: 9 },
  ];
  const expected = { announcers: ['caller 10.0.0.1'], announcedMs: [5] };
  assert.deepEqual(table.originOf(standing), expected, 'each once, with its first word');
  assert.equal(table.delete(1), true);
  assert.equal(table.delete(1), false);
  assert.deepEqual([table.has(1), table.has(2)], [false, true]);
});

test('of those that we called each port is another, and one that comes back is the same', () => {
  const table = new ListenerTable();
  const nameOf = (...peers: number[]): readonly string[] =>
    table.originOf(peers.map((peer) => ({ peer, atMs: 0 }))).announcers;
  table.add({ ...USUAL, peer: 1, endpoint });
  table.add({ ...USUAL, peer: 2, endpoint: { ...endpoint, port: 8334 } });
  assert.deepEqual(nameOf(2, 1, 7), ['10.0.0.1:8334', '10.0.0.1:8333']);
  assert.equal(table.chosenCount, 2);
  table.add({ ...USUAL, peer: 4, endpoint });
  assert.equal(table.chosenCount, 2, 'two connections of one');
  table.delete(1);
  assert.equal(table.chosenCount, 2);
  table.delete(4);
  assert.equal(table.chosenCount, 1);
  table.add({ ...USUAL, peer: 3, endpoint });
  assert.deepEqual(nameOf(3), ['10.0.0.1:8333']);
  assert.equal(table.get(1), undefined);
});

test('whether it tells of all that it has is read from its services', () => {
  const table = new ListenerTable();
  assert.equal(table.add({ ...USUAL, peer: 1, endpoint }).tellsAll, false);
  assert.equal(table.add({ ...USUAL, peer: 2, endpoint, services: TELLS_ALL }).tellsAll, true);
  assert.deepEqual(
    Array.from(table.entries(), ([peer, { tellsAll }]) => [peer, tellsAll]),
    [
      [1, false],
      [2, true],
    ],
  );
});
