import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBasicFilter, filterHash } from '../../../src/filters/index.ts';
import type { PeerId } from '../../../src/protocol/peer.ts';
import { FilterDisputes, type Settled } from '../../../src/protocol/scan/filter-disputes.ts';
import { FilterVote } from '../../../src/protocol/scan/filter-vote.ts';
import { Stretch } from '../../../src/protocol/scan/stretch.ts';
import { FalseClock } from '../../support/false-time.ts';
import { ancestorAt, type ScanBlock } from '../../support/scan-blocks.ts';
import { chainTo, THEIRS } from '../../support/scan-fixture.ts';

const LAST = 49;
const TIMEOUT_MS = 10_000;
/** Each block pays to us, and spends one output of which it does not show the script. */
const tip = chainTo(
  LAST,
  Array.from({ length: LAST + 1 }, (_, height) => height),
);

type Filters = (block: ScanBlock) => Uint8Array;

const truth: Filters = ({ filter }) => filter;
/** Leaves out what the block pays to us. */
const lie: Filters = ({ hash }) => buildBasicFilter(hash, [THEIRS.script]);
const otherLie: Filters = ({ hash }) => buildBasicFilter(hash, [THEIRS.script, Uint8Array.of(0x52)]);
/** Has one script more, which may be the one that is spent. */
const undecidable: Filters = ({ hash, elements }) =>
  buildBasicFilter(hash, [...elements, Uint8Array.of(0x51)]);

function blockAt(height: number): ScanBlock {
  return ancestorAt(tip, height);
}

/** Peers who have told, each its own: the lies of some from a height on, or up to one. */
function hashAt(height: number): Uint8Array {
  return blockAt(height).hash;
}

class Disputing {
  readonly clock = new FalseClock();
  readonly stretch = new Stretch(0, LAST);
  readonly vote = new FilterVote(0, LAST);
  readonly agreed = new Map<number, Uint8Array>();
  readonly filters: ReadonlyMap<PeerId, Filters>;
  readonly disputes: FilterDisputes;
  isFutile = false;
  opinionsNeeded = 2;
  excludes: (filter: Uint8Array) => boolean = () => false;

  constructor(filters: Readonly<Record<PeerId, Filters>>) {
    this.filters = new Map(Object.entries(filters).map(([peer, one]) => [Number(peer), one]));
    for (const peer of this.filters.keys()) this.vote.add(peer, undefined);
    this.vote.ask(() => true, TIMEOUT_MS);
    for (const [peer, of] of this.filters) {
      const hashes = Array.from({ length: LAST + 1 }, (_, height) => filterHash(of(blockAt(height))));
      assert.equal(this.vote.receive(peer, { previous: new Uint8Array(32), hashes }), undefined);
    }
    const disputed = Array.from({ length: LAST + 1 }, (_, height) => height).filter(
      (height) => this.vote.hashesAt(height).length > 1,
    );
    this.disputes = new FilterDisputes(this.stretch, this.vote, disputed, (height, hash) =>
      this.agreed.set(height, hash),
    );
  }

  settle(): Settled {
    const { isFutile, opinionsNeeded, excludes } = this;
    const settling = { opinionsNeeded, isFutile, excludes, hashAt, absentLeft: 200, timeoutMs: TIMEOUT_MS };
    return this.disputes.settle(settling, this.clock.now);
  }

  /** The filters of a block that is in dispute come from those who spoke of them. */
  show(height: number, ...peers: readonly PeerId[]): void {
    for (const peer of peers) {
      const filter = this.filters.get(peer)?.(blockAt(height)) ?? assert.fail();
      assert.deepEqual(this.disputes.at(height)?.receive(peer, filter), { fault: undefined });
    }
  }

  blockCame(height: number): void {
    const { hash, header, made } = blockAt(height);
    const transactions = made.map(({ identified }) => identified);
    this.disputes.blockCame({ height, hash, header, transactions });
  }
}

function only(from: number, to: number, what: Filters): Filters {
  return (block) => (block.height >= from && block.height <= to ? what(block) : block.filter);
}

test('one block at a time is to show who lies, and it is looked at itself in any case', () => {
  const disputing = new Disputing({ 1: truth, 2: only(5, 9, lie) });
  const { requests, liars } = disputing.settle();
  assert.deepEqual(liars, []);
  assert.deepEqual(
    requests.map(({ peer }) => peer),
    [1, 2],
  );
  assert.deepEqual(disputing.disputes.blockHeights, [5]);
  assert.equal(disputing.stretch.stateOf(5), 'block');
  assert.equal(disputing.stretch.stateOf(6), 'undecided');
  assert.equal(disputing.disputes.isOver, false);
});

test('when the liar is found out, what it said of other blocks is not in dispute any more', () => {
  const disputing = new Disputing({ 1: truth, 2: only(5, 9, lie), 3: truth });
  disputing.settle();
  disputing.show(5, 1, 2);
  disputing.blockCame(5);
  const { liars, undecidedCount } = disputing.settle();
  assert.deepEqual(
    liars.map(({ members }) => members),
    [[2]],
  );
  assert.equal(undecidedCount, 0);
  assert.equal(disputing.disputes.isOver, true);
  for (let height = 6; height <= 9; height++) {
    assert.equal(disputing.stretch.stateOf(height), 'filter');
    assert.deepEqual(disputing.agreed.get(height), blockAt(height).filterHash);
  }
});

test('where too few are left who agree the blocks are looked at', () => {
  const disputing = new Disputing({ 1: truth, 2: only(5, 9, lie) });
  disputing.settle();
  disputing.show(5, 1, 2);
  disputing.blockCame(5);
  disputing.settle();
  assert.equal(disputing.disputes.isOver, true);
  for (let height = 5; height <= 9; height++) assert.equal(disputing.stretch.stateOf(height), 'block');
  assert.equal(disputing.agreed.size, 0);
});

test('several liars are found out, each by what it lied about', () => {
  const disputing = new Disputing({ 1: truth, 2: only(5, 9, lie), 3: only(7, 8, otherLie), 4: truth });
  disputing.settle();
  disputing.show(5, 1, 2);
  disputing.blockCame(5);
  assert.deepEqual(
    disputing.settle().liars.map(({ members }) => members),
    [[2]],
  );
  assert.deepEqual(disputing.disputes.blockHeights, [7]);
  disputing.show(7, 1, 3);
  disputing.blockCame(7);
  assert.deepEqual(
    disputing.settle().liars.map(({ members }) => members),
    [[3]],
  );
  assert.equal(disputing.stretch.stateOf(8), 'filter');
  assert.equal(disputing.disputes.isOver, true);
});

test('two who lie alike against one are found out together', () => {
  const disputing = new Disputing({ 1: truth, 2: only(5, 5, lie), 3: only(5, 5, lie) });
  disputing.settle();
  disputing.show(5, 1, 2);
  disputing.blockCame(5);
  assert.deepEqual(
    disputing.settle().liars.map(({ members }) => members),
    [[2, 3]],
  );
});

test('where the block shows nothing each is looked at, and it is said', () => {
  const disputing = new Disputing({ 1: truth, 2: only(5, 6, undecidable) });
  disputing.settle();
  disputing.show(5, 1, 2);
  disputing.blockCame(5);
  const { liars, undecidedCount } = disputing.settle();
  assert.deepEqual(liars, []);
  assert.equal(undecidedCount, 1);
  assert.equal(disputing.stretch.stateOf(5), 'block');
  assert.deepEqual(disputing.disputes.blockHeights, [6]);
});

test('when blocks are known to show nothing only the filters are asked for, of many blocks at once', () => {
  const disputing = new Disputing({ 1: truth, 2: only(5, LAST, undecidable) });
  disputing.isFutile = true;
  const { requests } = disputing.settle();
  assert.equal(requests.length, 2 * 32);
  assert.deepEqual(disputing.disputes.blockHeights, []);
  assert.equal(disputing.stretch.stateOf(5), 'undecided');
});

test('then a block is clear if all filters exclude what is looked for, and is looked at if not', () => {
  const disputing = new Disputing({ 1: truth, 2: only(5, 6, undecidable) });
  disputing.isFutile = true;
  const { filter } = blockAt(6);
  disputing.excludes = (other) => filterHash(other).join() !== filterHash(filter).join();
  disputing.settle();
  for (const height of [5, 6]) {
    disputing.show(height, 1);
    disputing.settle();
    assert.equal(disputing.stretch.stateOf(height), 'undecided', 'one filter says nothing');
    disputing.show(height, 2);
  }
  disputing.settle();
  assert.equal(disputing.stretch.stateOf(5), 'clear');
  assert.equal(disputing.stretch.stateOf(6), 'block');
  assert.equal(disputing.disputes.isOver, true);
});

test('a filter that is not shown in time excludes nothing, and its peer is named', () => {
  const disputing = new Disputing({ 1: truth, 2: only(5, 5, undecidable) });
  disputing.isFutile = true;
  disputing.excludes = () => true;
  disputing.settle();
  disputing.show(5, 1);
  assert.equal(disputing.disputes.deadline(), disputing.clock.ms + TIMEOUT_MS);
  assert.deepEqual(disputing.disputes.takeMute(disputing.clock.advance(TIMEOUT_MS)), [2]);
  disputing.settle();
  assert.equal(disputing.stretch.stateOf(5), 'block');
});

test('what was told by one that does not show its filter stays said: the others do not win by that', () => {
  const disputing = new Disputing({ 1: only(5, 9, lie), 2: only(5, 9, lie), 3: truth });
  disputing.settle();
  disputing.show(5, 1);
  disputing.blockCame(5);
  assert.deepEqual(disputing.disputes.takeMute(disputing.clock.advance(TIMEOUT_MS)), [3]);
  const { liars } = disputing.settle();
  assert.deepEqual(
    liars.map(({ members }) => members),
    [[1, 2]],
    'they are judged without it too',
  );
  for (let height = 5; height <= 9; height++) assert.equal(disputing.stretch.stateOf(height), 'block');
});

test('a side of which all have left is not waited for, and not forgotten', () => {
  const disputing = new Disputing({ 1: truth, 2: only(5, 6, undecidable) });
  disputing.isFutile = true;
  disputing.vote.leave(2);
  disputing.settle();
  assert.equal(disputing.stretch.stateOf(5), 'block');
  assert.equal(disputing.stretch.stateOf(6), 'block');
  assert.equal(disputing.disputes.isOver, true);
});
