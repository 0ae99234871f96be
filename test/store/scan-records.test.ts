import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeFound,
  decodeProgress,
  encodeFound,
  encodeProgress,
  NO_BLOCK,
  type Waypoint,
} from '../../src/store/scan-records.ts';
import { found } from './scan-store.contract.ts';

function waypoint(height: number): Waypoint {
  return { height, hash: new Uint8Array(32).fill(height % 251), lastFound: NO_BLOCK };
}

test('the records of a scan are read as they were written', () => {
  for (const heights of [
    [0],
    [4_294_967_295],
    [5, 6, 900_000],
    Array.from({ length: 100 }, (_, i) => 7 * i),
  ]) {
    const record = { fromHeight: 4_294_967_295, waypoints: heights.map(waypoint) };
    assert.deepEqual(decodeProgress(encodeProgress(record)), record);
    // LevelDB's values are of another kind.
    assert.deepEqual(decodeProgress(Buffer.from(encodeProgress(record))), record);
  }
  const record = { fromHeight: 0, previousFound: new Uint8Array(32).fill(7), block: found(130) };
  assert.deepEqual(decodeFound(encodeFound(record)), record);
});

test('a record of how far a scan came has at least one place, in ascending order, and no more than are ever kept', () => {
  const many = Array.from({ length: 1_001 }, (_, i) => i);
  for (const heights of [[], [5, 5], [6, 5], [1, 3, 2], many]) {
    const bytes = encodeProgress({ fromHeight: 0, waypoints: heights.map(waypoint) });
    assert.equal(decodeProgress(bytes), undefined, `${heights.length} places`);
  }
  assert.notEqual(
    decodeProgress(encodeProgress({ fromHeight: 0, waypoints: many.slice(1).map(waypoint) })),
    undefined,
  );
});

test('records that are too short are damaged', () => {
  for (let length = 0; length < 80; length++) {
    const bytes = new Uint8Array(length);
    assert.deepEqual([decodeProgress(bytes), decodeFound(bytes)], [undefined, undefined]);
  }
});
