import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressBook, type FoundAddress } from '../../../src/protocol/peers/address-book.ts';
import { keyOf } from '../../../src/protocol/peers/book-entry.ts';
import {
  foundAt,
  FULL_NODE,
  later,
  namesOf,
  NOW,
  ownGroupHost,
  PORT,
  sameGroupHost,
} from '../../support/addresses.ts';
import { seededRandom } from '../../support/false-time.ts';

const KEY = new Uint8Array(32).fill(3);
const SOURCE = 'ipv4:0102';
const DAY = 86_400;
const COMPACT_FILTERS = 0x40n;

function newBook(separatesPrivate = false, seed = 1): AddressBook {
  return new AddressBook({ key: KEY, separatesPrivate, noteChange: () => {} }, seededRandom(seed));
}

function bookOf(...found: FoundAddress[]): AddressBook {
  const book = newBook();
  assert.equal(book.add(found, SOURCE, NOW).length, found.length);
  return book;
}

const ONE = foundAt('12.34.56.78');
const OTHER = foundAt('2a00:1::1');

test('what is told for the first time is new, and known afterwards', () => {
  const book = newBook();
  assert.deepEqual(book.add([ONE, OTHER], SOURCE, NOW), [ONE, OTHER]);
  assert.deepEqual(book.add([ONE, OTHER], SOURCE, NOW), []);
  assert.deepEqual(book.counts, { new: 2, tried: 0 });
  assert.deepEqual(book.get(OTHER.endpoint), {
    ...OTHER,
    network: 'ipv6',
    lastTrySeconds: 0,
    lastSuccessSeconds: 0,
    failures: 0,
    isTried: false,
  });
  assert.equal(book.get({ ...ONE.endpoint, port: PORT + 1 }), undefined);
});

test('names, other spellings, no ports and addresses that nobody can have are passed over', () => {
  const book = newBook();
  const hosts = ['seed.example.org', '2a00:0::1', '::ffff:12.34.56.78', '127.0.0.1', '10.0.0.1', '::', ''];
  const found = [...hosts.map((host) => foundAt(host)), foundAt('12.34.56.78', 60, 0)];
  assert.deepEqual(book.add(found, SOURCE, NOW), []);
  assert.deepEqual(Array.from(book.entries()), []);
});

test('where nodes are at private addresses those are taken', () => {
  const book = newBook(true);
  const found = ['127.0.0.2', '10.0.0.1', '::1'].map((host) => foundAt(host));
  assert.deepEqual(book.add([...found, foundAt('0.0.0.0')], SOURCE, NOW), found);
});

test('times are taken for older by the penalty, but not for less than no time', () => {
  const book = newBook();
  book.add([ONE, { ...OTHER, seenSeconds: 5 }], SOURCE, NOW, 7_200);
  assert.equal(book.get(ONE.endpoint)?.seenSeconds, ONE.seenSeconds - 7_200);
  assert.equal(book.get(OTHER.endpoint)?.seenSeconds, 0);
});

test('a later time is taken over only when it is an hour later, or a day for one that is not online', () => {
  const cases: readonly (readonly [agoBefore: number, agoTold: number, agoAfter: number])[] = [
    [4_000, 400, 4_000],
    [4_000, 399, 399],
    [10 * DAY, 10 * DAY - 7_200, 10 * DAY],
    [10 * DAY, 9 * DAY, 10 * DAY],
    [10 * DAY, 9 * DAY - 1, 9 * DAY - 1],
    [10 * DAY, 60, 60],
    [400, 4_000, 400],
  ];
  for (const [before, told, after] of cases) {
    const book = bookOf(foundAt('12.34.56.78', before));
    book.add([foundAt('12.34.56.78', told)], SOURCE, NOW);
    assert.equal(book.get(ONE.endpoint)?.seenSeconds, NOW.unixSeconds - after, `${before}, then ${told}`);
  }
});

test('service bits that others tell are added up, and replaced by what the peer says itself', () => {
  const book = bookOf(ONE);
  book.add([{ ...ONE, services: COMPACT_FILTERS }], SOURCE, NOW);
  assert.equal(book.get(ONE.endpoint)?.services, FULL_NODE | COMPACT_FILTERS);
  book.noteSuccess(ONE.endpoint, 1n, NOW);
  assert.equal(book.get(ONE.endpoint)?.services, 1n);
});

test('a handshake makes an address a tried one, and forgets its failures', () => {
  const book = bookOf(ONE);
  book.noteTry(ONE.endpoint, NOW);
  book.noteFailure(ONE.endpoint, later(5));
  assert.deepEqual(book.get(ONE.endpoint)?.lastTrySeconds, NOW.unixSeconds + 5);
  assert.equal(book.get(ONE.endpoint)?.failures, 1);
  book.noteSuccess(ONE.endpoint, FULL_NODE, later(100));
  assert.deepEqual(book.counts, { new: 0, tried: 1 });
  assert.deepEqual(book.get(ONE.endpoint), {
    ...ONE,
    network: 'ipv4',
    lastTrySeconds: NOW.unixSeconds + 100,
    lastSuccessSeconds: NOW.unixSeconds + 100,
    failures: 0,
    isTried: true,
  });
});

test('what is noted of an address that is not in the book changes nothing', () => {
  const book = bookOf(ONE);
  const before = Array.from(book.entries());
  for (const endpoint of [OTHER.endpoint, { host: 'seed.example.org', port: PORT }]) {
    book.noteTry(endpoint, NOW);
    book.noteFailure(endpoint, NOW);
    book.noteSuccess(endpoint, FULL_NODE, NOW);
    book.noteSeen(endpoint, NOW);
  }
  assert.deepEqual(Array.from(book.entries()), before);
});

test('the end of a connection moves the time on when it is twenty minutes old, or is in the future', () => {
  const book = bookOf(foundAt('12.34.56.78', 1_000), foundAt('2a00:1::1', -5_000));
  book.noteSeen(ONE.endpoint, NOW);
  assert.equal(book.get(ONE.endpoint)?.seenSeconds, NOW.unixSeconds - 1_000);
  book.noteSeen(ONE.endpoint, later(200));
  assert.equal(book.get(ONE.endpoint)?.seenSeconds, NOW.unixSeconds + 200);
  book.noteSeen(OTHER.endpoint, later(200));
  assert.equal(book.get(OTHER.endpoint)?.seenSeconds, NOW.unixSeconds + 200);
});

test('what was handed out stays what it was', () => {
  const book = bookOf(ONE);
  const before = book.get(ONE.endpoint);
  const copy = { ...before };
  book.noteSuccess(ONE.endpoint, 1n, NOW);
  assert.deepEqual(before, copy);
});

test('an address that stayed silent three times is neither selected nor told until it is seen again', () => {
  const book = bookOf(ONE, OTHER);
  for (let i = 0; i < 3; i++) {
    assert.equal(book.isActive(book.get(ONE.endpoint) ?? assert.fail(), NOW), true);
    book.noteTry(ONE.endpoint, later(600 * i));
    book.noteFailure(ONE.endpoint, later(600 * i));
  }
  const now = later(2_000);
  assert.equal(book.isActive(book.get(ONE.endpoint) ?? assert.fail(), now), false);
  assert.deepEqual(namesOf(book.sample(now, 10)), namesOf([OTHER]));
  assert.equal(
    book.select(now, ({ network }) => network === 'ipv4'),
    undefined,
  );
  // Somebody saw it before we called in vain: that is no news.
  book.add([foundAt('12.34.56.78', -1_200)], SOURCE, now);
  assert.equal(book.get(ONE.endpoint)?.failures, 3);
  book.add([foundAt('12.34.56.78', -1_201)], SOURCE, now);
  assert.equal(book.get(ONE.endpoint)?.failures, 0);
  assert.deepEqual(namesOf(book.sample(now, 10)), namesOf([ONE, OTHER]));
  assert.equal(book.select(now, ({ network }) => network === 'ipv4')?.endpoint.host, ONE.endpoint.host);
});

test('an address with a time that our clock finds impossible is good again when it is told with another', () => {
  const book = bookOf(foundAt('12.34.56.78', -5_000), foundAt('2a00:1::1', 31 * DAY));
  assert.deepEqual(book.sample(NOW, 10), []);
  book.add([ONE, OTHER], SOURCE, NOW, 100);
  assert.deepEqual(namesOf(book.sample(NOW, 10)), namesOf([ONE, OTHER]));
  assert.equal(book.get(ONE.endpoint)?.seenSeconds, ONE.seenSeconds - 100);
});

test('an address told by many comes to several places, each harder to have, and eight at most', () => {
  const key = keyOf(ONE.endpoint);
  const told = (seconds: number): FoundAddress => ({ ...ONE, seenSeconds: ONE.seenSeconds + seconds });
  let sum = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const book = newBook(false, seed);
    book.add([ONE], SOURCE, NOW);
    for (let i = 1; i <= 20; i++) book.add([told(i)], `source ${i}`, NOW);
    sum += book.entry(key)?.places.length ?? 0;
  }
  // One more at every second telling, then at every fourth, every eighth: four or so after twenty.
  assert.ok(sum > 20 * 2 && sum < 20 * 6, `${sum} places in 20 books`);

  const book = newBook();
  book.add([ONE], SOURCE, NOW);
  for (let i = 1; i <= 3_000; i++) book.add([told(i)], `source ${i}`, NOW);
  assert.equal(book.entry(key)?.places.length, 8);
  assert.deepEqual(book.counts, { new: 1, tried: 0 });
  // What is no news gives no further place.
  const quiet = bookOf(ONE);
  for (let i = 1; i <= 500; i++) quiet.add([ONE], `source ${i}`, NOW);
  assert.equal(quiet.entry(key)?.places.length, 1);
});

test('a newcomer gets a place of one that has others, and none of one that has only that', () => {
  const book = bookOf(ONE);
  const key = keyOf(ONE.endpoint);
  for (let i = 1; book.entry(key)?.places.length === 1; i++) {
    book.add([{ ...ONE, seenSeconds: ONE.seenSeconds + i }], 'another source', NOW);
  }
  const [first, second] = book.entry(key)?.places ?? [];
  // All of this group that one source tells comes into one bucket, and there to all of its places.
  const crowd = Array.from({ length: 1_000 }, (_, i) => foundAt(sameGroupHost(i)));
  book.add(crowd, SOURCE, NOW);
  assert.deepEqual(book.entry(key)?.places, [second]);
  book.add(crowd, 'another source', NOW);
  assert.deepEqual(book.entry(key)?.places, [second]);
  assert.notEqual(first, second);
  // Nor does one that is told again push anybody out.
  const before = namesOf(book.entries());
  for (let i = 0; i < 300; i++) book.add([{ ...ONE, seenSeconds: NOW.unixSeconds + i }], SOURCE, NOW);
  assert.deepEqual(namesOf(book.entries()), before);
  assert.ok(book.counts.new > 100 && book.counts.new <= 128, `${book.counts.new}`);
});

test('the only address that is accepted is selected, however full the book and however unlikely it is', () => {
  const many = Array.from({ length: 3_000 }, (_, i) => foundAt(ownGroupHost(i)));
  const book = newBook();
  book.add([ONE], SOURCE, NOW);
  for (const [i, found] of many.entries()) book.add([found], `source ${i}`, NOW);
  book.noteTry(ONE.endpoint, NOW);
  book.noteFailure(ONE.endpoint, NOW);
  for (let i = 0; i < 20; i++) {
    const known = book.select(NOW, ({ network }) => network === 'ipv4');
    assert.equal(known?.endpoint.host, ONE.endpoint.host);
  }
  book.noteSuccess(ONE.endpoint, FULL_NODE, NOW);
  assert.equal(book.select(NOW, ({ network }) => network === 'ipv4')?.isTried, true);
  assert.equal(
    book.select(NOW, ({ network }) => network === 'ipv4', 'new'),
    undefined,
  );
});

test('nothing is selected from an empty book, nor when nothing is accepted', () => {
  assert.equal(
    newBook().select(NOW, () => true),
    undefined,
  );
  let asked = 0;
  const refuse = (): boolean => {
    asked++;
    return false;
  };
  assert.equal(bookOf(ONE, OTHER).select(NOW, refuse), undefined);
  assert.ok(asked > 0 && asked <= 102, `${asked} times asked of two`);
});

test('tried and new addresses are selected equally often, feelers get new ones only', () => {
  const news = Array.from({ length: 200 }, (_, i) => foundAt(ownGroupHost(i)));
  const book = bookOf(ONE);
  for (const found of news) book.add([found], SOURCE, NOW);
  book.noteSuccess(ONE.endpoint, FULL_NODE, NOW);
  const now = later(3_600);
  let tried = 0;
  for (let i = 0; i < 1_000; i++) {
    if (book.select(now, () => true)?.isTried === true) tried++;
    assert.equal(book.select(now, () => true, 'new')?.isTried, false);
  }
  assert.ok(tried > 420 && tried < 580, `${tried} of 1000`);
});

test('an address that failed, or was called just now, is selected less often', () => {
  const [first, second, third] = [foundAt('12.1.0.1'), foundAt('13.1.0.1'), foundAt('14.1.0.1')] as const;
  const book = bookOf(first, second, third);
  book.noteFailure(first.endpoint, NOW);
  book.noteFailure(first.endpoint, NOW);
  const now = later(3_600);
  book.noteTry(second.endpoint, now);
  const counts = new Map<string, number>();
  for (let i = 0; i < 1_000; i++) {
    const host = book.select(now, () => true)?.endpoint.host ?? '';
    counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  const [failed = 0, called = 0, good = 0] = [first, second, third].map(({ endpoint }) =>
    counts.get(endpoint.host),
  );
  assert.ok(good > failed && failed > called, `${good}, ${failed}, ${called}`);
  assert.ok(called < 60, `${called} of 1000 called again at once`);
});

test('a sample is no larger than asked for, and holds what is accepted only', () => {
  const many = Array.from({ length: 300 }, (_, i) => foundAt(ownGroupHost(i), 60, PORT + (i % 2)));
  const book = newBook();
  const added = book.add(many, SOURCE, NOW);
  const odd = added.filter(({ endpoint }) => endpoint.port === PORT + 1);
  assert.equal(book.sample(NOW, 20).length, 20);
  assert.deepEqual(
    namesOf(book.sample(NOW, 1_000, ({ endpoint }) => endpoint.port === PORT + 1)),
    namesOf(odd),
  );
  assert.deepEqual(book.sample(NOW, 0), []);
});
