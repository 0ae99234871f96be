import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chanceAt,
  isActiveAt,
  isExpiredAt,
  type KnownAddress,
} from '../../../src/protocol/peers/known-address.ts';

const NOW_SECONDS = 1_700_000_000;
const DAY = 86_400;

function known(changes: Partial<KnownAddress> = {}): KnownAddress {
  return {
    endpoint: { host: '12.34.56.78', port: 8333 },
    network: 'ipv4',
    services: 9n,
    seenSeconds: NOW_SECONDS - DAY,
    lastTrySeconds: 0,
    lastSuccessSeconds: 0,
    failures: 0,
    isTried: false,
    ...changes,
  };
}

const worked = (daysAgo: number): Partial<KnownAddress> => ({
  lastSuccessSeconds: NOW_SECONDS - daysAgo * DAY,
});

const CASES: readonly (readonly [name: string, changes: Partial<KnownAddress>, isActive: boolean])[] = [
  ['seen yesterday and never called', {}, true],
  ['that failed twice', { failures: 2 }, true],
  ['that failed three times and never worked', { failures: 3 }, false],
  ['that failed three times and worked before', { failures: 3, ...worked(20) }, true],
  ['that failed nine times in two weeks', { failures: 9, ...worked(14) }, true],
  ['that failed ten times in less than a week', { failures: 10, ...worked(6.9) }, true],
  ['that failed ten times in a week', { failures: 10, ...worked(7) }, false],
  ['seen 30 days ago', { seenSeconds: NOW_SECONDS - 30 * DAY }, true],
  ['seen longer ago', { seenSeconds: NOW_SECONDS - 30 * DAY - 1 }, false],
  ['told of long ago that worked for us last week', { seenSeconds: 0, ...worked(7) }, true],
  ['told of long ago that worked for us long ago', { seenSeconds: 0, ...worked(31) }, false],
  ['seen in ten minutes', { seenSeconds: NOW_SECONDS + 600 }, true],
  ['seen later than that', { seenSeconds: NOW_SECONDS + 601 }, false],
];

for (const [name, changes, isActive] of CASES) {
  test(`an address ${name} is ${isActive ? '' : 'not '}worth a call`, () => {
    assert.equal(isActiveAt(known(changes), NOW_SECONDS), isActive);
  });
}

test('what failed may still be told anew, what nobody has seen for a month is over', () => {
  assert.equal(isExpiredAt(known({ failures: 100 }), NOW_SECONDS), false);
  assert.equal(isExpiredAt(known({ seenSeconds: NOW_SECONDS - 31 * DAY }), NOW_SECONDS), true);
  assert.equal(isExpiredAt(known({ seenSeconds: 0, ...worked(29) }), NOW_SECONDS), false);
});

test('failures and a try just now make another call less likely, but never impossible', () => {
  const chances = Array.from({ length: 12 }, (_, failures) => chanceAt(known({ failures }), NOW_SECONDS));
  assert.equal(chances[0], 1);
  for (let i = 1; i <= 8; i++) assert.ok((chances[i] as number) < (chances[i - 1] as number), chances.join());
  assert.equal(chances[11], chances[8]);
  // A clock that was set back by a day is no reason to wait for a day.
  const triedAgo = [0, 599, 600, -599, -DAY];
  assert.deepEqual(
    triedAgo.map((ago) => chanceAt(known({ lastTrySeconds: NOW_SECONDS - ago }), NOW_SECONDS)),
    [0.01, 0.01, 1, 0.01, 1],
  );
});
