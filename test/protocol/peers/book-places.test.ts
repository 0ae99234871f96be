import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BookPlaces,
  NEW_BUCKETS,
  NEW_BUCKETS_PER_SOURCE,
  PLACES_PER_BUCKET,
  TRIED_BUCKETS,
  TRIED_BUCKETS_PER_GROUP,
} from '../../../src/protocol/peers/book-places.ts';

const places = new BookPlaces(new Uint8Array(32).fill(1));
const COUNT = 5_000;

function bucketsOf(all: readonly number[]): Set<number> {
  return new Set(all.map((place) => Math.floor(place / PLACES_PER_BUCKET)));
}

function many(placeOf: (index: number) => number): number[] {
  return Array.from({ length: COUNT }, (_, index) => placeOf(index));
}

test('what one source tells comes into 64 buckets of the new table at most', () => {
  const all = many((i) => places.inNew(`address ${i}`, `group ${i}`, 'source'));
  const buckets = bucketsOf(all).size;
  // Two of the 64 may be the same bucket.
  assert.ok(buckets > 50 && buckets <= NEW_BUCKETS_PER_SOURCE, `${buckets} buckets`);
  assert.ok(new Set(all).size > 0.5 * buckets * PLACES_PER_BUCKET, 'and there into all places');
});

test('what one source tells of one group comes into one bucket of the new table', () => {
  assert.equal(bucketsOf(many((i) => places.inNew(`address ${i}`, 'group', 'source'))).size, 1);
});

test('what all sources tell comes into all of the new table', () => {
  const all = many((i) => places.inNew(`address ${i}`, `group ${i}`, `source ${i}`));
  assert.ok(bucketsOf(all).size > 0.98 * NEW_BUCKETS);
  assert.ok(all.every((place) => place >= 0 && place < NEW_BUCKETS * PLACES_PER_BUCKET));
});

test('the addresses of a group come into eight buckets of the tried table at most', () => {
  const buckets = bucketsOf(many((i) => places.inTried(`address ${i}`, 'group'))).size;
  assert.ok(buckets > 4 && buckets <= TRIED_BUCKETS_PER_GROUP, `${buckets} buckets`);
});

test('the addresses of all groups come into all of the tried table', () => {
  const all = many((i) => places.inTried(`address ${i}`, `group ${i}`));
  assert.equal(bucketsOf(all).size, TRIED_BUCKETS);
  assert.ok(all.every((place) => place >= 0 && place < TRIED_BUCKETS * PLACES_PER_BUCKET));
});

test('the same key gives the same places whatever was asked before, another key gives others', () => {
  const again = new BookPlaces(new Uint8Array(32).fill(1));
  const other = new BookPlaces(new Uint8Array(32).fill(2));
  let different = 0;
  for (let i = 0; i < 200; i++) {
    const [address, group, source] = [`address ${i}`, `group ${i % 7}`, `source ${i % 3}`] as const;
    const place = places.inNew(address, group, source);
    assert.equal(again.inNew(address, group, source), place);
    assert.equal(again.inTried(address, group), places.inTried(address, group));
    if (other.inNew(address, group, source) !== place) different++;
  }
  assert.ok(different > 190, `${different} of 200 differ`);
});
