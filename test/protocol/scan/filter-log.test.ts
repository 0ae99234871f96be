import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '../../../src/bytes/concat.ts';
import type { FilterSegment } from '../../../src/filters/filter-segment.ts';
import { filterHeader, NO_FILTER_HEADER } from '../../../src/filters/index.ts';
import { FilterLog } from '../../../src/protocol/scan/filter-log.ts';
import type { FilterHashes } from '../../../src/protocol/scan/filter-vote.ts';
import { Stretch } from '../../../src/protocol/scan/stretch.ts';

const chain = { hashAt: (height: number): Uint8Array => numbered(5, height) };

/** Another 32 bytes for each two numbers. */
function numbered(kind: number, n: number): Uint8Array {
  return Uint8Array.of(kind, n, n >> 8, ...new Uint8Array(29));
}

function hashAt(height: number): Uint8Array {
  return numbered(3, height);
}

/** True filter headers, by height. */
const headers: Uint8Array[] = [];
for (let height = 0; height <= 3_000; height++)
  headers.push(filterHeader(hashAt(height), headers.at(-1) ?? NO_FILTER_HEADER));

function headerAt(height: number): Uint8Array {
  return headers[height] ?? NO_FILTER_HEADER;
}

function told(first: number, last: number): FilterHashes {
  const hashes = Array.from({ length: last - first + 1 }, (_, i) => hashAt(first + i));
  return { previous: headerAt(first - 1), hashes };
}

/** A segment as it is kept. */
function segment(firstHeight: number, last: number): FilterSegment {
  return {
    firstHeight,
    previous: headerAt(firstHeight - 1),
    headers: concat(headers.slice(firstHeight, last + 1)),
    lastBlockHash: chain.hashAt(last),
  };
}

function add(log: FilterLog, first: number, last: number, opinions = 2): void {
  log.add(new Stretch(first, last), told(first, last), opinions, chain);
}

function savedLog(...segments: readonly FilterSegment[]): FilterLog {
  return new FilterLog(new Map(segments.map((one) => [one.firstHeight, one])));
}

const ENDS = { previous: headerAt(1_000), last: headerAt(2_000) };

test('what two agree on is kept as headers, with the block that the last one belongs to', () => {
  const log = savedLog();
  add(log, 0, 1_000);
  add(log, 1_001, 1_500);
  assert.deepEqual(log.take(), [segment(0, 1_000), segment(1_001, 1_500)]);
  assert.deepEqual(log.take(), [], 'once');
});

test('what one alone says is not kept, nor what is not agreed on', () => {
  const log = savedLog();
  add(log, 0, 1_000, 1);
  log.add(new Stretch(0, 1_000), undefined, 5, chain);
  assert.deepEqual(log.take(), []);
});

test('a segment grows by what goes on from it', () => {
  const log = savedLog(segment(1_001, 1_200));
  add(log, 1_201, 1_300);
  assert.deepEqual(log.take(), [segment(1_001, 1_300)]);
  add(log, 1_301, 2_000);
  assert.deepEqual(log.take(), [segment(1_001, 2_000)]);
});

test('what does not go on from what is kept is not kept', () => {
  const log = savedLog(segment(1_001, 1_200));
  add(log, 1_202, 1_300);
  add(log, 2_500, 2_600);
  const other = { ...told(1_201, 1_300), previous: numbered(9, 9) };
  log.add(new Stretch(1_201, 1_300), other, 2, chain);
  assert.deepEqual(log.take(), []);
});

test('a segment that is begun anew takes the place of the one before', () => {
  const log = savedLog(segment(1_001, 1_200));
  add(log, 1_001, 1_900);
  assert.deepEqual(log.take(), [segment(1_001, 1_900)]);
});

test('a whole segment that is known says which filters are right, if it has the ends that peers tell', () => {
  const log = savedLog(segment(1_001, 2_000));
  const check = log.checkOf(new Stretch(1_001, 2_000), ENDS);
  assert.ok(check !== undefined);
  for (const height of [1_001, 1_002, 1_500, 2_000]) {
    assert.equal(check(height, hashAt(height)), true, `${height}`);
    assert.equal(check(height, hashAt(height + 1)), false, `${height}`);
  }
});

test('it says nothing where the peers tell other ends, or it is not whole, or not there', () => {
  const log = savedLog(segment(1_001, 2_000), segment(2_001, 2_999));
  const stretch = new Stretch(1_001, 2_000);
  assert.equal(log.checkOf(stretch, { ...ENDS, previous: numbered(9, 9) }), undefined);
  assert.equal(log.checkOf(stretch, { ...ENDS, last: numbered(9, 9) }), undefined);
  const next = { previous: headerAt(2_000), last: headerAt(3_000) };
  assert.equal(log.checkOf(new Stretch(2_001, 3_000), next), undefined);
  assert.equal(
    log.checkOf(new Stretch(0, 1_000), { previous: headerAt(-1), last: headerAt(1_000) }),
    undefined,
  );
});

test('the first segment is checked from zeros on', () => {
  const log = savedLog(segment(0, 1_000));
  const check = log.checkOf(new Stretch(0, 1_000), { previous: NO_FILTER_HEADER, last: headerAt(1_000) });
  assert.equal(check?.(0, hashAt(0)), true);
  assert.equal(check?.(0, hashAt(1)), false);
});

test('when the chain changes segments are cut, and kept so', () => {
  const log = savedLog(segment(0, 1_000), segment(1_001, 2_000), segment(2_001, 2_400));
  log.cutAbove(1_700, chain);
  assert.deepEqual(log.take(), [segment(1_001, 1_700)]);
  add(log, 2_401, 2_500);
  assert.deepEqual(log.take(), [], 'those above are gone');
});

test('a cut between two segments leaves the lower one as it is', () => {
  const log = savedLog(segment(0, 1_000), segment(1_001, 2_000));
  log.cutAbove(1_000, chain);
  assert.deepEqual(log.take(), []);
  assert.equal(log.checkOf(new Stretch(1_001, 2_000), ENDS), undefined);
  assert.ok(log.checkOf(new Stretch(0, 1_000), { previous: NO_FILTER_HEADER, last: headerAt(1_000) }));
});

test('what is new and above a cut is not kept', () => {
  const log = savedLog();
  add(log, 0, 1_000);
  add(log, 1_001, 1_500);
  log.cutAbove(1_000, chain);
  assert.deepEqual(log.take(), [segment(0, 1_000)]);
});
