import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBasicFilter, filterHash } from '../../../src/filters/index.ts';
import type { PeerId } from '../../../src/protocol/peer.ts';
import { FilterDispute } from '../../../src/protocol/scan/filter-dispute.ts';
import { FalseClock } from '../../support/false-time.ts';
import { chainTo, THEIRS } from '../../support/scan-fixture.ts';

const TIMEOUT_MS = 10_000;

/** Pays to us, and spends one output of which the block does not show the script. */
const block = chainTo(3, [3]);
const TRUE_FILTER = block.filter;
/** Leaves out an output. */
const LIE = buildBasicFilter(block.hash, [THEIRS.script]);
/** Has something that may be the script that is spent. */
const UNDECIDABLE = buildBasicFilter(block.hash, [...block.elements, Uint8Array.of(0x51)]);

class Disputing {
  readonly clock = new FalseClock();
  readonly dispute: FilterDispute;

  constructor(
    sides: readonly (readonly [filter: Uint8Array, members: readonly PeerId[]])[],
    needsBlock = true,
  ) {
    const claims = sides.map(([filter, members]) => ({ hash: filterHash(filter), members }));
    this.dispute = new FilterDispute(block.height, block.hash, claims, needsBlock);
  }

  asked(): PeerId[] {
    return this.dispute.take(TIMEOUT_MS, this.clock.now).map(({ peer, message }) => {
      const payload = { filterType: 0, startHeight: 3, stopHash: block.hash };
      assert.deepEqual(message, { command: 'getcfilters', payload });
      return peer;
    });
  }

  blockCame(): void {
    const transactions = block.made.map(({ identified }) => identified);
    this.dispute.blockCame({ height: 3, hash: block.hash, header: block.header, transactions });
  }

  /** The peers that lied; undefined while that is not known. */
  judged(): (readonly PeerId[])[] | undefined {
    return this.dispute.judge()?.map(({ members }) => members);
  }
}

test('one peer of each side is asked for the filter that it speaks of', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1, 2]],
    [LIE, [3]],
  ]);
  assert.deepEqual(disputing.asked(), [1, 3]);
  assert.deepEqual(disputing.asked(), []);
  assert.equal(disputing.dispute.deadline(), disputing.clock.ms + TIMEOUT_MS);
});

test('those whose filter the block contradicts have lied, all of them', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1]],
    [LIE, [2, 3]],
  ]);
  disputing.asked();
  assert.equal(disputing.dispute.lacksBlock, true);
  assert.deepEqual(disputing.dispute.receive(2, LIE), { fault: undefined });
  disputing.blockCame();
  assert.equal(disputing.dispute.lacksBlock, false);
  assert.equal(disputing.judged(), undefined, 'the other side is to be heard too');
  assert.deepEqual(disputing.dispute.receive(1, TRUE_FILTER), { fault: undefined });
  const [liars, ...others] = disputing.dispute.judge() ?? [];
  assert.deepEqual(others, []);
  assert.deepEqual(liars?.members, [2, 3]);
  assert.deepEqual(liars?.hash, filterHash(LIE));
  assert.match(liars?.detail ?? '', /height 3/);
  assert.equal(disputing.dispute.isUndecided, false);
});

test('nothing is judged without the block', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1]],
    [LIE, [2]],
  ]);
  disputing.asked();
  disputing.dispute.receive(1, TRUE_FILTER);
  disputing.dispute.receive(2, LIE);
  assert.equal(disputing.judged(), undefined);
  disputing.blockCame();
  assert.deepEqual(disputing.judged(), [[2]]);
});

test('it may be that the block contradicts nobody', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1]],
    [UNDECIDABLE, [2]],
  ]);
  disputing.asked();
  disputing.dispute.receive(1, TRUE_FILTER);
  disputing.dispute.receive(2, UNDECIDABLE);
  disputing.blockCame();
  assert.deepEqual(disputing.judged(), []);
  assert.equal(disputing.dispute.isUndecided, true);
});

test('who sends another filter than the one that it spoke of is at fault', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1]],
    [LIE, [2]],
  ]);
  disputing.asked();
  assert.match(disputing.dispute.receive(2, TRUE_FILTER)?.fault ?? '', /not the one that it spoke of/);
  assert.equal(disputing.dispute.receive(2, LIE), undefined, 'it was asked once');
});

test('filters that nobody asked for are passed over', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1, 2]],
    [LIE, [3]],
  ]);
  assert.equal(disputing.dispute.receive(1, TRUE_FILTER), undefined);
  disputing.asked();
  assert.equal(disputing.dispute.receive(2, TRUE_FILTER), undefined);
});

test('who does not show its filter in time is left out, and another of its side is asked', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1, 2]],
    [LIE, [3]],
  ]);
  disputing.asked();
  disputing.dispute.receive(3, LIE);
  assert.deepEqual(disputing.dispute.takeLate(disputing.clock.advance(TIMEOUT_MS - 1)), []);
  assert.deepEqual(disputing.dispute.takeLate(disputing.clock.advance(1)), [1]);
  assert.deepEqual(disputing.dispute.takeLate(disputing.clock.now), []);
  assert.deepEqual(disputing.asked(), [2]);
});

test('one that sends something else has more time', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1]],
    [LIE, [2]],
  ]);
  disputing.asked();
  disputing.dispute.heard(1, disputing.clock.ms + 2 * TIMEOUT_MS);
  assert.deepEqual(disputing.dispute.takeLate(disputing.clock.advance(TIMEOUT_MS)), [2]);
});

test('a side of which nobody is left is not waited for', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1]],
    [LIE, [2]],
  ]);
  disputing.asked();
  disputing.blockCame();
  disputing.dispute.receive(2, LIE);
  assert.equal(disputing.judged(), undefined);
  disputing.dispute.peerLost(1);
  assert.deepEqual(disputing.judged(), [[2]]);
});

test('a liar that is gone when it is judged has lied all the same', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1]],
    [LIE, [2]],
  ]);
  disputing.asked();
  disputing.dispute.receive(1, TRUE_FILTER);
  disputing.dispute.receive(2, LIE);
  disputing.dispute.peerLost(2);
  disputing.blockCame();
  const [liars] = disputing.dispute.judge() ?? [];
  assert.deepEqual([liars?.members, liars?.hash], [[], filterHash(LIE)]);
});

test('without the block it is asked whether all filters exclude what is looked for', () => {
  const excludes = (filter: Uint8Array): boolean => filter.length === LIE.length;
  const disputing = new Disputing(
    [
      [TRUE_FILTER, [1]],
      [LIE, [2]],
    ],
    false,
  );
  assert.equal(disputing.dispute.lacksBlock, false);
  disputing.asked();
  disputing.dispute.receive(2, LIE);
  assert.equal(disputing.dispute.isExcludedByAll(excludes), undefined);
  disputing.dispute.receive(1, TRUE_FILTER);
  assert.equal(disputing.dispute.isExcludedByAll(excludes), false);
  assert.equal(
    disputing.dispute.isExcludedByAll(() => true),
    true,
  );
});

test('a filter that nobody shows excludes nothing', () => {
  const disputing = new Disputing(
    [
      [TRUE_FILTER, [1]],
      [LIE, [2]],
    ],
    false,
  );
  disputing.asked();
  disputing.dispute.receive(2, LIE);
  disputing.dispute.peerLost(1);
  assert.equal(
    disputing.dispute.isExcludedByAll(() => true),
    false,
  );
});

test('a filter is kept as it was, whatever becomes of the message', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1]],
    [LIE, [2]],
  ]);
  disputing.asked();
  const lent = TRUE_FILTER.slice();
  disputing.dispute.receive(1, lent);
  lent.fill(0);
  disputing.dispute.receive(2, LIE);
  disputing.blockCame();
  assert.deepEqual(disputing.judged(), [[2]]);
});

test('a filter that cannot be read is a lie without its block', () => {
  const unreadable = Uint8Array.of(0xff);
  const disputing = new Disputing(
    [
      [TRUE_FILTER, [1]],
      [unreadable, [2]],
    ],
    false,
  );
  disputing.asked();
  assert.match(disputing.dispute.receive(2, unreadable)?.fault ?? '', /cannot be read/);
});

test('one that sends other things first is waited for a minute at most', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1]],
    [LIE, [2]],
  ]);
  disputing.asked();
  const { dispute, clock } = disputing;
  dispute.receive(1, TRUE_FILTER);
  for (let ms = 0; ms < 60_000; ms += 5_000) {
    assert.deepEqual(dispute.takeLate(clock.now), []);
    dispute.heard(2, clock.advance(5_000).ms + TIMEOUT_MS);
  }
  assert.deepEqual(dispute.takeLate(clock.now), [2]);
});

test('one that was found out elsewhere has no side, unless others share it', () => {
  const shared = new Disputing([
    [TRUE_FILTER, [1]],
    [LIE, [2, 3]],
  ]);
  shared.dispute.expel(2);
  assert.equal(shared.dispute.isMoot, false);
  shared.dispute.expel(3);
  assert.equal(shared.dispute.isMoot, true);
  assert.deepEqual(shared.judged(), []);
  assert.equal(shared.dispute.isUndecided, false);
});

test('whoever has left keeps the side that it spoke for, and nobody is blamed', () => {
  const disputing = new Disputing([
    [TRUE_FILTER, [1]],
    [LIE, [2]],
  ]);
  disputing.asked();
  disputing.dispute.receive(1, TRUE_FILTER);
  disputing.dispute.peerLost(2);
  assert.equal(disputing.dispute.hasAbsent, true);
  disputing.blockCame();
  assert.deepEqual(disputing.judged(), []);
  assert.equal(disputing.dispute.isUndecided, false);
});
