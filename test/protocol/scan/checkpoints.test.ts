import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FILTER_HEADER } from '../../../src/filters/index.ts';
import { Checkpoints } from '../../../src/protocol/scan/checkpoints.ts';

const STOP = new Uint8Array(32).fill(1);
const OTHER_STOP = new Uint8Array(32).fill(2);
const DUE_MS = 1_000;

function headers(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => new Uint8Array(32).fill(10 + i));
}

function now(ms: number): { ms: number; unixSeconds: number } {
  return { ms, unixSeconds: 0 };
}

/** Of a peer that was asked for all up to height 3,456, and has told. */
function told(): Checkpoints {
  const checkpoints = new Checkpoints();
  checkpoints.ask(1, 3_456, STOP, DUE_MS);
  assert.deepEqual(checkpoints.receive(1, STOP, headers(3)), { fault: undefined });
  return checkpoints;
}

test('a peer that has told is known up to its last checkpoint, others to none', () => {
  const checkpoints = told();
  assert.equal(checkpoints.heightOf(1), 3_000);
  assert.equal(checkpoints.heightOf(2), 0);
  assert.equal(checkpoints.isAsked(1), false);
});

test('a stretch from one checkpoint to the next has the headers at both ends', () => {
  const checkpoints = told();
  const [first, second, third] = headers(3);
  assert.deepEqual(checkpoints.endsOf(1, 1_001, 2_000), { previous: first, last: second });
  assert.deepEqual(checkpoints.endsOf(1, 2_001, 3_000), { previous: second, last: third });
  assert.deepEqual(checkpoints.endsOf(1, 1_001, 3_000), { previous: first, last: third });
});

test('below the first block is the header that belongs to none', () => {
  assert.deepEqual(told().endsOf(1, 0, 1_000), { previous: NO_FILTER_HEADER, last: headers(1)[0] });
});

test('a stretch that begins or ends elsewhere has no ends, and neither has one that is not known', () => {
  const checkpoints = told();
  assert.equal(checkpoints.endsOf(1, 1_002, 2_000), undefined);
  assert.equal(checkpoints.endsOf(1, 1_001, 1_999), undefined);
  assert.equal(checkpoints.endsOf(1, 0, 0), undefined);
  assert.equal(checkpoints.endsOf(1, 3_001, 4_000), undefined);
  assert.equal(checkpoints.endsOf(2, 0, 1_000), undefined);
});

test('too many or too few of them are a fault', () => {
  for (const count of [2, 4]) {
    const checkpoints = new Checkpoints();
    checkpoints.ask(1, 3_456, STOP, DUE_MS);
    assert.match(checkpoints.receive(1, STOP, headers(count))?.fault ?? '', /not 3/);
    assert.equal(checkpoints.heightOf(1), 0);
  }
});

test('what nobody asked for is passed over', () => {
  const checkpoints = new Checkpoints();
  assert.equal(checkpoints.receive(1, STOP, headers(3)), undefined);
  checkpoints.ask(1, 3_456, STOP, DUE_MS);
  assert.equal(checkpoints.receive(1, OTHER_STOP, headers(3)), undefined);
  assert.equal(checkpoints.receive(2, STOP, headers(3)), undefined);
  assert.equal(checkpoints.isAsked(1), true);
});

test('what is told is kept as it was, whatever becomes of the message', () => {
  const checkpoints = new Checkpoints();
  checkpoints.ask(1, 1_000, STOP, DUE_MS);
  const lent = headers(1);
  checkpoints.receive(1, STOP, lent);
  lent[0]?.fill(0xff);
  assert.deepEqual(checkpoints.endsOf(1, 0, 1_000)?.last, headers(1)[0]);
});

test('who is asked again is known by what it told before, until it tells more', () => {
  const checkpoints = told();
  checkpoints.ask(1, 4_000, OTHER_STOP, DUE_MS);
  assert.equal(checkpoints.heightOf(1), 3_000);
  checkpoints.receive(1, OTHER_STOP, headers(4));
  assert.equal(checkpoints.heightOf(1), 4_000);
});

test('when the chain changes only the checkpoints below stay known', () => {
  const checkpoints = told();
  checkpoints.forgetAbove(3_000);
  assert.equal(checkpoints.heightOf(1), 3_000);
  checkpoints.forgetAbove(2_999);
  assert.equal(checkpoints.heightOf(1), 2_000);
  checkpoints.forgetAbove(500);
  assert.equal(checkpoints.heightOf(1), 0);
});

test('an answer that is about the chain as it was is not waited for, and one about what is left of it is', () => {
  const checkpoints = new Checkpoints();
  checkpoints.ask(1, 2_500, STOP, DUE_MS);
  checkpoints.forgetAbove(2_500);
  assert.equal(checkpoints.isAsked(1), true);
  checkpoints.forgetAbove(2_499);
  assert.equal(checkpoints.isAsked(1), false);
  assert.equal(checkpoints.receive(1, STOP, headers(2)), undefined);
});

test('one that does not answer in time is named once, and its late answer is passed over', () => {
  const checkpoints = new Checkpoints();
  checkpoints.ask(1, 1_000, STOP, DUE_MS);
  checkpoints.ask(2, 1_000, STOP, 2 * DUE_MS);
  assert.equal(checkpoints.deadline(), DUE_MS);
  assert.deepEqual(checkpoints.takeLate(now(DUE_MS - 1)), []);
  assert.deepEqual(checkpoints.takeLate(now(DUE_MS)), [1]);
  assert.deepEqual(checkpoints.takeLate(now(DUE_MS)), []);
  assert.equal(checkpoints.deadline(), 2 * DUE_MS);
  assert.equal(checkpoints.receive(1, STOP, headers(1)), undefined);
});

test('one that sends something else has more time', () => {
  const checkpoints = new Checkpoints();
  checkpoints.heard(1, 9 * DUE_MS);
  checkpoints.ask(1, 1_000, STOP, DUE_MS);
  checkpoints.heard(1, 3 * DUE_MS);
  checkpoints.heard(1, 2 * DUE_MS);
  assert.equal(checkpoints.deadline(), 3 * DUE_MS);
});

test('of one that is lost nothing is known', () => {
  const checkpoints = told();
  checkpoints.ask(1, 4_000, OTHER_STOP, DUE_MS);
  checkpoints.peerLost(1);
  assert.equal(checkpoints.heightOf(1), 0);
  assert.equal(checkpoints.deadline(), undefined);
});
