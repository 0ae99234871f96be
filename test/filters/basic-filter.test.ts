import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { buildBasicFilter, filterElements, isInFilters } from '../../src/filters/index.ts';
import { aBlockHash, aScript } from '../support/filters.ts';
import { anOutput, aTx } from '../support/made-blocks.ts';
import { referenceFilter } from '../support/reference-filter.ts';

const blockHash = aBlockHash(1);
const NOTHING = new Uint8Array(0);

test('filters tell of all outputs but empty ones and those that begin with OP_RETURN', () => {
  for (const hex of ['', '6a', '6a0401020304', '6a6a', '6aff']) assert.ok(!isInFilters(fromHex(hex)), hex);
  for (const hex of ['00', '51', '016a', '51024e73', 'ff', `0014${'00'.repeat(20)}`]) {
    assert.ok(isInFilters(fromHex(hex)), hex);
  }
});

test('a filter is made of what outputs pay to and of what inputs spend', () => {
  const paid = [aScript(1), NOTHING, fromHex('6a0101'), aScript(2)];
  const transactions = [
    aTx(1, { outputs: paid.map((script) => anOutput(1n, script)) }),
    aTx(2, { outputs: [anOutput(1n, aScript(1)), anOutput(1n, fromHex('ff'))] }),
  ];
  // Nobody can spend an OP_RETURN; if somebody could, the standard leaves out those paid to, and no others.
  const spent = [aScript(3), NOTHING, fromHex('6a01')];
  const expected = [aScript(1), aScript(2), aScript(1), fromHex('ff'), aScript(3), fromHex('6a01')];
  assert.deepEqual(filterElements(transactions, spent).map(toHex), expected.map(toHex));
  assert.deepEqual(filterElements([], []), []);
});

test('a filter of nothing is a byte, zero', () => {
  assert.deepEqual(buildBasicFilter(blockHash, []), Uint8Array.of(0));
});

test('a script counts once however often it is there, and in whatever order', () => {
  const scripts = [aScript(1), aScript(2), aScript(3)];
  const filter = toHex(buildBasicFilter(blockHash, scripts));
  assert.equal(filter.slice(0, 2), '03');
  assert.equal(toHex(buildBasicFilter(blockHash, scripts.toReversed())), filter);
  const doubled = [...scripts, aScript(2), Uint8Array.from(aScript(3))];
  assert.equal(toHex(buildBasicFilter(blockHash, doubled)), filter);
  assert.equal(toHex(buildBasicFilter(blockHash, new Set(doubled))), filter);
});

test('any scripts make the filter that the standard describes', () => {
  const script = fc.oneof(fc.nat(10_000).map(aScript), fc.uint8Array({ minLength: 1, maxLength: 300 }));
  const scripts = fc.uniqueArray(script, { maxLength: 200, selector: toHex });
  fc.assert(
    fc.property(scripts, fc.nat(60_000).map(aBlockHash), (all, hash) => {
      assert.equal(toHex(buildBasicFilter(hash, all)), toHex(referenceFilter(hash, all)));
    }),
  );
});

test('a script may be as large as a block', () => {
  const large = new Uint8Array(4_000_000).fill(0x51);
  const filter = buildBasicFilter(blockHash, [large, large.with(0, 0x52), large]);
  assert.equal(filter[0], 2);
});

test('a filter has memory of its own', () => {
  const filter = buildBasicFilter(blockHash, [aScript(1), aScript(2)]);
  assert.equal(filter.buffer.byteLength, filter.length);
});

test('a block hash has 32 bytes', () => {
  assert.throws(() => buildBasicFilter(blockHash.subarray(1), [aScript(1)]), RangeError);
  assert.throws(() => buildBasicFilter(blockHash.subarray(1), []), RangeError);
});
