import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromDisplayHex } from '../../src/bytes/hex.ts';
import { ProofOfWork } from '../../src/chain/proof-of-work.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { referenceBits, referenceTarget } from '../support/reference-rules.ts';

const LARGEST = 2n ** 256n - 1n;
const mainnet = new ProofOfWork(NETWORKS.mainnet.powLimit);

test('a hash equal to its target is proof, one above it is not', () => {
  const target = 0xffffn << 208n;
  assert.equal(mainnet.fault(asHash(target), 0x1d00ffff), undefined);
  assert.equal(mainnet.fault(asHash(target - 1n), 0x1d00ffff), undefined);
  assert.equal(mainnet.fault(asHash(target + 1n), 0x1d00ffff), 'high-hash');
  assert.equal(mainnet.fault(asHash(0n), 0x1d00ffff), undefined);
  assert.equal(mainnet.fault(asHash(LARGEST), 0x1d00ffff), 'high-hash');
});

test('the target is the truncated one that the bits stand for, not the limit they were made from', () => {
  assert.equal(mainnet.fault(asHash(NETWORKS.mainnet.powLimit), 0x1d00ffff), 'high-hash');
});

test('a hash may stand among others', () => {
  const [good, bad] = [asHash(0xffffn << 208n), asHash((0xffffn << 208n) + 1n)];
  const hashes = new Uint8Array([...bad, ...good, ...bad]);
  const faults = [0, 32, 64].map((start) => mainnet.fault(hashes, 0x1d00ffff, start));
  assert.deepEqual(faults, ['high-hash', undefined, 'high-hash']);
});

test('a target of one leaves two hashes', () => {
  assert.equal(mainnet.fault(asHash(0n), 0x01010000), undefined);
  assert.equal(mainnet.fault(asHash(1n), 0x01010000), undefined);
  assert.equal(mainnet.fault(asHash(2n), 0x01010000), 'high-hash');
});

test('bits that are too easy, negative, zero or overflown are refused even with a hash of zero', () => {
  const bad: [bits: number, why: string][] = [
    [0x1d010000, 'easier than allowed'],
    [0x207fffff, 'easier than allowed by far'],
    [0x1d80ffff, 'negative'],
    [0x1d000000, 'zero'],
    [0x00000000, 'zero'],
    [0x22010000, 'overflow that is zero modulo 2^256'],
    [0xffffffff, 'negative and overflow'],
  ];
  for (const [bits, why] of bad) assert.equal(mainnet.fault(asHash(0n), bits), 'bad-target', why);
  // 2^256 + 2^240: what is left of it modulo 2^256 is easy enough for regtest.
  const regtest = new ProofOfWork(NETWORKS.regtest.powLimit);
  assert.equal(regtest.fault(asHash(0n), 0x21010001), 'bad-target');
  assert.equal(regtest.fault(asHash(0n), 0x1f010000), undefined);
});

test('each network allows its own easiest bits and nothing easier', () => {
  const easier = { mainnet: 0x1d010000, testnet3: 0x1d010000, testnet4: 0x1d010000 };
  for (const [name, bits] of Object.entries({ ...easier, signet: 0x1e0377af, regtest: 0x20800000 })) {
    const network = NETWORKS[name as keyof typeof NETWORKS];
    const proof = new ProofOfWork(network.powLimit);
    assert.equal(proof.fault(asHash(0n), network.powLimitBits), undefined, name);
    assert.equal(proof.fault(asHash(0n), bits), 'bad-target', name);
  }
});

test('the answer does not depend on the bits that were asked about before', () => {
  const network = NETWORKS.regtest;
  const reused = new ProofOfWork(network.powLimit);
  const bits = fc.constantFrom(0x207fffff, 0x1d00ffff, 0x1c05a3f4, 0x20ffffff, 0, 0x1d80ffff, 0xff123456);
  const question = fc.record({ bits, hash: fc.bigInt({ min: 0n, max: LARGEST }) });
  fc.assert(
    fc.property(fc.array(question, { maxLength: 20 }), (questions) => {
      for (const { bits: asked, hash } of questions) {
        const fresh = new ProofOfWork(network.powLimit).fault(asHash(hash), asked);
        assert.equal(reused.fault(asHash(hash), asked), fresh);
      }
    }),
  );
});

test('a hash is proof exactly when it is at most the target as a number', () => {
  // Hashes that differ from the target in one byte only, so that every byte of the comparison decides some case.
  const cases = fc.record({
    target: fc
      .tuple(fc.bigInt({ min: 1n, max: NETWORKS.regtest.powLimit }), fc.integer({ min: 0, max: 254 }))
      .map(([value, shift]) => (value >> BigInt(shift)) + 1n),
    byte: fc.integer({ min: 0, max: 31 }),
    value: fc.integer({ min: 0, max: 255 }),
  });
  fc.assert(
    fc.property(cases, ({ target, byte, value }) => {
      const bits = referenceBits(target);
      const kept = referenceTarget(bits, NETWORKS.regtest.powLimit);
      if (kept === undefined) return;
      const shift = BigInt(8 * byte);
      const hash = (kept & ~(0xffn << shift)) | (BigInt(value) << shift);
      const expected = hash <= kept ? undefined : 'high-hash';
      assert.equal(new ProofOfWork(NETWORKS.regtest.powLimit).fault(asHash(hash), bits), expected);
    }),
    { numRuns: 1000 },
  );
});

function asHash(value: bigint): Uint8Array {
  return fromDisplayHex(value.toString(16).padStart(64, '0'));
}
