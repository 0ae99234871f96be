import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { toDisplayHex } from '../../src/bytes/hex.ts';
import { chainBaseAt } from '../../src/chain/chain-base.ts';
import { chainworkHex } from '../../src/chain/work.ts';
import { AnchorTable } from '../../src/networks/anchor-table.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

const { mainnet } = NETWORKS;

test("a base is the highest anchor at or below a height, with the next header's target", () => {
  const base = chainBaseAt(mainnet, 151_500);
  assert.equal(base?.height, 151_199);
  assert.equal(base?.nextBits, 0x1a0df0ca);
  assert.deepEqual(chainBaseAt(mainnet, 151_199), base);
  assert.deepEqual(chainBaseAt(mainnet, 153_214), base);
  assert.equal(chainBaseAt(mainnet, 153_215)?.height, 153_215);
});

test('chainwork at an anchor is the sum over the periods of 2,016 times the work of their target', () => {
  assert.equal(chainBaseAt(mainnet, 2015)?.chainwork, 2016n * 0x100010001n);
  assert.equal(chainBaseAt(mainnet, 953_567)?.chainwork, 0x12fa7ecf8d5705e356fd4a680n);
  assert.equal(chainBaseAt(mainnet, 10_000_000)?.height, 953_567);
});

test('below the first anchor there is no base', () => {
  for (const height of [-1, 0, 2014]) assert.equal(chainBaseAt(mainnet, height), undefined);
});

test('without targets, and without anchors, there is no base', () => {
  for (const name of ['testnet3', 'testnet4', 'signet', 'regtest'] as const)
    assert.equal(chainBaseAt(NETWORKS[name], 100_000), undefined, name);
});

test('anchors that leave a period out give no base: its work would be unknown', () => {
  const hash = new Uint8Array(32);
  const anchors = AnchorTable.of(
    [
      { height: 2015, hash },
      { height: 6047, hash },
    ],
    [0x1d00ffff, 0x1d00ffff],
  );
  assert.equal(chainBaseAt({ ...mainnet, anchors }, 2015)?.height, 2015);
  assert.equal(chainBaseAt({ ...mainnet, anchors }, 6047), undefined);
});

test(
  'hash, chainwork and next target agree with the known boundaries of mainnet',
  { skip: skipWithoutSharedData },
  () => {
    const [, , ...lines] = readFileSync(sharedData('mainnet-epochs.csv'), 'utf8').trim().split('\n');
    let compared = 0;
    for (const line of lines) {
      const [height, hashBefore, , bits, , , chainworkBefore] = line.split(',');
      const base = chainBaseAt(mainnet, Number(height));
      assert.equal(base?.height, Number(height) - 1);
      if (hashBefore) assert.equal(toDisplayHex(base.hash), hashBefore);
      if (bits) assert.equal(base.nextBits, Number.parseInt(bits, 16));
      if (!chainworkBefore) continue;
      assert.equal(chainworkHex(base.chainwork), chainworkBefore.padStart(64, '0'), `at ${height}`);
      compared++;
    }
    assert.ok(compared > 400, `${compared} compared`);
  },
);
