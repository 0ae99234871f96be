import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import { type BroadcastEvent, Broadcasts } from '../../../src/protocol/mempool/broadcast.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { FalseClock, seededRandom } from '../../support/false-time.ts';
import { payment, somewhere, stray } from '../../support/transactions.ts';

const MODERN = { usesWtxid: true, wantsTxs: true } as const;
const OLD = { usesWtxid: false, wantsTxs: true } as const;
const DEAF = { usesWtxid: true, wantsTxs: false } as const;

const OWN = payment({ spends: [somewhere(1)], witness: Uint8Array.of(1, 2, 3) });
const KEY = hashKey(OWN.txid);
const BLOCK = { height: 101, hash: new Uint8Array(32).fill(7) };

function peersUpTo(
  count: number,
  seed?: number,
  expectsMany = false,
): { broadcasts: Broadcasts; clock: FalseClock } {
  const broadcasts = new Broadcasts(seededRandom(seed), expectsMany);
  for (let peer = 1; peer <= count; peer++) broadcasts.addPeer(peer, MODERN);
  return { broadcasts, clock: new FalseClock() };
}

/** Who is told of something now, lowest first; each of them once. */
function told(broadcasts: Broadcasts, clock: FalseClock, tx: IdentifiedTx = OWN): number[] {
  const own = broadcasts
    .take(clock.now)
    .announcements.filter(({ item: { hash } }) => hash === tx.wtxid || hash === tx.txid);
  return own.map(({ peer }) => peer).toSorted((a, b) => a - b);
}

/** Eight peers, of which some were told of one transaction and the others are listened to. */
function listening(): { broadcasts: Broadcasts; clock: FalseClock; first: number[]; others: number[] } {
  const { broadcasts, clock } = peersUpTo(8);
  broadcasts.add(OWN);
  const first = told(broadcasts, clock);
  const others = [1, 2, 3, 4, 5, 6, 7, 8].filter((peer) => !first.includes(peer));
  return { broadcasts, clock, first, others };
}

const requested = (peer: number, peerCount: number): BroadcastEvent => ({
  txid: OWN.txid,
  state: 'requested',
  peer,
  peerCount,
});

test('at first half of the peers are told, chosen by chance, and not again', () => {
  const chosen = new Set<number>();
  for (let seed = 1; seed <= 20; seed++) {
    const { broadcasts, clock } = peersUpTo(8, seed);
    broadcasts.add(OWN);
    assert.ok((broadcasts.deadline() ?? Infinity) <= clock.ms);
    const first = told(broadcasts, clock);
    assert.equal(first.length, 4);
    for (const peer of first) chosen.add(peer);
    assert.deepEqual(told(broadcasts, clock), []);
  }
  assert.equal(chosen.size, 8);
});

test('of three peers one is told at first, and one that is alone is told', () => {
  for (const count of [1, 2, 3]) {
    const { broadcasts, clock } = peersUpTo(count);
    broadcasts.add(OWN);
    assert.equal(told(broadcasts, clock).length, 1);
    assert.equal(broadcasts.deadline(), count === 1 ? undefined : clock.ms + 30_000);
  }
});

test('where more than one peer is expected the first waits five seconds for a second, and is told then in any case', () => {
  for (const comes of [true, false]) {
    const { broadcasts, clock } = peersUpTo(0, 1, true);
    broadcasts.add(OWN);
    assert.deepEqual(told(broadcasts, clock), []);
    assert.equal(broadcasts.deadline(), undefined);
    broadcasts.addPeer(1, MODERN);
    assert.deepEqual(told(broadcasts, clock), []);
    assert.equal(broadcasts.deadline(), clock.ms + 5_000);
    clock.advance(4_999);
    assert.deepEqual(told(broadcasts, clock), []);
    if (comes) {
      broadcasts.addPeer(2, MODERN);
      assert.equal(told(broadcasts, clock).length, 1, 'the other is listened to');
    } else {
      clock.advance(1);
      assert.deepEqual(told(broadcasts, clock), [1]);
    }
  }
});

test('when nobody has announced it back after 30 seconds the others are told too', () => {
  const { broadcasts, clock, others } = listening();
  assert.equal(broadcasts.deadline(), clock.ms + 30_000);
  clock.advance(29_999);
  assert.deepEqual(told(broadcasts, clock), []);
  clock.advance(1);
  assert.deepEqual(told(broadcasts, clock), others);
  assert.equal(broadcasts.deadline(), undefined);
});

test('when one of the others has announced it, they are left as witnesses until the next block', () => {
  const { broadcasts, clock, others } = listening();
  const witness = others[0] as number;
  assert.deepEqual(broadcasts.heard(witness, hashKey(OWN.wtxid)), [
    { txid: OWN.txid, state: 'relayed', peer: witness, peerCount: 1 },
  ]);
  clock.advance(30_000);
  assert.deepEqual(told(broadcasts, clock), []);
  broadcasts.blockCame();
  assert.deepEqual(told(broadcasts, clock), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(told(broadcasts, clock), []);
});

test('who asks for it is told of once, and what such a peer announces proves nothing', () => {
  const { broadcasts, clock, first } = listening();
  const [one, two] = first as [number, number];
  assert.deepEqual(broadcasts.requested(one, KEY), [requested(one, 1)]);
  assert.deepEqual(broadcasts.requested(one, KEY), []);
  assert.deepEqual(broadcasts.requested(two, KEY), [requested(two, 2)]);
  assert.deepEqual(broadcasts.requested(two, hashKey(BLOCK.hash)), []);
  assert.deepEqual(broadcasts.requested(99, KEY), []);
  assert.deepEqual(broadcasts.heard(one, KEY), []);
  clock.advance(30_000);
  assert.equal(told(broadcasts, clock).length, 4);
});

test('who has it from others than us is counted once, whichever name it uses', () => {
  const { broadcasts, others } = listening();
  const [one, two] = others as [number, number];
  assert.equal(broadcasts.heard(one, KEY).length, 1);
  assert.equal(broadcasts.heard(one, hashKey(OWN.wtxid)).length, 0);
  assert.deepEqual(
    broadcasts.heard(two, KEY).map(({ peerCount }) => peerCount),
    [2],
  );
  assert.deepEqual(broadcasts.heard(two, hashKey(BLOCK.hash)), []);
  assert.deepEqual(broadcasts.heard(99, KEY), []);
});

test('each peer is told by the name that it uses', () => {
  const { broadcasts, clock } = peersUpTo(0);
  broadcasts.addPeer(1, MODERN);
  broadcasts.addPeer(2, OLD);
  broadcasts.add(OWN);
  const announcements = broadcasts
    .take(clock.now)
    .announcements.concat(broadcasts.take(clock.advance(30_000)).announcements);
  assert.deepEqual(
    announcements.toSorted((a, b) => a.peer - b.peer),
    [
      { peer: 1, item: { type: INVENTORY.WTX, hash: OWN.wtxid } },
      { peer: 2, item: { type: INVENTORY.TX, hash: OWN.txid } },
    ],
  );
});

test('what is asked for is found by either name, by those who were told', () => {
  const { broadcasts, clock } = peersUpTo(2);
  broadcasts.add(OWN);
  const [peer = 0] = told(broadcasts, clock);
  assert.equal(broadcasts.find({ type: INVENTORY.WTX, hash: OWN.wtxid }, peer), OWN);
  assert.equal(broadcasts.find({ type: INVENTORY.TX, hash: OWN.txid }, peer), OWN);
  assert.equal(broadcasts.find({ type: INVENTORY.WITNESS_TX, hash: OWN.txid }, peer), OWN);
  assert.equal(broadcasts.find({ type: INVENTORY.WTX, hash: OWN.txid }, peer), undefined);
  assert.equal(broadcasts.find({ type: INVENTORY.TX, hash: OWN.wtxid }, peer), undefined);
  assert.equal(broadcasts.find({ type: INVENTORY.BLOCK, hash: OWN.txid }, peer), undefined);
  assert.equal(
    broadcasts.find({ type: INVENTORY.TX, hash: OWN.txid }, 3 - peer),
    undefined,
    'a stranger learns nothing',
  );
});

test('with no peers there is nothing to do; the first that come are told', () => {
  const { broadcasts, clock } = peersUpTo(0);
  broadcasts.add(OWN);
  assert.deepEqual(told(broadcasts, clock), []);
  assert.equal(broadcasts.deadline(), undefined);
  broadcasts.addPeer(1, DEAF);
  broadcasts.blockCame();
  assert.deepEqual(told(broadcasts, clock), []);
  broadcasts.addPeer(2, MODERN);
  assert.deepEqual(told(broadcasts, clock), [2]);
  broadcasts.addPeer(3, MODERN);
  assert.deepEqual(told(broadcasts, clock), [3]);
});

test('of several that come at once, after a time without peers, half are told at first', () => {
  const { broadcasts, clock } = peersUpTo(0);
  broadcasts.add(OWN);
  assert.deepEqual(told(broadcasts, clock), []);
  for (const peer of [1, 2, 3, 4]) broadcasts.addPeer(peer, MODERN);
  assert.equal(told(broadcasts, clock).length, 2);
});

test('who connects while we listen is told when that is over, and who connects later at once', () => {
  const { broadcasts, clock, others } = listening();
  broadcasts.addPeer(9, MODERN);
  assert.deepEqual(told(broadcasts, clock), []);
  broadcasts.heard(others[0] as number, KEY);
  assert.deepEqual(told(broadcasts, clock), [9]);
  broadcasts.addPeer(10, MODERN);
  broadcasts.addPeer(11, DEAF);
  assert.deepEqual(told(broadcasts, clock), [10]);
});

test('who announced it before it was told is not told before the next block', () => {
  const { broadcasts, clock } = peersUpTo(2);
  broadcasts.add(OWN);
  assert.equal(broadcasts.heard(1, KEY).length, 1);
  assert.deepEqual(told(broadcasts, clock), [2]);
  assert.equal(broadcasts.deadline(), undefined);
  broadcasts.blockCame();
  assert.deepEqual(told(broadcasts, clock), [1, 2]);
});

test('a block while we listen changes nothing: all that could be told was told a moment ago', () => {
  const { broadcasts, clock, others } = listening();
  broadcasts.blockCame();
  assert.deepEqual(told(broadcasts, clock), []);
  clock.advance(30_000);
  assert.deepEqual(told(broadcasts, clock), others);
});

test('who wants higher fees is not told, until it wants less', () => {
  const { broadcasts, clock } = peersUpTo(1);
  const { vsize } = OWN.size;
  broadcasts.setFeeFilter(1, 2_001n);
  broadcasts.add(OWN, 2 * vsize);
  assert.deepEqual(told(broadcasts, clock), []);
  for (const noMoney of [-1n, 21_000_000n * 100_000_000n + 1n]) broadcasts.setFeeFilter(1, noMoney);
  assert.deepEqual(told(broadcasts, clock), []);
  broadcasts.addPeer(2, DEAF);
  broadcasts.setFeeFilter(1, 2_000n);
  assert.deepEqual(told(broadcasts, clock), [1]);
});

test('an amount that is no money leaves the filter as it was, and an unknown fee passes all', () => {
  const { broadcasts, clock } = peersUpTo(1);
  broadcasts.setFeeFilter(99, 5n);
  broadcasts.setFeeFilter(1, 1n << 62n);
  broadcasts.add(OWN, 1);
  assert.deepEqual(told(broadcasts, clock), [1]);
  broadcasts.setFeeFilter(1, 2_100_000_000_000_000n);
  const other = stray(2);
  broadcasts.add(other);
  assert.deepEqual(told(broadcasts, clock, other), [1]);
});

test('announcing is told of with the number of all who were', () => {
  const { broadcasts, clock } = peersUpTo(8);
  broadcasts.add(OWN);
  const counts: unknown[] = [];
  const take = (): void => {
    for (const event of broadcasts.take(clock.now).events) counts.push(event);
  };
  take();
  broadcasts.removePeer(1);
  clock.advance(30_000);
  take();
  broadcasts.blockCame();
  take();
  take();
  const announced = (peerCount: number) => ({ txid: OWN.txid, state: 'announced', peerCount });
  // Whether the one that left had been told is up to chance.
  const all = counts.at(-1) as { peerCount: number };
  assert.ok(all.peerCount === 7 || all.peerCount === 8);
  assert.deepEqual(counts, [announced(4), announced(all.peerCount), announced(all.peerCount)]);
});

test('what is confirmed is announced no more, and what returned is announced to all', () => {
  const { broadcasts, clock } = peersUpTo(4);
  broadcasts.add(OWN);
  told(broadcasts, clock);
  assert.deepEqual(broadcasts.returned(KEY), [], 'it was not confirmed');
  assert.deepEqual(broadcasts.confirmed(KEY, BLOCK), [
    { txid: OWN.txid, state: 'confirmed', peerCount: 0, block: BLOCK },
  ]);
  assert.deepEqual(broadcasts.confirmed(KEY, BLOCK), []);
  assert.deepEqual(broadcasts.confirmed(hashKey(BLOCK.hash), BLOCK), [], 'not one of ours');
  assert.equal(broadcasts.deadline(), undefined);
  broadcasts.blockCame();
  broadcasts.addPeer(5, MODERN);
  clock.advance(30_000);
  assert.deepEqual(told(broadcasts, clock), []);
  assert.deepEqual(broadcasts.heard(4, KEY), []);
  assert.deepEqual(broadcasts.returned(KEY), [
    { txid: OWN.txid, state: 'returned', peerCount: 0, block: BLOCK },
  ]);
  assert.deepEqual(told(broadcasts, clock), [1, 2, 3, 4, 5]);
});

test('adding one again changes nothing, not even with another witness', () => {
  const { broadcasts, clock } = peersUpTo(1);
  const variant = payment({ spends: [somewhere(1)], witness: Uint8Array.of(9) });
  assert.deepEqual(variant.txid, OWN.txid);
  broadcasts.add(OWN);
  told(broadcasts, clock);
  broadcasts.add(OWN);
  broadcasts.add(variant);
  assert.deepEqual(broadcasts.take(clock.now).announcements, []);
  assert.equal(broadcasts.find({ type: INVENTORY.WTX, hash: variant.wtxid }, 1), undefined);
});

test('of more than a hundred a confirmed one makes room, or else the oldest', () => {
  const { broadcasts, clock } = peersUpTo(1);
  const all = Array.from({ length: 102 }, (_, i) => stray(i + 10));
  const namesFound = ({ txid, wtxid }: IdentifiedTx): number => {
    const items = [
      { type: INVENTORY.TX, hash: txid },
      { type: INVENTORY.WTX, hash: wtxid },
    ];
    return items.filter((item) => broadcasts.find(item, 1) !== undefined).length;
  };
  for (const tx of all.slice(0, 100)) broadcasts.add(tx);
  broadcasts.confirmed(hashKey(all[50]?.txid as Uint8Array), BLOCK);
  broadcasts.returned(hashKey(all[50]?.txid as Uint8Array));
  broadcasts.confirmed(hashKey(all[60]?.txid as Uint8Array), BLOCK);
  broadcasts.take(clock.now);
  broadcasts.add(all[100] as IdentifiedTx);
  broadcasts.add(all[101] as IdentifiedTx);
  broadcasts.take(clock.now);
  assert.deepEqual(
    all.map(namesFound),
    all.map((_, i) => (i === 0 || i === 60 ? 0 : 2)),
  );
});

test('whatever happens, nobody is told twice before the next block, and in the end all are who want to be', () => {
  const peer = fc.integer({ min: 1, max: 7 });
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('join' as const), wantsTxs: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), peer }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('hear' as const, 'ask' as const), peer }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 5_000, 30_000) }),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'block' } as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { broadcasts, clock } = peersUpTo(0);
      const wanting = new Map<number, boolean>();
      let knowing = new Set<number>();
      let nextPeer = 1;
      broadcasts.add(OWN);
      const take = (): void => {
        for (const one of told(broadcasts, clock)) {
          assert.equal(wanting.get(one), true);
          assert.equal(knowing.has(one), false);
          knowing.add(one);
        }
      };
      for (const one of steps) {
        if (one.do === 'join') {
          wanting.set(nextPeer, one.wantsTxs);
          broadcasts.addPeer(nextPeer++, { usesWtxid: true, wantsTxs: one.wantsTxs });
        } else if (one.do === 'leave') {
          wanting.delete(one.peer);
          broadcasts.removePeer(one.peer);
        } else if (one.do === 'hear') broadcasts.heard(one.peer, KEY);
        else if (one.do === 'ask') broadcasts.requested(one.peer, KEY);
        else if (one.do === 'wait') clock.advance(one.ms);
        else {
          take();
          if (broadcasts.deadline() === undefined) knowing = new Set();
          broadcasts.blockCame();
        }
        take();
      }
      clock.advance(30_000);
      take();
      broadcasts.blockCame();
      assert.deepEqual(
        told(broadcasts, clock),
        Array.from(wanting).flatMap(([id, wants]) => (wants ? [id] : [])),
      );
    }),
    { seed: 53, numRuns: 300 },
  );
});
