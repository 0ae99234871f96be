import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import { ScanBlocks } from '../../../src/protocol/scan/scan-blocks.ts';
import { Stretch } from '../../../src/protocol/scan/stretch.ts';
import { FalseClock } from '../../support/false-time.ts';
import { MadeBestChain } from '../../support/scan-chain.ts';
import { chainTo } from '../../support/scan-fixture.ts';

const chain = new MadeBestChain(chainTo(60));

class Fetching {
  readonly clock = new FalseClock();
  readonly blocks: ScanBlocks;
  readonly stretches = [new Stretch(0, 29), new Stretch(30, 60)];
  next = 0;
  chain = chain;

  constructor(holders: readonly number[] = [1, 2, 3, 4, 5]) {
    this.blocks = new ScanBlocks(() => holders);
  }

  /** Wishes are made, and the heights of what is asked for are told. */
  asked(...urgent: readonly number[]): number[] {
    const hashAt = (height: number): Uint8Array => this.chain.hashAt(height);
    this.blocks.want(urgent, this.stretches, this.next, hashAt, this.clock.now);
    return this.blocks
      .take(this.clock.now)
      .flatMap(({ message }) => {
        assert.ok(message.command === 'getdata');
        return message.payload.items.map(({ hash }) => chain.heightOf(hash) as number);
      })
      .toSorted((a, b) => a - b);
  }

  /** A block comes from whoever was asked for it. */
  bring(height: number): string {
    const { block } = chain.at(height);
    for (const peer of [1, 2, 3, 4, 5]) {
      const { kind } = this.blocks.receive(peer, block, this.clock.now);
      if (kind !== 'unwanted') return kind;
    }
    return 'unwanted';
  }

  set(state: 'block' | 'clear', ...heights: readonly number[]): this {
    for (const height of heights) this.stretches.find((one) => one.has(height))?.set(height, state);
    return this;
  }
}

function upTo(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

test('twelve blocks at most are fetched or held, in the order of the chain', () => {
  const fetching = new Fetching();
  for (const stretch of fetching.stretches) stretch.setAll('block');
  assert.deepEqual(fetching.asked(), upTo(12));
  for (const height of upTo(11, 1)) assert.equal(fetching.bring(height), 'fetched');
  // Those who were asked for the first one and sent others will not send it any more.
  assert.deepEqual(fetching.asked(), [0], 'all places are taken by those that wait for the first');
  fetching.bring(0);
  assert.equal(fetching.blocks.takeHeld(0)?.height, 0);
  fetching.next = 1;
  assert.deepEqual(fetching.asked(), [12]);
});

test('only those are fetched that have to be looked at', () => {
  const fetching = new Fetching().set('block', 7, 40);
  assert.deepEqual(fetching.asked(), [7, 40]);
  assert.equal(fetching.blocks.isWaiting, true);
  fetching.bring(7);
  fetching.bring(40);
  assert.equal(fetching.blocks.isWaiting, false);
  assert.equal(fetching.blocks.fetchedCount, 2);
});

test('a block that is held is given away once', () => {
  const fetching = new Fetching().set('block', 0);
  fetching.asked();
  assert.equal(fetching.blocks.takeHeld(0), undefined);
  fetching.bring(0);
  assert.deepEqual(fetching.blocks.takeHeld(0)?.hash, chain.hashAt(0));
  assert.equal(fetching.blocks.takeHeld(0), undefined);
});

test('those behind do not take the place of the next block, which may turn out to be needed later', () => {
  const fetching = new Fetching().set('block', ...upTo(20, 30));
  assert.deepEqual(fetching.asked(), upTo(11, 30));
  for (const height of upTo(11, 30)) fetching.bring(height);
  fetching.set('block', 0);
  assert.deepEqual(fetching.asked(), [0]);
  fetching.set('block', 5);
  assert.deepEqual(fetching.asked(), []);
});

test('a block that shows who lies is fetched out of turn, and not held', () => {
  const fetching = new Fetching().set('block', ...upTo(12));
  assert.deepEqual(fetching.asked(50), [...upTo(12), 50]);
  assert.equal(fetching.bring(50), 'fetched');
  assert.equal(fetching.blocks.takeHeld(50), undefined);
});

test('one that is next and shows who lies is fetched once, and held', () => {
  const fetching = new Fetching();
  assert.deepEqual(fetching.asked(0), [0]);
  fetching.set('block', 0);
  assert.deepEqual(fetching.asked(0), []);
  fetching.bring(0);
  assert.equal(fetching.blocks.takeHeld(0)?.height, 0);
});

test('when the chain changes nothing of the old one is held, or taken in', () => {
  const fetching = new Fetching().set('block', 0, 1);
  fetching.asked();
  fetching.bring(0);
  fetching.blocks.forgetAll();
  assert.equal(fetching.blocks.takeHeld(0), undefined);
  assert.equal(fetching.bring(1), 'unwanted');
  assert.equal(fetching.blocks.isWaiting, false);
  assert.deepEqual(fetching.asked(), [0, 1], 'all is asked for anew');
});

test('a peer that lacks a block is followed by another, and so is one that is lost', () => {
  const fetching = new Fetching([1, 2, 3]).set('block', 0);
  const [first] = fetching.stretches;
  assert.ok(first !== undefined);
  assert.deepEqual(fetching.asked(), [0]);
  fetching.blocks.notFound(1, hashKey(chain.hashAt(0)), fetching.clock.now);
  assert.deepEqual(fetching.asked(), [0]);
  fetching.blocks.peerLost(2, fetching.clock.now);
  assert.deepEqual(fetching.asked(), [0]);
});

test('a changed block is refused, and one that breaks a rule whoever delivers it is remembered', () => {
  const fetching = new Fetching([1]).set('block', 0);
  fetching.asked();
  const { header } = chain.at(0).block;
  const outcome = fetching.blocks.receive(1, { header, transactions: [] }, fetching.clock.now);
  assert.equal(outcome.kind, 'refused');
  assert.equal(fetching.blocks.invalid, undefined);
});
