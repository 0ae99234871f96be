/** Whatever peers, blocks and time do in whatever order, some things always hold. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type HashKey, hashKey } from '../../../src/bytes/hash-key.ts';
import type { MempoolOutput } from '../../../src/protocol/mempool/mempool-contract.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import {
  mineBlock,
  type MinedBlock,
  outputOf,
  payment,
  somewhere,
  withWitness,
} from '../../support/transactions.ts';
import { SECOND, TELLS_ALL, Watching } from '../../support/watch-fixture.ts';

const MAX_BYTES = 12_000;
const PEERS = [1, 2, 3, 4];

/** Parents, children, rivals, other witnesses, one too large, and some that can never be valid. */
const transactions: readonly IdentifiedTx[] = makeTransactions();
/** Two branches of two blocks each on the same header. */
const branches: readonly (readonly MinedBlock[])[] = makeBranches();

function makeTransactions(): IdentifiedTx[] {
  const parent = payment({ spends: [somewhere(1)], pays: [5_000, 5_000] });
  const rival = payment({ spends: [somewhere(1)], pays: [4_000] });
  const child = payment({ spends: [outputOf(parent)], pays: [4_000] });
  return [
    parent,
    rival,
    payment({ spends: [somewhere(1), somewhere(2)], pays: [9_000] }),
    child,
    payment({ spends: [outputOf(child), somewhere(3)], pays: [100] }),
    payment({ spends: [outputOf(parent, 1), outputOf(rival)], pays: [100] }),
    payment({ spends: [outputOf(child), outputOf(parent, 1)], pays: [50] }),
    withWitness(child, Uint8Array.of(1)),
    withWitness(child, Uint8Array.of(2)),
    payment({ spends: [somewhere(4)], script: new Uint8Array(11_000) }),
    payment({ spends: [outputOf(parent)], pays: [6_000] }),
    payment({ spends: [outputOf(parent, 2)], pays: [1] }),
    payment({ spends: [outputOf(child), somewhere(1)], pays: [1] }),
    payment({ spends: [somewhere(5)], pays: [-1] }),
    ...Array.from({ length: 6 }, (_, n) => payment({ spends: [somewhere(10 + n)] })),
  ];
}

function makeBranches(): MinedBlock[][] {
  const [parent, rival, , child] = transactions as [IdentifiedTx, IdentifiedTx, IdentifiedTx, IdentifiedTx];
  return [
    [[parent], [child]],
    [[rival], []],
  ].map((contents) => {
    const [low = [], high = []] = contents;
    const first = mineBlock(low, { height: 1 });
    return [first, mineBlock(high, { height: 2, parent: first.bytes })];
  });
}

type Step = readonly [kind: number, peer: number, which: number];

/** A world that checks what it is told against what it was told before. */
class Checked {
  readonly watching = new Watching({
    maxBytes: MAX_BYTES,
    maxAgeMs: 1_800 * SECOND,
    requestTimeoutMs: 5 * SECOND,
  });
  readonly connected = new Set<number>();
  readonly shown = new Set<HashKey>();
  /** Blocks on the best chain, and the branch that they are of. */
  branch = 0;
  height = 0;

  check(outputs: readonly MempoolOutput[]): void {
    for (const output of outputs) {
      if (output.do === 'send') assert.ok(this.connected.has(output.peer), 'sent to one that is there');
      else if (output.do === 'hang-up') this.leave(output.peer);
      else if (output.event.event === 'tx') this.#show(hashKey(output.event.tx.txid), true);
      else if (output.event.event === 'tx-removed') this.#show(hashKey(output.event.txid), false);
      else if (output.event.event === 'tx-updated')
        assert.ok(this.shown.has(hashKey(output.event.standing.txid)), 'what changed is there');
    }
    const { pool } = this.watching.watch.keeper;
    assert.ok(pool.bytes <= MAX_BYTES, 'room');
    assert.deepEqual(
      [...this.shown].toSorted(),
      this.watching.held.toSorted(),
      'what was told is what is there',
    );
  }

  #show(key: HashKey, isThere: boolean): void {
    assert.notEqual(this.shown.has(key), isThere, 'nothing is told twice');
    if (isThere) this.shown.add(key);
    else this.shown.delete(key);
  }

  leave(peer: number): void {
    this.connected.delete(peer);
    this.watching.holders = [...this.connected];
  }

  take([kind, peer, which]: Step): void {
    const { watching } = this;
    const tx = transactions[which % transactions.length] as IdentifiedTx;
    switch (kind) {
      case 0:
        if (this.connected.has(peer)) return;
        this.connected.add(peer);
        watching.holders = [...this.connected];
        this.check(
          watching.ready(peer, { services: TELLS_ALL, usesWtxid: peer !== 4, isInbound: peer === 3 }),
        );
        return;
      case 1:
        this.leave(peer);
        this.check(watching.lose(peer));
        return;
      case 2:
        this.check(watching.announce(peer, tx));
        return;
      case 3:
        this.check(watching.announceByTxid(peer, tx));
        return;
      case 4:
        if (which >= 20) this.check(watching.announce(peer, tx));
        this.check(watching.deliver(peer, tx));
        return;
      case 5:
        this.check(watching.notFound(peer, { type: INVENTORY.WTX, hash: tx.wtxid }));
        return;
      case 6:
        for (const block of branches.flat()) {
          if (which % 4 === 0) this.check(this.#forge(peer, block));
          this.check(watching.bring(peer, block));
        }
        return;
      case 7:
        this.#grow(which);
        return;
      case 8:
        this.check(watching.give({ type: 'synced', tip: { height: 0, hash: new Uint8Array(32) } }));
        return;
      case 9:
        this.check(watching.pass([10, 6 * SECOND, 700 * SECOND][which % 3] as number));
        return;
      case 10:
        this.check(watching.give({ type: 'submitted', tx }));
        return;
    }
  }

  /** Sends a block with other transactions than its header names. */
  #forge(peer: number, { header }: MinedBlock): MempoolOutput[] {
    const message = { command: 'block', payload: { header, transactions: [] } } as const;
    return this.watching.give({ type: 'message', peer, message });
  }

  #grow(which: number): void {
    const present = branches[this.branch]?.slice(0, this.height) ?? [];
    if (this.height === 2 || which % 2 === 1) {
      this.branch = 1 - this.branch;
      this.height = 2;
      this.check(this.watching.follow(branches[this.branch] ?? [], present.toReversed()));
    } else {
      this.height++;
      this.check(this.watching.follow(branches[this.branch]?.slice(this.height - 1, this.height) ?? []));
    }
  }
}

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(0, 1, 2, 3, 4, 4, 4, 4, 5, 6, 7, 8, 9, 10),
  fc.constantFrom(...PEERS),
  fc.nat(59),
);
/** So that most of what happens is heard at all. */
const beginning: readonly Step[] = [...PEERS.map((peer): Step => [0, peer, 0]), [8, 1, 0]];

test('what is told fits what was told before, room is kept, and it is never due twice at one moment', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 80 }), (isBegun, steps) => {
      const world = new Checked();
      for (const one of [...(isBegun ? beginning : []), ...steps]) world.take(one);
      // Whatever is open by now comes to rest: there is nothing left but to look for what is too old, and for blocks.
      world.check(world.watching.pass(3_600 * SECOND));
      assert.equal(world.shown.size, world.watching.watch.keeper.pool.count);
    }),
    { numRuns: 400 },
  );
});
