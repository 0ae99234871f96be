import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat } from '../../src/bytes/concat.ts';
import { fromHex } from '../../src/bytes/hex.ts';
import { sipHash, sipState, sipWords } from '../../src/filters/siphash.ts';
import { referenceSipHash } from '../support/reference-filter.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

/** As hexadecimal, the highest digit first. */
function hashed(key: Uint8Array, message: Uint8Array): string {
  const hash = new Uint32Array(2);
  const words = sipWords(message);
  sipHash(sipState(key), words, 0, words.length, hash);
  return [hash[1], hash[0]].map((half) => (half ?? 0).toString(16).padStart(8, '0')).join('');
}

function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i);
}

test('messages are hashed as in the paper, and as in its reference code', () => {
  const key = counting(16);
  // Appendix A of the paper has 15 bytes; the others are of the reference code's table.
  assert.equal(hashed(key, counting(15)), 'a129ca6149be45e5');
  assert.equal(hashed(key, counting(0)), '726fdb47dd0e0e31');
  assert.equal(hashed(key, counting(1)), '74f839c593dc67fd');
  assert.equal(hashed(key, counting(8)), '93f5f5799a932462');
  assert.equal(hashed(key, counting(63)), '958a324ceb064572');
});

interface Row {
  /** Two words, the highest digit of each first. */
  readonly key: readonly [string, string];
  /** Pieces of the message. */
  readonly input: readonly string[];
  readonly expected: { readonly siphash24: string };
}

test('all published cases', { skip: skipWithoutSharedData }, () => {
  const rows = JSON.parse(readFileSync(sharedData('vectors', 'siphash.json'), 'utf8')) as readonly Row[];
  for (const { key, input, expected } of rows) {
    const words = key.map((word) => fromHex(word).toReversed());
    const message = concat(input.map(fromHex));
    assert.equal(hashed(concat(words), message), expected.siphash24, input.join(' '));
  }
  assert.ok(rows.length > 100);
});

test('any message under any key is hashed as by arithmetic with 64 bits', () => {
  const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.uint8Array({ minLength: 250, maxLength: 600 }),
  );
  fc.assert(
    fc.property(key, message, (k, m) => {
      assert.equal(hashed(k, m), referenceSipHash(k, m).toString(16).padStart(16, '0'));
    }),
    { numRuns: 500 },
  );
});

test('a message may lie among others', () => {
  const state = sipState(counting(16));
  const [before, message] = [sipWords(counting(20)), sipWords(counting(15))];
  const words = Int32Array.of(...before, ...message, ...before);
  const hash = new Uint32Array(2);
  sipHash(state, words, before.length, before.length + message.length, hash);
  assert.deepEqual([...hash], [0x49be45e5, 0xa129ca61]);
});

test('a key has 16 bytes', () => {
  assert.throws(() => sipState(counting(15)), RangeError);
  assert.throws(() => sipState(counting(17)), RangeError);
});
