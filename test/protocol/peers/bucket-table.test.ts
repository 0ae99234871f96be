import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLACES_PER_BUCKET } from '../../../src/protocol/peers/book-places.ts';
import { BucketTable } from '../../../src/protocol/peers/bucket-table.ts';
import { seededRandom } from '../../support/false-time.ts';

test('what is put into a place is there until the place is cleared', () => {
  const table = new BucketTable<string>();
  const places = [0, 63, 64, 65_535];
  for (const place of places) table.put(place, `item ${place}`);
  for (const place of places) assert.equal(table.at(place), `item ${place}`);
  for (const place of [1, 62, 65, 127, 65_534]) assert.equal(table.at(place), undefined);
  for (const place of places) {
    assert.equal(table.isEmpty, false);
    table.clear(place);
    assert.equal(table.at(place), undefined);
  }
  assert.equal(table.isEmpty, true);
  assert.equal(table.draw(seededRandom()), undefined);
});

test('a bucket with one item is drawn as often as a full one', () => {
  const table = new BucketTable<string>();
  table.put(7 * PLACES_PER_BUCKET + 5, 'alone');
  for (let i = 0; i < PLACES_PER_BUCKET; i++) table.put(900 * PLACES_PER_BUCKET + i, 'in the crowd');
  // Buckets that were in use are not drawn.
  table.put(3, 'gone');
  table.clear(3);
  const random = seededRandom();
  let alone = 0;
  for (let i = 0; i < 2_000; i++) {
    const drawn = table.draw(random);
    assert.ok(drawn === 'alone' || drawn === 'in the crowd', drawn);
    if (drawn === 'alone') alone++;
  }
  assert.ok(alone > 900 && alone < 1_100, `${alone} of 2000`);
});

test('all items of a bucket are drawn', () => {
  const table = new BucketTable<number>();
  for (let i = 0; i < PLACES_PER_BUCKET; i += 3) table.put(i, i);
  const random = seededRandom();
  const drawn = new Set(Array.from({ length: 1_000 }, () => table.draw(random)));
  assert.equal(drawn.size, Math.ceil(PLACES_PER_BUCKET / 3));
});
