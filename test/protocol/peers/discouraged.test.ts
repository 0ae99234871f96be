import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Discouraged } from '../../../src/protocol/peers/discouraged.ts';
import { later, NOW } from '../../support/addresses.ts';

const DAY = 86_400;

test('a host is discouraged for a day, and for another one when it is added again', () => {
  const discouraged = new Discouraged();
  assert.equal(discouraged.has('12.34.56.78', NOW), false);
  discouraged.add('12.34.56.78', NOW);
  assert.equal(discouraged.has('12.34.56.78', NOW), true);
  assert.equal(discouraged.has('12.34.56.79', NOW), false);
  assert.equal(discouraged.has('12.34.56.78', later(DAY - 1)), true);
  assert.equal(discouraged.has('12.34.56.78', later(DAY)), false);
  discouraged.add('12.34.56.78', later(DAY - 1));
  assert.equal(discouraged.has('12.34.56.78', later(2 * DAY - 2)), true);
  assert.equal(discouraged.has('12.34.56.78', later(2 * DAY - 1)), false);
});

test('of more than ten thousand hosts the oldest are forgotten', () => {
  const gone = new Set<string>();
  const discouraged: Discouraged = new Discouraged((host) => {
    if (discouraged.untilSeconds(host) === undefined) gone.add(host);
    else gone.delete(host);
  });
  const hosts = Array.from({ length: 10_050 }, (_, i) => `host ${i}`);
  for (const [i, host] of hosts.entries()) discouraged.add(host, later(i / 100));
  // One that is added again is no longer the oldest.
  discouraged.add('host 50', later(101));
  discouraged.add('one more', later(102));
  assert.deepEqual(
    hosts.filter((host) => !discouraged.has(host, later(102))),
    [...hosts.slice(0, 50), 'host 51'],
  );
  assert.deepEqual(gone, new Set([...hosts.slice(0, 50), 'host 51']));
});

test('hosts whose day is over make room, and that is a change', () => {
  const changes: string[] = [];
  const discouraged = new Discouraged((host) => changes.push(host));
  discouraged.add('first', NOW);
  discouraged.add('second', later(10));
  discouraged.add('third', later(DAY + 5));
  assert.deepEqual(changes, ['first', 'second', 'first', 'third']);
  assert.equal(discouraged.untilSeconds('first'), undefined);
  assert.equal(discouraged.untilSeconds('second'), NOW.unixSeconds + 10 + DAY);
});

test('what an earlier run remembered is kept as far as it is not over, and never for more than a day', () => {
  const changes: string[] = [];
  const discouraged = new Discouraged((host) => changes.push(host));
  discouraged.restore(
    [
      ['far', NOW.unixSeconds + 1_000 * DAY],
      ['good', NOW.unixSeconds + DAY - 5],
      ['over', NOW.unixSeconds],
      ['long over', 0],
    ],
    NOW,
  );
  assert.deepEqual(
    ['far', 'good', 'over', 'long over'].map((host) => discouraged.has(host, NOW)),
    [true, true, false, false],
  );
  assert.equal(discouraged.has('far', later(DAY)), false);
  assert.deepEqual(changes.toSorted(), ['far', 'long over', 'over']);
  // The order by age is there again: the first to go is the one that was added first.
  for (let i = 0; i < 9_999; i++) discouraged.add(`host ${i}`, later(1));
  assert.deepEqual([discouraged.has('good', later(1)), discouraged.has('far', later(1))], [false, true]);
});

test('more hosts than can be remembered are not taken from an earlier run either', () => {
  const discouraged = new Discouraged();
  const remembered = Array.from(
    { length: 10_010 },
    (_, i) => [`host ${i}`, NOW.unixSeconds + 1 + i] as const,
  );
  discouraged.restore(remembered, NOW);
  assert.equal(remembered.filter(([host]) => discouraged.has(host, NOW)).length, 10_000);
  assert.equal(discouraged.has('host 10009', NOW), true);
});
