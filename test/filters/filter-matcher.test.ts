import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex } from '../../src/bytes/hex.ts';
import { buildBasicFilter, FilterMatcher } from '../../src/filters/index.ts';
import { aBlockHash, aScript } from '../support/filters.ts';
import { referenceFilter, referenceMatch } from '../support/reference-filter.ts';
import { secondsOfWork } from '../support/seconds-of-work.ts';

const blockHash = aBlockHash(1);

function scripts(first: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => aScript(first + i));
}

test('every script of a filter is found in it, alone and among others', () => {
  for (const count of [1, 2, 100, 6_000]) {
    const all = scripts(0, count);
    const filter = buildBasicFilter(blockHash, all);
    for (let i = 0; i < count; i += Math.ceil(count / 50)) {
      const script = all[i] as Uint8Array;
      assert.equal(new FilterMatcher([script]).matches(filter, blockHash), 'match');
      const among = [...scripts(1_000_000, 50), script, ...scripts(2_000_000, 50)];
      assert.equal(new FilterMatcher(among).matches(filter, blockHash), 'match');
    }
    assert.equal(new FilterMatcher(all).matches(filter, blockHash), 'match');
  }
});

test('scripts that are in a filter match, whatever they and the others are', () => {
  const script = fc.oneof(
    fc.nat(1000).map(aScript),
    fc.uint8Array({ minLength: 1, maxLength: 80 }).map(notOpReturn),
  );
  const some = fc.array(script, { maxLength: 60 });
  fc.assert(
    fc.property(some, some, script, fc.nat(60_000).map(aBlockHash), (held, watched, common, hash) => {
      const filter = buildBasicFilter(hash, [...held, common]);
      assert.equal(new FilterMatcher([...watched, common]).matches(filter, hash), 'match');
    }),
  );
});

test('of scripts that are not in a filter one in 784,931 matches, by the standard too', () => {
  const watched = scripts(5_000_000, 20_000);
  const matcher = new FilterMatcher(watched);
  let found = 0;
  for (let n = 0; n < 200; n++) {
    const hash = aBlockHash(n);
    const filter = referenceFilter(hash, scripts(100 * n, 20));
    if (matcher.matches(filter, hash) === 'none') continue;
    const culprits = watched.filter(
      (script) => new FilterMatcher([script]).matches(filter, hash) === 'match',
    );
    assert.equal(culprits.length, 1);
    assert.ok(referenceMatch(filter, hash, culprits), `filter ${n}`);
    found++;
  }
  // Four million looks: five of them, more or less.
  assert.ok(found >= 2 && found <= 10, `${found} found`);
});

test('a matcher says none where the standard does', () => {
  const watched = scripts(5_000_000, 100);
  const matcher = new FilterMatcher(watched);
  for (let n = 0; n < 10; n++) {
    const hash = aBlockHash(n);
    const filter = referenceFilter(hash, scripts(1000 * n, 100));
    const expected = referenceMatch(filter, hash, watched) ? 'match' : 'none';
    assert.equal(matcher.matches(filter, hash), expected, `filter ${n}`);
  }
});

test('nothing is in a filter of nothing, and no scripts are in any filter', () => {
  assert.equal(new FilterMatcher(scripts(0, 3)).matches(Uint8Array.of(0), blockHash), 'none');
  assert.equal(new FilterMatcher([]).matches(Uint8Array.of(0), blockHash), 'none');
  assert.equal(new FilterMatcher([]).matches(buildBasicFilter(blockHash, scripts(0, 3)), blockHash), 'none');
});

test('a filter under the key of another block does not match', () => {
  const filter = buildBasicFilter(blockHash, scripts(0, 10));
  assert.equal(new FilterMatcher(scripts(0, 10)).matches(filter, aBlockHash(2)), 'none');
});

test('what is no filter is malformed, even if it begins like one that matches', () => {
  const filter = buildBasicFilter(blockHash, scripts(0, 10));
  for (const matcher of [
    new FilterMatcher(scripts(0, 10)),
    new FilterMatcher([]),
    new FilterMatcher(scripts(100, 1)),
  ]) {
    assert.equal(matcher.matches(new Uint8Array(0), blockHash), 'malformed');
    assert.equal(matcher.matches(filter.subarray(0, -1), blockHash), 'malformed');
    assert.equal(matcher.matches(Uint8Array.of(...filter, 0), blockHash), 'malformed');
    assert.equal(matcher.matches(fromHex('ffffffffffffffffff00'), blockHash), 'malformed');
    assert.equal(matcher.matches(filter.with(0, 9), blockHash), 'malformed');
  }
});

test('whatever the bytes, there is an answer, and a matcher goes on', () => {
  const watched = scripts(0, 10);
  const matcher = new FilterMatcher(watched);
  const filter = buildBasicFilter(blockHash, watched);
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(fc.nat(filter.length - 1), fc.nat(255)).map(([at, byte]) => filter.with(at, byte)),
  );
  fc.assert(
    fc.property(bytes, (encoded) => {
      assert.match(matcher.matches(encoded, blockHash), /^(match|none|malformed)$/);
      assert.equal(matcher.matches(filter, blockHash), 'match');
    }),
    { numRuns: 2000 },
  );
});

test('the worst of filters take time in proportion to their bytes', () => {
  const worst: Uint8Array[] = [
    // As many numbers as 4 MB can hold, all zero.
    filterBytes(4_000_000, Math.floor((8 * 3_999_995) / 20), 0),
    // Nothing but ones, with counts that the length allows.
    filterBytes(4_000_000, Math.floor((8 * 3_999_995) / 20), 0xff),
    filterBytes(4_000_000, Math.ceil((8 * 3_999_995) / 21.4), 0xff),
    filterBytes(4_000_000, 1, 0xff),
  ];
  const matcher = new FilterMatcher(scripts(0, 1000));
  const seconds = secondsOfWork(() => {
    for (const filter of worst) matcher.matches(filter, blockHash);
  });
  // Some tens of milliseconds each.
  assert.ok(seconds < 3, `${seconds} s`);
});

test('a script that no filter tells of is refused, for none would be no answer', () => {
  assert.throws(() => new FilterMatcher([aScript(1), fromHex('6a01ff')]), /script 6a01ff/);
  assert.throws(() => new FilterMatcher([new Uint8Array(0)]), RangeError);
  assert.throws(() => new FilterMatcher([new Uint8Array(1_000_000).fill(0x6a)]), RangeError);
});

test('scripts may be changed once they were handed over', () => {
  const script = aScript(1);
  const matcher = new FilterMatcher([script]);
  script.fill(0);
  assert.equal(matcher.matches(buildBasicFilter(blockHash, [aScript(1)]), blockHash), 'match');
});

test('a block hash has 32 bytes', () => {
  const matcher = new FilterMatcher([aScript(1)]);
  assert.throws(() => matcher.matches(Uint8Array.of(0), blockHash.subarray(1)), RangeError);
});

function notOpReturn(script: Uint8Array): Uint8Array {
  return script[0] === 0x6a ? script.with(0, 0x51) : script;
}

/** A count and bytes that are all the same. */
function filterBytes(length: number, count: number, byte: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(byte);
  bytes[0] = 0xfe;
  new DataView(bytes.buffer).setUint32(1, count, true);
  return count < 0x10000 ? Uint8Array.of(count, ...bytes.subarray(5, 1000)) : bytes;
}
