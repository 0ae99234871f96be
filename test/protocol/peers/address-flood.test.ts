/** What those who want to fill the book with their own addresses can have of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressBook, type FoundAddress } from '../../../src/protocol/peers/address-book.ts';
import { AddressIntake } from '../../../src/protocol/peers/address-intake.ts';
import {
  NEW_BUCKETS,
  NEW_BUCKETS_PER_SOURCE,
  PLACES_PER_BUCKET,
  TRIED_BUCKETS_PER_GROUP,
} from '../../../src/protocol/peers/book-places.ts';
import { networkGroup } from '../../../src/protocol/peers/network-group.ts';
import { hostOfIp, parseHost } from '../../../src/wire/host.ts';
import type { MessageOf } from '../../../src/wire/message.ts';
import {
  foundAt,
  FULL_NODE,
  later,
  nameOf,
  NOW,
  ownGroupHost,
  sameGroupHost,
} from '../../support/addresses.ts';
import { seededRandom } from '../../support/false-time.ts';

const FLOOD = 100_000;
const PER_MESSAGE = 1_000;
const FLOODER = networkGroup('66.66.66.66', false);
const NEW_PLACES = NEW_BUCKETS * PLACES_PER_BUCKET;

function newBook(): AddressBook {
  const options = { key: new Uint8Array(32).fill(9), separatesPrivate: false, noteChange: () => {} };
  return new AddressBook(options, seededRandom());
}

/** A book with some honest addresses in it, told by 200 groups, a part of which worked. */
function honestBook(): { book: AddressBook; honest: readonly FoundAddress[] } {
  const book = newBook();
  const honest: FoundAddress[] = [];
  for (let source = 0; source < 200; source++) {
    const told = Array.from({ length: 20 }, (_, i) => foundAt(ownGroupHost(500_000 + 20 * source + i)));
    honest.push(...book.add(told, `ipv4:${source}`, NOW));
  }
  for (const { endpoint } of honest.slice(0, 400)) book.noteSuccess(endpoint, FULL_NODE, NOW);
  return { book, honest };
}

function floodMessage(first: number): MessageOf<'addr'> {
  const addresses = Array.from({ length: PER_MESSAGE }, (_, i) => {
    const ip = parseHost(ownGroupHost(first + i))?.bytes ?? assert.fail();
    assert.ok(hostOfIp(ip) !== undefined);
    return { time: NOW.unixSeconds, services: FULL_NODE, ip, port: 8333 };
  });
  return { command: 'addr', payload: { addresses } };
}

test('a peer that tells 100,000 addresses in as many groups gets 1,001 into the book, if we asked, and is dropped', () => {
  const { book, honest } = honestBook();
  const before = book.counts;
  const intake = new AddressIntake({ separatesPrivate: false });
  intake.askedForAddresses();
  const random = seededRandom();
  let taken = 0;
  let offences = 0;
  for (let first = 0; first < FLOOD; first += PER_MESSAGE) {
    const { found, offence } = intake.take(floodMessage(first), NOW, random);
    taken += found.length;
    book.add(found, FLOODER, NOW);
    if (offence !== undefined) offences++;
  }
  assert.equal(taken, 1_001);
  assert.equal(offences, FLOOD / PER_MESSAGE - 20);
  const { counts } = book;
  assert.equal(counts.tried, before.tried);
  assert.ok(counts.new <= before.new + 1_001);
  for (const { endpoint } of honest) assert.ok(book.get(endpoint) !== undefined, endpoint.host);
});

test('who tells 100,000 addresses in as many groups without a limit gets 6.25 % of the places at most', () => {
  const { book, honest } = honestBook();
  const before = book.counts;
  const tried = Array.from(book.entries()).filter(({ isTried }) => isTried);
  for (let first = 0; first < FLOOD; first += PER_MESSAGE) {
    const told = Array.from({ length: PER_MESSAGE }, (_, i) => foundAt(ownGroupHost(first + i), 60));
    book.add(told, FLOODER, NOW);
  }
  const share = book.counts.new - before.new;
  const most = NEW_BUCKETS_PER_SOURCE * PLACES_PER_BUCKET;
  assert.equal(most / NEW_PLACES, 0.0625);
  assert.ok(share > 0.8 * most && share <= most, `${share} of ${NEW_PLACES} places`);
  assert.equal(book.counts.tried, before.tried);
  for (const known of tried) assert.deepEqual(book.get(known.endpoint), known);
  for (const { endpoint } of honest) assert.ok(book.get(endpoint) !== undefined, endpoint.host);

  // Of new addresses drawn each bucket has the same part, and so the crowd in 64 of them.
  const isHonest = new Set(honest.map(nameOf));
  const draws = 2_000;
  let drawnOfFlood = 0;
  for (let i = 0; i < draws; i++) {
    const known = book.select(NOW, () => true, 'new');
    if (known !== undefined && !isHonest.has(nameOf(known))) drawnOfFlood++;
  }
  assert.ok(drawnOfFlood < 0.1 * draws, `${drawnOfFlood} of ${draws} draws`);
});

test('100,000 addresses of one /16, told by 100 groups, get a bucket for each of these at most', () => {
  const { book } = honestBook();
  const before = book.counts;
  const sources = 100;
  for (let source = 0; source < sources; source++) {
    const told = Array.from({ length: FLOOD / sources }, (_, i) => {
      const index = source * (FLOOD / sources) + i;
      return foundAt(sameGroupHost(index % 65_536), 60, index < 65_536 ? 8333 : 8334);
    });
    book.add(told, `ipv4:${source}`, NOW);
  }
  const share = book.counts.new - before.new;
  assert.ok(share <= sources * PLACES_PER_BUCKET, `${share} of ${NEW_PLACES} places`);
  assert.ok(share < 0.1 * NEW_PLACES, 'less than a tenth');
});

test('addresses of one /16 that all work get eight buckets of the tried table at most', () => {
  const book = newBook();
  for (let i = 0; i < 6_000; i++) {
    const found = foundAt(sameGroupHost(i), 60);
    book.add([found], `source ${i}`, NOW);
    book.noteSuccess(found.endpoint, FULL_NODE, later(10 * i));
  }
  const most = TRIED_BUCKETS_PER_GROUP * PLACES_PER_BUCKET;
  assert.ok(book.counts.tried > 0.7 * most && book.counts.tried <= most, `${book.counts.tried} tried`);
});
