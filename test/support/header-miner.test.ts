import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256d } from '../../src/bytes/hash.ts';
import { fromHex, toDisplayHex } from '../../src/bytes/hex.ts';
import { targetBytes } from '../../src/chain/compact-target.ts';
import { ProofOfWork } from '../../src/chain/proof-of-work.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { findNonce, prove } from './header-miner.ts';

test('a header is given proof of work for its own bits', () => {
  const header = fromHex(NETWORKS.mainnet.genesisHeaderHex);
  // One hash in 65,536 meets these.
  const bits = 0x1f00ffff;
  new DataView(header.buffer).setUint32(72, bits, true);
  const hash = prove(header);
  assert.deepEqual(hash, sha256d(header));
  assert.equal(new ProofOfWork(NETWORKS.regtest.powLimit).fault(hash, bits), undefined);
});

test('the nonce is the lowest that trying them one by one finds, and the hash is the header’s', () => {
  for (const shift of [1n, 2n, 5n, 9n, 12n]) {
    const limit = (1n << (256n - shift)) - 12345n;
    const target = targetBytes(limit);
    for (let salt = 0; salt < 8; salt++) {
      const header = new Uint8Array(80).map((_, i) => (i * 31 + salt * 7 + Number(shift)) & 0xff);
      const expected = header.slice();
      new DataView(expected.buffer).setUint32(76, firstNonce(expected, limit), true);
      assert.deepEqual(findNonce(header, target), sha256d(expected));
      assert.deepEqual(header, expected);
    }
  }
});

test('a header that lies in a larger array is found there', () => {
  const larger = new Uint8Array(200).fill(7);
  const target = new Uint8Array(32).fill(0xff, 0, 31);
  const hash = findNonce(larger.subarray(33, 113), target);
  assert.deepEqual(hash, sha256d(larger.subarray(33, 113)));
  assert.equal(hash?.[31], 0);
  assert.ok(
    larger.subarray(0, 109).every((byte) => byte === 7) && larger.subarray(113).every((byte) => byte === 7),
  );
});

function firstNonce(header: Uint8Array, limit: bigint): number {
  const copy = header.slice();
  for (let nonce = 0; ; nonce++) {
    new DataView(copy.buffer).setUint32(76, nonce, true);
    if (BigInt(`0x${toDisplayHex(sha256d(copy))}`) <= limit) return nonce;
  }
}
