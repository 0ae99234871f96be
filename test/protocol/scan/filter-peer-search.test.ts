import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FilterPeerSearch } from '../../../src/protocol/scan/filter-peer-search.ts';
import { SERVICES } from '../../../src/wire/services.ts';
import { FalseClock } from '../../support/false-time.ts';

test('peers that serve filters are preferred until there is one more than have to agree, three at least', () => {
  const { now } = new FalseClock();
  for (const [opinionsNeeded, enough] of [
    [1, 3],
    [2, 3],
    [5, 6],
  ] as const) {
    const search = new FilterPeerSearch(opinionsNeeded);
    assert.equal(search.preferredServices, SERVICES.COMPACT_FILTERS);
    search.tick(enough - 1, now);
    assert.equal(search.isSearching, true);
    search.tick(enough, now);
    assert.equal(search.preferredServices, 0n);
    assert.equal(search.deadline(), undefined);
  }
});

test('room is made for one after five seconds, and after pauses that grow while that is in vain', () => {
  const clock = new FalseClock();
  const search = new FilterPeerSearch(2);
  const waits: number[] = [];
  assert.equal(search.tick(0, clock.now), false);
  while (waits.length < 9) {
    const due = search.deadline() ?? Number.NaN;
    waits.push((due - clock.ms) / 1000);
    clock.advanceTo(due);
    assert.equal(search.tick(0, clock.now), true);
  }
  assert.deepEqual(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
});

test('the pauses begin anew when one was found', () => {
  const clock = new FalseClock();
  const search = new FilterPeerSearch(2);
  search.tick(0, clock.now);
  for (let i = 0; i < 4; i++) {
    clock.advanceTo(search.deadline() ?? Number.NaN);
    search.tick(0, clock.now);
  }
  search.tick(1, clock.now);
  clock.advanceTo(search.deadline() ?? Number.NaN);
  assert.equal(search.tick(1, clock.now), true);
  assert.equal(search.deadline(), clock.ms + 10_000);
});
