/** Whatever happens to a book, it agrees with itself and with its records. A failure prints the seed that repeats it. */

import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Now } from '../../../src/protocol/machine.ts';
import type { FoundAddress, KnownAddress } from '../../../src/protocol/peers/address-book.ts';
import assert from 'node:assert/strict';
import {
  checkMemory,
  foundAt,
  FULL_NODE,
  later,
  namesOf,
  NOW,
  ownGroupHost,
  RecordDisk,
  sameGroupHost,
} from '../../support/addresses.ts';

const RUNS = 60;

/** Few enough to meet each other again and again: so many in one group, and as many in groups of their own. */
const POOL: readonly FoundAddress[] = Array.from({ length: 400 }, (_, i) =>
  foundAt(i % 2 === 0 ? sameGroupHost(i) : ownGroupHost(i)),
);

interface Operation {
  readonly kind: 'add' | 'try' | 'fail' | 'succeed' | 'see' | 'collision' | 'save' | 'restore';
  readonly first: number;
  readonly count: number;
  readonly source: number;
  readonly ageSeconds: number;
  readonly passedSeconds: number;
}

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom('add', 'add', 'try', 'fail', 'succeed', 'see', 'collision', 'save', 'restore'),
  first: fc.nat(POOL.length - 1),
  count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 50, max: 300 })),
  source: fc.nat(3),
  ageSeconds: fc.oneof(fc.integer({ min: -2_000, max: 200_000 }), fc.nat(40 * 86_400)),
  passedSeconds: fc.oneof(fc.nat(60), fc.nat(20_000), fc.nat(10 * 86_400)),
});

test('after any operations the book agrees with itself, and with the one that is restored from its records', () => {
  const property = fc.property(fc.array(operation, { minLength: 5, maxLength: 40 }), (operations) => {
    const disk = new RecordDisk();
    let memory = disk.restore(NOW);
    let now = NOW;
    for (const { kind, first, count, source, ageSeconds, passedSeconds } of operations) {
      now = later(passedSeconds, now);
      const some = Array.from({ length: count }, (_, i) => POOL[(first + i) % POOL.length] as FoundAddress);
      const { book } = memory;
      switch (kind) {
        case 'add': {
          const seenSeconds = now.unixSeconds - ageSeconds;
          const told = some.map((found) => ({ ...found, seenSeconds }));
          book.add(told, `source ${source}`, now, source * 1_000);
          break;
        }
        case 'try':
          for (const { endpoint } of some) book.noteTry(endpoint, now);
          break;
        case 'fail':
          for (const { endpoint } of some) book.noteFailure(endpoint, now);
          break;
        case 'succeed':
          for (const { endpoint } of some) book.noteSuccess(endpoint, FULL_NODE, now);
          break;
        case 'see':
          for (const { endpoint } of some) book.noteSeen(endpoint, now);
          break;
        case 'collision':
          assert.notEqual(book.collision(now)?.isTried, false);
          break;
        case 'save':
          disk.apply(memory.takeChanges());
          break;
        case 'restore':
          memory = restored(memory, disk, now);
          break;
      }
    }
    checkMemory(memory, disk, now);
    restored(memory, disk, now);
  });
  fc.assert(property, { numRuns: RUNS });
});

/** The memory of the next run, which must know what this one knew, but for what is over. */
function restored(memory: ReturnType<RecordDisk['restore']>, disk: RecordDisk, now: Now): typeof memory {
  disk.apply(memory.takeChanges());
  const again = disk.restore(now);
  assert.equal(again.skipped, 0);
  checkMemory(again, disk, now);
  const everything = memory.book.counts.new + memory.book.counts.tried;
  assert.deepEqual(namesOf(again.book.sample(now, everything)), namesOf(memory.book.sample(now, everything)));
  for (const known of again.book.entries()) assert.deepEqual(memory.book.get(known.endpoint), known);
  const isLeft = (known: KnownAddress): boolean => again.book.get(known.endpoint) !== undefined;
  for (const known of memory.book.entries()) assert.ok(isLeft(known) || !memory.book.isActive(known, now));
  return again;
}
