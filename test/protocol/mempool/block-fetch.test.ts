import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256d } from '../../../src/bytes/hash.ts';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import { BlockFetch } from '../../../src/protocol/mempool/block-fetch.ts';
import { blocksAskedIn, minedChain } from '../../support/block-holders.ts';
import { FalseClock } from '../../support/false-time.ts';
import { mineBlock, type MinedBlock, stray } from '../../support/transactions.ts';

const SECOND = 1_000;

/** Three blocks, each on the one before. */
const blocks = minedChain(3);
const [one, two, three] = blocks as [MinedBlock, MinedBlock, MinedBlock];

/** A fetch from peers 1, 2 and so on, all of which have everything, and its clock. */
class Fetching {
  readonly clock = new FalseClock();
  holders: number[];
  readonly fetch: BlockFetch;

  constructor(...holders: number[]) {
    this.holders = holders;
    this.fetch = new BlockFetch(() => this.holders);
  }

  want(...wanted: readonly MinedBlock[]): this {
    for (const block of wanted) this.fetch.want(block, this.clock.now);
    return this;
  }

  /** Lets time pass; then says who is asked for which block, until nothing more is due. */
  after(ms: number): [number, MinedBlock | undefined][] {
    const { now } = { now: this.clock.advance(ms) };
    const asked: [number, MinedBlock | undefined][] = [];
    for (const { peer, message } of this.fetch.take(now)) {
      const [key, ...others] = blocksAskedIn(message);
      assert.deepEqual(others, [], 'one block at a time');
      asked.push([peer, blocks.find(({ hash }) => hashKey(hash) === key)]);
    }
    const due = this.fetch.deadline();
    assert.ok(due === undefined || due > now.ms, 'it is not due again at the same moment');
    return asked;
  }

  receive(peer: number, block: MinedBlock): string {
    return this.fetch.receive(peer, block.message.payload, this.clock.now).kind;
  }

  lose(peer: number): void {
    this.holders = this.holders.filter((other) => other !== peer);
    this.fetch.peerLost(peer, this.clock.now);
  }
}

test('blocks are asked for one after another, the oldest first, of the best peer', () => {
  const fetching = new Fetching(1, 2).want(one, two, three);
  assert.deepEqual(fetching.after(0), [[1, one]]);
  assert.deepEqual(fetching.after(SECOND / 2), []);
  assert.equal(fetching.receive(1, two), 'unwanted', 'not yet');
  const outcome = fetching.fetch.receive(1, one.message.payload, fetching.clock.now);
  assert.ok(outcome.kind === 'fetched');
  assert.deepEqual([outcome.block.height, outcome.block.hash], [1, one.hash]);
  assert.deepEqual(
    outcome.block.transactions.map(({ txid }) => txid),
    one.transactions.map(({ txid }) => txid),
  );
  assert.deepEqual(fetching.after(0), [[1, two]]);
  assert.equal(fetching.receive(1, two), 'fetched');
  assert.deepEqual(fetching.after(0), [[1, three]]);
  assert.equal(fetching.receive(1, three), 'fetched');
  assert.equal(fetching.fetch.waitingCount, 0);
  assert.equal(fetching.fetch.deadline(), undefined);
});

test('blocks that nobody was asked for are not looked at', () => {
  const fetching = new Fetching(1).want(one);
  assert.equal(fetching.receive(1, one), 'unwanted');
  fetching.after(0);
  assert.equal(fetching.receive(2, one), 'unwanted', 'of one that was not asked');
  assert.equal(fetching.receive(1, one), 'fetched');
  assert.equal(fetching.receive(1, one), 'unwanted', 'a second time');
});

test('after ten seconds another is asked as well, and the first may still bring it', () => {
  const fetching = new Fetching(1, 2, 3).want(one, two);
  fetching.after(0);
  assert.deepEqual(fetching.after(9_999), []);
  assert.deepEqual(fetching.after(1), [[2, one]]);
  assert.deepEqual(fetching.after(10 * SECOND), [[3, one]]);
  assert.equal(fetching.receive(1, one), 'fetched');
  assert.equal(fetching.receive(2, one), 'unwanted', 'those that come later are nothing new');
  assert.deepEqual(fetching.after(0), [[3, two]], 'the others were slow');
});

test('who was late is asked after those that were not', () => {
  const fetching = new Fetching(1, 2).want(one, two);
  fetching.after(0);
  fetching.after(10 * SECOND);
  assert.equal(fetching.receive(2, one), 'fetched');
  assert.deepEqual(fetching.after(0), [[2, two]]);
});

test('who does not have it is passed over at once', () => {
  const fetching = new Fetching(1, 2).want(one);
  fetching.after(0);
  fetching.fetch.notFound(1, hashKey(two.hash), fetching.clock.now);
  assert.deepEqual(fetching.after(0), [], 'what it says of others changes nothing');
  fetching.fetch.notFound(2, hashKey(one.hash), fetching.clock.now);
  assert.deepEqual(fetching.after(0), [], 'nor what others say');
  fetching.fetch.notFound(1, hashKey(one.hash), fetching.clock.now);
  assert.deepEqual(fetching.after(0), [[2, one]]);
});

test('when nobody has it, all are asked again half a minute later', () => {
  const fetching = new Fetching(1, 2).want(one);
  for (const peer of [1, 2]) {
    assert.deepEqual(fetching.after(0), [[peer, one]]);
    fetching.fetch.notFound(peer, hashKey(one.hash), fetching.clock.now);
  }
  assert.deepEqual(fetching.after(0), []);
  assert.deepEqual(fetching.after(29_999), []);
  assert.deepEqual(fetching.after(1), [[1, one]]);
});

test('when nobody is there, it is looked for again every two seconds', () => {
  const fetching = new Fetching().want(one);
  assert.deepEqual(fetching.after(0), []);
  assert.deepEqual(fetching.after(2 * SECOND), []);
  fetching.holders = [4];
  assert.deepEqual(fetching.after(1_999), []);
  assert.deepEqual(fetching.after(1), [[4, one]]);
});

test('who sends other transactions than the header names is told apart, and the next is asked', () => {
  const fetching = new Fetching(1, 2).want(one);
  fetching.after(0);
  const { header } = one.message.payload;
  const forged = { header, transactions: [...one.message.payload.transactions, stray(9).tx] };
  const outcome = fetching.fetch.receive(1, forged, fetching.clock.now);
  assert.ok(outcome.kind === 'refused' && outcome.rule === 'bad-txnmrklroot' && outcome.detail !== '');
  assert.deepEqual(fetching.after(0), [[2, one]]);
  assert.equal(fetching.receive(2, one), 'fetched');
});

test('a block with its last transactions repeated, or without any, is refused', () => {
  const { header, transactions } = mineBlock([stray(1), stray(2)]).message.payload;
  const block = { ...mineBlock([stray(1), stray(2)]) };
  for (const [list, rule] of [
    [[...transactions, ...transactions.slice(-1)], 'bad-txns-duplicate'],
    [[], 'bad-txnmrklroot'],
  ] as const) {
    const fetching = new Fetching(1).want(block);
    fetching.after(0);
    const outcome = fetching.fetch.receive(1, { header, transactions: list }, fetching.clock.now);
    assert.ok(outcome.kind === 'refused');
    assert.equal(outcome.rule, rule);
  }
});

test('a block that breaks a rule of its own is passed over', () => {
  const { tx } = stray(1);
  const broken = mineBlock([{ ...stray(1), tx: { ...tx, inputs: [...tx.inputs, ...tx.inputs] } }]);
  const fetching = new Fetching(1, 2).want(broken, two);
  fetching.after(0);
  const outcome = fetching.fetch.receive(1, broken.message.payload, fetching.clock.now);
  assert.ok(outcome.kind === 'invalid' && outcome.rule === 'bad-txns-inputs-duplicate');
  assert.deepEqual(
    fetching.after(0).map(([, block]) => block),
    [two],
  );
});

test('when the only one that was asked is lost, the next is asked at once', () => {
  const fetching = new Fetching(1, 2).want(one);
  fetching.after(0);
  fetching.lose(1);
  assert.deepEqual(fetching.after(0), [[2, one]]);
  assert.equal(fetching.receive(1, one), 'unwanted');
  fetching.lose(2);
  assert.deepEqual(fetching.after(0), []);
  assert.equal(fetching.fetch.waitingCount, 1, 'it is wanted still');
});

test('a block that leaves the best chain is not waited for, whether it was asked for or not', () => {
  const fetching = new Fetching(1).want(one, two);
  fetching.after(0);
  assert.equal(fetching.fetch.drop(one.hash, fetching.clock.now), false, 'the last one leaves first');
  assert.equal(fetching.fetch.drop(two.hash, fetching.clock.now), true);
  assert.equal(fetching.fetch.drop(one.hash, fetching.clock.now), true);
  assert.equal(fetching.fetch.drop(one.hash, fetching.clock.now), false);
  assert.deepEqual([fetching.fetch.waitingCount, fetching.fetch.deadline()], [0, undefined]);
  assert.equal(fetching.receive(1, one), 'unwanted');
  fetching.want(three);
  assert.deepEqual(fetching.after(0), [[1, three]]);
});

test('of more blocks than 2,016 the oldest are not looked at', () => {
  const fetching = new Fetching(1).want(one);
  fetching.after(0);
  for (let n = 0; n < 2_015; n++)
    fetching.fetch.want(
      { height: 2 + n, hash: sha256d(Uint8Array.of(n & 0xff, n >> 8)) },
      fetching.clock.now,
    );
  assert.equal(fetching.fetch.waitingCount, 2_016);
  assert.equal(fetching.receive(1, two), 'unwanted');
  fetching.want(two);
  assert.equal(fetching.fetch.waitingCount, 2_016);
  assert.equal(fetching.receive(1, one), 'unwanted', 'it had to go');
  assert.equal(fetching.after(0).length, 1, 'the one after it is asked for');
});

test('one that comes to have it is asked within two seconds, and has the others asked no sooner', () => {
  const fetching = new Fetching(1).want(one);
  fetching.after(0);
  fetching.fetch.notFound(1, hashKey(one.hash), fetching.clock.now);
  fetching.after(0);
  fetching.holders = [1, 2];
  assert.deepEqual(fetching.after(2 * SECOND), [[2, one]]);
  fetching.fetch.notFound(2, hashKey(one.hash), fetching.clock.now);
  for (let waitedMs = 2_000; waitedMs < 30_000; waitedMs += 2_000)
    assert.deepEqual(fetching.after(2 * SECOND), waitedMs < 28_000 ? [] : [[1, one]]);
});

test('a peer that sends a wrong block long after its time is not asked again for it', () => {
  const fetching = new Fetching(1).want(one);
  fetching.after(0);
  fetching.after(10 * SECOND);
  const forged = { header: one.header, transactions: [] };
  assert.equal(fetching.fetch.receive(1, forged, fetching.clock.now).kind, 'refused');
  assert.deepEqual(fetching.after(0), []);
});
