import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressBook, type FoundAddress } from '../../../src/protocol/peers/address-book.ts';
import { keyOf } from '../../../src/protocol/peers/book-entry.ts';
import { foundAt, FULL_NODE, later, NOW, sharingTriedPlace } from '../../support/addresses.ts';
import { seededRandom } from '../../support/false-time.ts';

const KEY = new Uint8Array(32).fill(3);
const [FIRST, SECOND, THIRD] = sharingTriedPlace(KEY, 3) as [FoundAddress, FoundAddress, FoundAddress];
/** Each told by another source, so that they have different places in the new table. */
const SOURCES = ['ipv4:0101', 'ipv4:0202', 'ipv4:0303'] as const;
const HOURS_4 = 4 * 3_600;

/** A book with the first of them in the tried table, and the others in the new one. */
function newBook(noteChange = (_key: string): void => {}): AddressBook {
  const book = new AddressBook({ key: KEY, separatesPrivate: false, noteChange }, seededRandom());
  for (const [i, found] of [FIRST, SECOND, THIRD].entries()) book.add([found], SOURCES[i] as string, NOW);
  book.noteSuccess(FIRST.endpoint, FULL_NODE, NOW);
  assert.deepEqual(book.counts, { new: 2, tried: 1 });
  return book;
}

function isTried(book: AddressBook): (boolean | undefined)[] {
  return [FIRST, SECOND, THIRD].map(({ endpoint }) => book.get(endpoint)?.isTried);
}

test('one that proved good does not push another out of its place: that one is to be tested', () => {
  const book = newBook();
  const now = later(HOURS_4);
  assert.equal(book.collision(now), undefined);
  book.noteSuccess(SECOND.endpoint, FULL_NODE, now);
  assert.deepEqual(isTried(book), [true, false, false]);
  assert.deepEqual(book.collision(now), book.get(FIRST.endpoint));
});

test('the one in the way keeps its place when it answers', () => {
  const book = newBook();
  const now = later(HOURS_4);
  book.noteSuccess(SECOND.endpoint, FULL_NODE, now);
  book.noteTry(FIRST.endpoint, now);
  book.noteSuccess(FIRST.endpoint, FULL_NODE, later(1, now));
  assert.equal(book.collision(later(1, now)), undefined);
  assert.deepEqual(isTried(book), [true, false, false]);
});

test('the one in the way goes back to the new table when it does not answer, for the one that waited longest', () => {
  const book = newBook();
  const now = later(HOURS_4);
  book.noteSuccess(THIRD.endpoint, FULL_NODE, now);
  book.noteSuccess(SECOND.endpoint, FULL_NODE, later(1, now));
  book.noteFailure(FIRST.endpoint, later(2, now));
  assert.deepEqual(isTried(book), [false, false, true]);
  assert.deepEqual(book.counts, { new: 2, tried: 1 });
  // The other one would have to prove itself again.
  assert.equal(book.collision(later(2, now)), undefined);
  assert.equal(book.get(FIRST.endpoint)?.failures, 1);
});

test('the one in the way goes when nobody tested it for forty minutes', () => {
  const book = newBook();
  const now = later(HOURS_4);
  book.noteSuccess(SECOND.endpoint, FULL_NODE, now);
  assert.notEqual(book.collision(later(2_399, now)), undefined);
  assert.equal(book.collision(later(2_400, now)), undefined);
  assert.deepEqual(isTried(book), [false, true, false]);
});

test('one that worked within the last four hours is not even tested', () => {
  const book = newBook();
  book.noteSuccess(SECOND.endpoint, FULL_NODE, later(HOURS_4 - 1));
  assert.equal(book.collision(later(HOURS_4)), undefined);
  assert.deepEqual(isTried(book), [true, false, false]);
});

test('one that is no longer worth a call is replaced at once, and forgotten', () => {
  let changes = new Set<string>();
  const book = newBook((key) => changes.add(key));
  for (let i = 0; i < 10; i++) book.noteFailure(FIRST.endpoint, later(8 * 86_400));
  changes = new Set();
  book.noteSuccess(SECOND.endpoint, FULL_NODE, later(8 * 86_400));
  assert.deepEqual(changes, new Set([FIRST, SECOND].map(({ endpoint }) => keyOf(endpoint))));
  assert.deepEqual(isTried(book), [undefined, true, false]);
  assert.deepEqual(book.counts, { new: 1, tried: 1 });
});

test('one that was pushed out of the new table waits no more', () => {
  const book = newBook();
  const now = later(HOURS_4);
  book.noteSuccess(SECOND.endpoint, FULL_NODE, now);
  // A month later nobody has seen it, and its place is needed.
  const monthLater = later(31 * 86_400, now);
  for (let i = 0; i < 5_000 && book.get(SECOND.endpoint) !== undefined; i++) {
    const found = { ...foundAt(`12.34.200.${i % 250}`, 0, 1 + i), seenSeconds: monthLater.unixSeconds };
    book.add([found], SOURCES[1], monthLater);
  }
  assert.equal(book.get(SECOND.endpoint), undefined);
  assert.equal(book.collision(monthLater), undefined);
  assert.equal(book.get(FIRST.endpoint)?.isTried, true);
});

test('no more than ten wait at a time', () => {
  const book = new AddressBook({ key: KEY, separatesPrivate: false, noteChange: () => {} }, seededRandom());
  const pairs = Array.from({ length: 12 }, (_, i) => sharingTriedPlace(KEY, 2, `13.${i}`));
  for (const [i, pair] of pairs.entries()) {
    for (const [j, found] of pair.entries()) book.add([found], `ipv4:${i}${j}`, NOW);
    book.noteSuccess((pair[0] as FoundAddress).endpoint, FULL_NODE, NOW);
  }
  assert.deepEqual(book.counts, { new: 12, tried: 12 });
  const now = later(HOURS_4);
  for (const [, heir] of pairs) {
    // Once more is not one more.
    for (let i = 0; i < 3; i++) book.noteSuccess((heir as FoundAddress).endpoint, FULL_NODE, now);
  }
  const inTheWay = new Set(Array.from({ length: 500 }, () => book.collision(now)?.endpoint.host));
  assert.deepEqual(inTheWay, new Set(pairs.slice(0, 10).map(([occupant]) => occupant?.endpoint.host)));
});
