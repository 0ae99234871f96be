import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evictionOrder } from '../../../src/protocol/mempool/eviction.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { KeptPool, PEERS, storyOf } from '../../support/keeper-fixture.ts';
import { mineBlock, outputOf, payment, somewhere, stray } from '../../support/transactions.ts';

const [A, B] = PEERS;

/** Names of what is in the list, what leaves first in front. */
function orderIn(
  kept: KeptPool,
  named: Readonly<Record<string, IdentifiedTx>>,
  listenerCount: number,
): string[] {
  return Array.from(evictionOrder(kept.keeper.pool, listenerCount), (entry) => {
    const name = Object.keys(named).find((one) => named[one]?.txid === entry.txid);
    return name ?? '?';
  });
}

/** A list with transactions of known fees, all of one size, by what each pays. */
function paying(fees: Readonly<Record<string, number>>): {
  kept: KeptPool;
  named: Record<string, IdentifiedTx>;
} {
  const kept = new KeptPool();
  const names = Object.keys(fees);
  const source = stray(
    0,
    names.map(() => 10_000),
  );
  kept.connect(mineBlock([source]));
  const named = Object.fromEntries(
    names.map((name, n) => [
      name,
      payment({ spends: [outputOf(source, n)], pays: [10_000 - (fees[name] ?? 0)] }),
    ]),
  );
  return { kept, named };
}

test('the lowest fee rate leaves first, and among equals what came first', () => {
  const { kept, named } = paying({ high: 500, low: 1, middle: 50, same: 50 });
  const unknown = stray(1);
  for (const tx of [named['middle'], named['high'], unknown, named['same'], named['low']]) {
    kept.take(tx as IdentifiedTx, [A]);
    kept.clock.advance(1);
  }
  const all = { ...named, unknown };
  assert.deepEqual(orderIn(kept, all, 1), ['unknown', 'low', 'middle', 'same', 'high']);
});

test('what only one of several peers announced leaves before all that two did; our own last', () => {
  const { kept, named } = paying({ byOne: 900, byTwo: 1, own: 0 });
  kept.take(named['own'] as IdentifiedTx, [], { isOwn: true });
  kept.take(named['byTwo'] as IdentifiedTx, [A, B]);
  kept.take(named['byOne'] as IdentifiedTx, [A]);
  assert.deepEqual(orderIn(kept, named, 3), ['byOne', 'byTwo', 'own']);
  assert.deepEqual(orderIn(kept, named, 1), ['byTwo', 'byOne', 'own']);
});

test('a parent is worth what its children pay for it', () => {
  const { kept, named } = paying({ parent: 0, other: 100 });
  const child = payment({ spends: [outputOf(named['parent'] as IdentifiedTx)], pays: [9_000] });
  for (const tx of [named['parent'], named['other'], child]) kept.take(tx as IdentifiedTx);
  assert.deepEqual(orderIn(kept, { ...named, child }, 1), ['other', 'parent', 'child']);
});

test('the list never takes more room than it has, whatever comes', () => {
  const kept = new KeptPool({ maxBytes: 100_000 });
  for (let n = 0; n < 400; n++) {
    const size = n % 50 === 49 ? 150_000 : (n % 7) * 100;
    kept.take(payment({ spends: [somewhere(n)], script: new Uint8Array(size) }));
    assert.ok(kept.keeper.pool.bytes <= 100_000);
  }
});

test('one that has no room at all is told of, and leaves at once', () => {
  const kept = new KeptPool({ maxBytes: 10_000 });
  const large = payment({ spends: [somewhere(1)], script: new Uint8Array(20_000) });
  assert.deepEqual(storyOf(kept.take(large), { large }), ['tx large', 'evicted large']);
  assert.equal(kept.keeper.pool.bytes, 0);
});

test('what needs something that leaves goes before it', () => {
  const kept = new KeptPool({ maxBytes: 5_000 });
  const parent = stray(1);
  const child = payment({ spends: [outputOf(parent)] });
  kept.take(parent);
  kept.take(child);
  const large = payment({ spends: [somewhere(2)], script: new Uint8Array(2_000) });
  const story = storyOf(kept.take(large, [A, B]), { parent, child, large });
  assert.deepEqual(story, ['tx large', 'evicted child', 'evicted parent']);
});

test('what left for want of room may come back', () => {
  const kept = new KeptPool({ maxBytes: 10_000 });
  const large = payment({ spends: [somewhere(1)], script: new Uint8Array(20_000) });
  kept.take(large);
  assert.deepEqual(storyOf(kept.take(large), { large }), ['tx large', 'evicted large']);
});

test('a flood by one peer of several drives out nothing that two announced', () => {
  const kept = new KeptPool({ maxBytes: 200_000 });
  const honest = Array.from({ length: 50 }, (_, n) => stray(n));
  for (const tx of honest) kept.take(tx, [A, B]);
  for (let n = 100; n < 1_000; n++) kept.take(stray(n), ['c:1']);
  assert.ok(honest.every((tx) => kept.has(tx)));
  assert.ok(kept.keeper.pool.bytes <= 200_000);
});

test('other witnesses of what is there take room as well, and are bounded by the same', () => {
  const kept = new KeptPool({ maxBytes: 100_000 });
  for (let n = 0; n < 60; n++) {
    kept.take(payment({ spends: [somewhere(n)], witness: Uint8Array.of(1) }));
    kept.take(payment({ spends: [somewhere(n)], witness: new Uint8Array(30_000) }));
    assert.ok(kept.keeper.pool.bytes <= 100_000);
  }
});
