import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { equalBytes } from '../../src/bytes/hash.ts';
import { HashIndex } from '../../src/chain/hash-index.ts';

/** A 32-byte hash of a number; the first four bytes, by which the index looks, may be set apart from it. */
function hashOf(number: number, firstFour: number = Math.imul(number + 1, 0x9e3779b1) >>> 0): Uint8Array {
  const hash = new Uint8Array(32);
  const view = new DataView(hash.buffer);
  view.setUint32(0, firstFour, true);
  view.setUint32(28, number, true);
  return hash;
}

/** An index over an array of hashes, as the best chain has it over its columns. */
class Subject {
  readonly hashes: Uint8Array[] = [];
  readonly index: HashIndex = new HashIndex({
    wordAt: (place) => new DataView((this.hashes[place] as Uint8Array).buffer).getUint32(0, true),
    hasAt: (place, hash) => {
      const found = this.hashes[place];
      return found !== undefined && equalBytes(found, hash);
    },
  });

  push(hash: Uint8Array): void {
    this.hashes.push(hash);
    this.index.add(this.hashes.length - 1);
  }

  truncate(length: number): void {
    this.hashes.length = length;
  }
}

test('each hash is found at its place, and no other is', () => {
  const subject = new Subject();
  assert.equal(subject.index.find(hashOf(0)), undefined);
  for (let i = 0; i < 1000; i++) subject.push(hashOf(i));
  for (let i = 0; i < 1000; i++) assert.equal(subject.index.find(hashOf(i)), i);
  for (let i = 1000; i < 2000; i++) assert.equal(subject.index.find(hashOf(i)), undefined);
});

test('all hashes are still found after the index has grown, several times', () => {
  const subject = new Subject();
  // The first growth is at 2,048 entries.
  for (const border of [2047, 2048, 2049, 8191, 8192, 8193, 40_000]) {
    while (subject.hashes.length < border) subject.push(hashOf(subject.hashes.length));
    for (let i = 0; i < border; i++) assert.equal(subject.index.find(hashOf(i)), i, `${i} of ${border}`);
    assert.equal(subject.index.find(hashOf(border)), undefined);
  }
});

test('hashes whose first four bytes are the same are told apart', () => {
  for (const firstFour of [0, 0xfff, 0xffffffff, 0x80000000]) {
    const subject = new Subject();
    for (let i = 0; i < 300; i++) subject.push(hashOf(i, firstFour));
    for (let i = 0; i < 300; i++) assert.equal(subject.index.find(hashOf(i, firstFour)), i);
    assert.equal(subject.index.find(hashOf(300, firstFour)), undefined);
  }
});

test('slots go round from the last to the first', () => {
  const subject = new Subject();
  // All begin at one of the last slots of the smallest table.
  for (let i = 0; i < 50; i++) subject.push(hashOf(i, 0xffe + (i % 2)));
  for (let i = 0; i < 50; i++) assert.equal(subject.index.find(hashOf(i, 0xffe + (i % 2))), i);
});

test('an entry whose height was cut off, or has another header now, is not found', () => {
  const subject = new Subject();
  for (let i = 0; i < 10; i++) subject.push(hashOf(i));
  subject.truncate(5);
  for (let i = 5; i < 10; i++) assert.equal(subject.index.find(hashOf(i)), undefined);
  for (let i = 5; i < 10; i++) subject.push(hashOf(100 + i));
  for (let i = 5; i < 10; i++) {
    assert.equal(subject.index.find(hashOf(i)), undefined);
    assert.equal(subject.index.find(hashOf(100 + i)), i);
  }
});

test('a header that left and came back is found again, at the same height or another', () => {
  const subject = new Subject();
  for (let i = 0; i < 4; i++) subject.push(hashOf(i));
  subject.truncate(2);
  assert.equal(subject.index.find(hashOf(3)), undefined);
  subject.push(hashOf(3));
  assert.equal(subject.index.find(hashOf(3)), 2);
  subject.truncate(2);
  subject.push(hashOf(2));
  subject.push(hashOf(3));
  assert.equal(subject.index.find(hashOf(2)), 2);
  assert.equal(subject.index.find(hashOf(3)), 3);
});

test('a chain that is cut and regrown for ever neither fills the table nor loses an entry', () => {
  const subject = new Subject();
  for (let i = 0; i < 100; i++) subject.push(hashOf(i));
  // Ten times as many entries as the smallest table has slots: a search in a full one would not end.
  for (let round = 0; round < 4000; round++) {
    subject.truncate(90);
    for (let i = 90; i < 100; i++) subject.push(hashOf(1000 + 10 * round + i));
  }
  for (let i = 0; i < 90; i++) assert.equal(subject.index.find(hashOf(i)), i);
  for (let i = 90; i < 100; i++) assert.equal(subject.index.find(hashOf(1000 + 39_990 + i)), i);
  assert.equal(subject.index.find(hashOf(95)), undefined);
});

test('whatever is pushed and cut off, the index finds what a search through the array finds', () => {
  const step = fc.oneof(
    { weight: 1, arbitrary: fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }) },
    { weight: 3, arbitrary: fc.record({ push: fc.array(fc.nat(60), { maxLength: 40 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const subject = new Subject();
      // Few different first bytes, so that entries of several headers lie in each other's way.
      const hashes = Array.from({ length: 61 }, (_, i) => hashOf(i, i % 5));
      for (const made of steps) {
        if ('keep' in made) subject.truncate(Math.floor(made.keep * subject.hashes.length));
        else {
          for (const number of made.push) {
            const hash = hashes[number] as Uint8Array;
            // A chain never holds a hash twice.
            if (!subject.hashes.includes(hash)) subject.push(hash);
          }
        }
        for (const hash of hashes) {
          const height = subject.hashes.indexOf(hash);
          assert.equal(subject.index.find(hash), height === -1 ? undefined : height);
        }
      }
    }),
  );
});
