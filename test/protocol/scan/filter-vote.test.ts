import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterHeader } from '../../../src/filters/index.ts';
import { type Ends, type FilterHashes, FilterVote } from '../../../src/protocol/scan/filter-vote.ts';

const FIRST = 1_001;
const LAST = 1_003;
const PREVIOUS = bytes(9);
const TRUE_HASHES = [bytes(1), bytes(2), bytes(3)];
const TRUTH: FilterHashes = { previous: PREVIOUS, hashes: TRUE_HASHES };
const LIE: FilterHashes = { previous: PREVIOUS, hashes: [bytes(1), bytes(77), bytes(3)] };
const DUE_MS = 1_000;

function bytes(n: number): Uint8Array {
  return new Uint8Array(32).fill(n);
}

function endsOf({ previous, hashes }: FilterHashes): Ends {
  return { previous, last: hashes.reduce((header, hash) => filterHeader(hash, header), previous) };
}

function now(ms: number): { ms: number; unixSeconds: number } {
  return { ms, unixSeconds: 0 };
}

const anybody = (): boolean => true;

/** Peers who have told the same, or not. */
function voteOf(...told: readonly FilterHashes[]): FilterVote {
  const vote = new FilterVote(FIRST, LAST);
  told.forEach((_, i) => vote.add(i + 1, undefined));
  vote.ask(anybody, DUE_MS);
  told.forEach((hashes, i) => assert.equal(vote.receive(i + 1, hashes), undefined));
  return vote;
}

test('each peer of which no checkpoints are known is asked', () => {
  const vote = new FilterVote(FIRST, LAST);
  for (const peer of [1, 2, 3]) vote.add(peer, undefined);
  assert.deepEqual(vote.ask(anybody, DUE_MS), [1, 2, 3]);
  assert.deepEqual(vote.ask(anybody, DUE_MS), [], 'and once');
  assert.equal(vote.opinionCount, 3);
  assert.equal(vote.toldCount, 0);
});

test('of those with the same checkpoints at both ends one is asked for all', () => {
  const vote = new FilterVote(FIRST, LAST);
  for (const peer of [1, 2]) vote.add(peer, endsOf(TRUTH));
  vote.add(3, endsOf(LIE));
  assert.deepEqual(vote.ask(anybody, DUE_MS), [1, 3]);
  assert.equal(vote.receive(1, TRUTH), undefined);
  assert.equal(vote.toldCount, 2);
  assert.equal(vote.isTold, false);
  assert.equal(vote.receive(3, LIE), undefined);
  assert.equal(vote.isTold, true);
});

test('one that may not be asked is passed over', () => {
  const vote = new FilterVote(FIRST, LAST);
  for (const peer of [1, 2]) vote.add(peer, endsOf(TRUTH));
  assert.deepEqual(
    vote.ask((peer) => peer !== 1, DUE_MS),
    [2],
  );
});

test('a peer has a part in it from when it is added, and is asked until it tells', () => {
  const vote = new FilterVote(FIRST, LAST);
  assert.equal(vote.has(1), false);
  vote.add(1, undefined);
  assert.equal(vote.has(1), true);
  assert.equal(vote.isAsked(1), false);
  vote.ask(anybody, DUE_MS);
  assert.equal(vote.isAsked(1), true);
  vote.receive(1, TRUTH);
  assert.equal(vote.isAsked(1), false);
  assert.equal(vote.deadline(), undefined);
});

test('too many or too few hashes are a fault', () => {
  const vote = new FilterVote(FIRST, LAST);
  vote.add(1, undefined);
  vote.ask(anybody, DUE_MS);
  assert.match(vote.receive(1, { ...TRUTH, hashes: TRUE_HASHES.slice(1) }) ?? '', /^2 filter hashes for 3/);
  assert.match(vote.receive(1, { ...TRUTH, hashes: [...TRUE_HASHES, bytes(4)] }) ?? '', /^4 filter hashes/);
  assert.equal(vote.isTold, false);
});

test('below genesis there is no filter header but zeros', () => {
  const vote = new FilterVote(0, 2);
  vote.add(1, undefined);
  vote.ask(anybody, DUE_MS);
  assert.match(vote.receive(1, TRUTH) ?? '', /below genesis/);
  assert.equal(vote.receive(1, { ...TRUTH, previous: bytes(0) }), undefined);
});

test('hashes have to lead from one checkpoint to the other', () => {
  const vote = new FilterVote(FIRST, LAST);
  vote.add(1, endsOf(TRUTH));
  vote.ask(anybody, DUE_MS);
  assert.match(vote.receive(1, { ...TRUTH, previous: bytes(8) }) ?? '', /is not that of its checkpoint/);
  assert.match(vote.receive(1, LIE) ?? '', /do not lead to its next checkpoint/);
  assert.equal(vote.receive(1, TRUTH), undefined);
});

test('what nobody asked for changes nothing', () => {
  const vote = new FilterVote(FIRST, LAST);
  vote.add(1, undefined);
  assert.equal(vote.receive(1, LIE), undefined);
  assert.equal(vote.receive(2, LIE), undefined);
  assert.equal(vote.toldCount, 0);
});

test('what is told is kept as it was, whatever becomes of the message', () => {
  const vote = new FilterVote(FIRST, LAST);
  vote.add(1, undefined);
  vote.ask(anybody, DUE_MS);
  const lent = { previous: PREVIOUS.slice(), hashes: TRUE_HASHES.map((hash) => hash.slice()) };
  vote.receive(1, lent);
  for (const array of [lent.previous, ...lent.hashes]) array.fill(0xff);
  assert.deepEqual(vote.common, TRUTH);
});

test('what all say is known where all say the same', () => {
  assert.deepEqual(voteOf(TRUTH, TRUTH).common, TRUTH);
  assert.equal(voteOf(TRUTH, LIE).common, undefined);
  assert.equal(voteOf(TRUTH, { ...TRUTH, previous: bytes(8) }).common, undefined);
  assert.equal(new FilterVote(FIRST, LAST).common, undefined);
});

test('the ends are known where all have the same checkpoints', () => {
  const vote = new FilterVote(FIRST, LAST);
  assert.equal(vote.commonEnds, undefined);
  vote.add(1, endsOf(TRUTH));
  vote.add(2, endsOf(TRUTH));
  assert.deepEqual(vote.commonEnds, endsOf(TRUTH));
  vote.add(3, endsOf(LIE));
  assert.equal(vote.commonEnds, undefined);
});

test('for each block the sides are told, and who stands on them, however different the rest is', () => {
  const vote = voteOf(TRUTH, LIE, TRUTH);
  assert.deepEqual(vote.hashesAt(FIRST), [{ hash: bytes(1), members: [1, 2, 3], opinions: 3 }]);
  assert.deepEqual(vote.hashesAt(FIRST + 1), [
    { hash: bytes(2), members: [1, 3], opinions: 2 },
    { hash: bytes(77), members: [2], opinions: 1 },
  ]);
});

test('one that does not answer in time is named once, and another who says the same is asked', () => {
  const vote = new FilterVote(FIRST, LAST);
  for (const peer of [1, 2]) vote.add(peer, endsOf(TRUTH));
  vote.ask(anybody, DUE_MS);
  assert.equal(vote.deadline(), DUE_MS);
  assert.deepEqual(vote.takeLate(now(DUE_MS - 1)), []);
  assert.deepEqual(vote.takeLate(now(DUE_MS)), [1]);
  assert.deepEqual(vote.takeLate(now(DUE_MS)), []);
  vote.withdraw(1);
  assert.deepEqual(vote.ask(anybody, 2 * DUE_MS), [2]);
});

test('one that sends something else has more time', () => {
  const vote = new FilterVote(FIRST, LAST);
  vote.add(1, undefined);
  vote.ask(anybody, DUE_MS);
  vote.heard(2, 9 * DUE_MS);
  assert.equal(vote.deadline(), DUE_MS);
  vote.heard(1, 3 * DUE_MS);
  vote.heard(1, 2 * DUE_MS);
  assert.equal(vote.deadline(), 3 * DUE_MS);
  assert.deepEqual(vote.takeLate(now(2 * DUE_MS)), []);
});

test('who withdraws has never said anything', () => {
  const vote = voteOf(TRUTH, LIE, TRUTH);
  vote.withdraw(2);
  assert.equal(vote.opinionCount, 2);
  assert.deepEqual(vote.common, TRUTH);
  vote.withdraw(1);
  assert.deepEqual(vote.hashesAt(FIRST + 1), [{ hash: bytes(2), members: [3], opinions: 1 }]);
});

test('who withdraws while it is asked for others leaves them to be asked', () => {
  const vote = new FilterVote(FIRST, LAST);
  for (const peer of [1, 2]) vote.add(peer, endsOf(TRUTH));
  vote.ask(anybody, DUE_MS);
  vote.withdraw(1);
  assert.equal(vote.opinionCount, 1);
  assert.equal(vote.deadline(), undefined);
  assert.deepEqual(vote.ask(anybody, DUE_MS), [2]);
});

test('what was said by one that left after the vote stays said, though nobody can be asked about it', () => {
  const vote = voteOf(TRUTH, LIE);
  vote.leave(1);
  assert.deepEqual(vote.hashesAt(FIRST + 1), [
    { hash: bytes(2), members: [], opinions: 1 },
    { hash: bytes(77), members: [2], opinions: 1 },
  ]);
});

test('those who told a lie about one block have no say about others', () => {
  const vote = voteOf(TRUTH, LIE, TRUTH);
  vote.strike(FIRST + 1, bytes(77));
  assert.deepEqual(vote.hashesAt(FIRST), [{ hash: bytes(1), members: [1, 3], opinions: 2 }]);
  assert.deepEqual(vote.common, TRUTH);
  vote.strike(FIRST, bytes(77));
  assert.equal(vote.opinionCount, 2, 'nobody said that of this block');
});

test('when it is closed those who have not told have no part in it', () => {
  const vote = new FilterVote(FIRST, LAST);
  for (const peer of [1, 2]) vote.add(peer, undefined);
  vote.ask(anybody, DUE_MS);
  vote.receive(1, TRUTH);
  vote.close();
  assert.equal(vote.opinionCount, 1);
  assert.equal(vote.isTold, true);
  assert.equal(vote.has(2), false);
});
