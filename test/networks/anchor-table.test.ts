import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromDisplayHex, toDisplayHex } from '../../src/bytes/hex.ts';
import { AnchorTable } from '../../src/networks/anchor-table.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import type { NetworkName } from '../../src/networks/network.ts';
import { fixture, sharedData, skipWithoutSharedData } from '../support/repository.ts';

const hashOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

/** Anchors of each network, and the height of the last. */
const COUNTS: Readonly<Partial<Record<NetworkName, readonly [number, number]>>> = {
  mainnet: [473, 953_567],
  testnet3: [2486, 5_011_775],
  testnet4: [69, 139_103],
  signet: [153, 308_447],
};

for (const network of Object.values(NETWORKS)) {
  const expected = COUNTS[network.name];
  test(`${network.name} ${expected ? 'has the last block of every period as an anchor' : 'has no anchors'}`, () => {
    if (expected === undefined) {
      assert.equal(network.anchors, undefined);
      return;
    }
    const [count, lastHeight] = expected;
    const { anchors } = network;
    assert.ok(anchors !== undefined);
    assert.equal(anchors.count, count);
    for (let index = 0; index < count; index++)
      assert.equal(anchors.at(index).height, 2016 * (index + 1) - 1);
    assert.equal(anchors.at(count - 1).height, lastHeight);
    assert.equal(anchors.indexBelow(Number.MAX_SAFE_INTEGER), count - 1);
    assert.equal(anchors.hasTargets, network.name === 'mainnet');
  });

  test(
    `${network.name}'s anchors are those of the lists they were made from`,
    { skip: skipWithoutSharedData || expected === undefined },
    () => {
      const file = sharedData(`anchors-${network.name}.csv`);
      const [, ...lines] = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
      const { anchors } = network;
      assert.equal(lines.length, anchors?.count);
      for (const [index, line] of lines.entries()) {
        const [height, hash, bits] = line.split(',');
        const anchor = anchors?.at(index);
        assert.equal(anchor?.height, Number(height));
        assert.equal(anchor && toDisplayHex(anchor.hash), hash);
        assert.equal(anchors?.nextBits(index), bits ? Number.parseInt(bits, 16) : undefined);
      }
    },
  );
}

test('the first anchors of mainnet are those of its first headers', () => {
  const file = readFileSync(fixture('headers', 'mainnet-0-32261.headers'));
  const { anchors } = NETWORKS.mainnet;
  for (let index = 0; index < 16; index++) {
    const anchor = anchors?.at(index);
    assert.ok(anchor !== undefined);
    // Its hash and the target after it stand in the next header.
    const next = file.subarray(80 * (anchor.height + 1));
    assert.deepEqual(anchor.hash, new Uint8Array(next.subarray(4, 36)));
    assert.equal(anchors?.nextBits(index), next.readUInt32LE(72));
  }
});

test('the anchor below a height is found, at the height of an anchor that one itself', () => {
  const { anchors } = NETWORKS.mainnet;
  const cases = [
    [-1, -1],
    [0, -1],
    [2014, -1],
    [2015, 0],
    [2016, 0],
    [4030, 0],
    [4031, 1],
    [953_566, 471],
    [953_567, 472],
    [1_000_000, 472],
  ] as const;
  for (const [height, index] of cases) assert.equal(anchors?.indexBelow(height), index, `${height}`);
});

test('there is no anchor before the first or after the last', () => {
  const table = AnchorTable.of([{ height: 7, hash: hashOf(7) }]);
  for (const index of [-1, 1, 0.5, Number.NaN]) assert.throws(() => table.at(index), RangeError, `${index}`);
  assert.equal(AnchorTable.of([]).indexBelow(5), -1);
  assert.equal(AnchorTable.of([]).count, 0);
});

test('a hash is given out as a copy', () => {
  const table = AnchorTable.of([{ height: 7, hash: hashOf(7) }]);
  table.at(0).hash.fill(0);
  assert.deepEqual(table.at(0).hash, hashOf(7));
});

test('a packed hash with zero bytes at its end, none, or nothing else comes out whole', () => {
  // Lengths 0, 1 and 32, each followed by its bytes.
  const bytes = Buffer.concat([Buffer.of(0, 1, 0xab, 32), hashOf(9)]).toString('base64');
  const hashes = [bytes.slice(0, 20), bytes.slice(20)];
  const table = AnchorTable.packed({ count: 3, firstHeight: 1, spacing: 2, hashes });
  assert.deepEqual(table.at(0), { height: 1, hash: hashOf(0) });
  assert.equal(toDisplayHex(table.at(1).hash), `${'0'.repeat(62)}ab`);
  assert.deepEqual(table.at(2), { height: 5, hash: hashOf(9) });
  assert.equal(table.nextBits(0), undefined);
});

test('a table of our own that makes no sense is refused', () => {
  const anchor = { height: 5, hash: fromDisplayHex('00'.repeat(32)) };
  assert.throws(() => AnchorTable.of([anchor, anchor]), RangeError);
  assert.throws(() => AnchorTable.of([{ ...anchor, height: -1 }]), RangeError);
  assert.throws(() => AnchorTable.of([{ height: 5, hash: new Uint8Array(31) }]), RangeError);
  assert.throws(() => AnchorTable.of([anchor], []), RangeError);
});
