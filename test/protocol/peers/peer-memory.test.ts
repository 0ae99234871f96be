import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type BookEntry, keyOf } from '../../../src/protocol/peers/book-entry.ts';
import { BookPlaces } from '../../../src/protocol/peers/book-places.ts';
import { networkGroup } from '../../../src/protocol/peers/network-group.ts';
import { PeerMemory } from '../../../src/protocol/peers/peer-memory.ts';
import {
  anchorKey,
  discouragedKey,
  encodeAddress,
  encodeAnchor,
  encodeDiscouraged,
  encodeKey,
  KEY_RECORD,
} from '../../../src/protocol/peers/peer-records.ts';
import {
  checkMemory,
  foundAt,
  FULL_NODE,
  later,
  namesOf,
  NOW,
  ownGroupHost,
  PORT,
  RecordDisk,
} from '../../support/addresses.ts';
import { seededRandom } from '../../support/false-time.ts';

const SOURCE = 'ipv4:0102';
const ONE = foundAt('12.34.56.78');
const OTHER = foundAt('2a00:1::1');

function keysOf(memory: PeerMemory): { put: string[]; remove: string[] } | undefined {
  const change = memory.takeChanges();
  return change && { put: change.put.map(([key]) => key).toSorted(), remove: change.remove.toSorted() };
}

test('a memory of nothing makes a secret key, and another one for another chance', () => {
  const disk = new RecordDisk();
  const memory = disk.restore(NOW);
  assert.equal(memory.skipped, 0);
  assert.deepEqual(memory.anchors, []);
  assert.deepEqual(memory.book.counts, { new: 0, tried: 0 });
  const put = memory.takeChanges()?.put ?? [];
  assert.deepEqual(
    put.map(([key]) => key),
    [KEY_RECORD],
  );
  const value = put[0]?.[1];
  assert.equal(new Set(value).size > 16, true, 'random bytes');
  assert.notDeepEqual(new RecordDisk().restore(NOW, undefined, 8).takeChanges()?.put, put);
});

test('each change of one thing writes one record', () => {
  const disk = new RecordDisk();
  const memory = disk.restore(NOW);
  memory.book.add([OTHER], SOURCE, NOW);
  assert.deepEqual(keysOf(memory)?.put, [keyOf(OTHER.endpoint), KEY_RECORD]);
  assert.equal(memory.takeChanges(), undefined);
  const [key, discouraged] = [keyOf(ONE.endpoint), discouragedKey('12.34.56.79')];
  const changes: readonly (readonly [action: () => void, put: string[]])[] = [
    [() => memory.book.add([ONE], SOURCE, NOW), [key]],
    [() => memory.book.noteTry(ONE.endpoint, NOW), [key]],
    [() => memory.book.noteFailure(ONE.endpoint, NOW), [key]],
    [() => memory.book.noteSuccess(ONE.endpoint, FULL_NODE, NOW), [key]],
    [() => memory.book.noteSeen(ONE.endpoint, NOW), [key]],
    [() => memory.discouraged.add('12.34.56.79', NOW), [discouraged]],
    [() => memory.setAnchors([ONE.endpoint]), [anchorKey(0)]],
    [() => memory.setAnchors([ONE.endpoint, OTHER.endpoint]), [anchorKey(1)]],
  ];
  for (const [action, put] of changes) {
    action();
    assert.deepEqual(keysOf(memory), { put, remove: [] });
  }
  // What says nothing new is no change.
  memory.book.add([ONE, OTHER], SOURCE, NOW);
  memory.book.noteSeen(ONE.endpoint, NOW);
  memory.book.select(NOW, () => true);
  memory.book.sample(NOW, 10);
  memory.setAnchors([ONE.endpoint, OTHER.endpoint]);
  assert.equal(memory.takeChanges(), undefined);
  memory.setAnchors([]);
  assert.deepEqual(keysOf(memory), { put: [], remove: [anchorKey(0), anchorKey(1)] });
});

test('everything is there again in the next run', () => {
  const disk = new RecordDisk();
  const memory = disk.restore(NOW);
  const many = Array.from({ length: 500 }, (_, i) => foundAt(ownGroupHost(i), 60 * i));
  for (const [i, found] of many.entries()) memory.book.add([found], `source ${i % 20}`, NOW);
  for (const { endpoint } of many.slice(0, 100)) memory.book.noteSuccess(endpoint, FULL_NODE, NOW);
  memory.setAnchors([ONE.endpoint, OTHER.endpoint]);
  memory.discouraged.add('12.34.56.79', NOW);
  checkMemory(memory, disk, NOW);

  const again = disk.restore(later(60));
  assert.equal(again.skipped, 0);
  assert.equal(again.takeChanges(), undefined);
  assert.deepEqual(again.anchors, [ONE.endpoint, OTHER.endpoint]);
  assert.equal(again.discouraged.has('12.34.56.79', later(60)), true);
  assert.deepEqual(again.book.counts, memory.book.counts);
  assert.deepEqual(namesOf(again.book.entries()), namesOf(memory.book.entries()));
  checkMemory(again, disk, later(60));
});

test('names are no anchors, and more than two are not remembered', () => {
  const memory = new RecordDisk().restore(NOW);
  const hosts = ['seed.example.org', '12.34.56.78', '2A00::1', '2a00::1', '12.34.56.79'];
  memory.setAnchors(hosts.map((host) => ({ host, port: PORT })));
  assert.deepEqual(
    memory.anchors.map(({ host }) => host),
    ['12.34.56.78', '2a00::1'],
  );
});

test('records that cannot be read are counted and removed, and the others kept', () => {
  const disk = new RecordDisk();
  const memory = disk.restore(NOW);
  memory.book.add([ONE, OTHER], SOURCE, NOW);
  disk.apply(memory.takeChanges());
  const good = new Map(disk.records);
  const bytes = good.get(keyOf(ONE.endpoint)) as Uint8Array;
  const bad = [
    'nonsense',
    'address-seed.example.org 8333',
    'address-2A00:1::1 8333',
    'address-127.0.0.1 8333',
    'address-12.34.56.78 0',
  ];
  for (const key of bad) disk.records.set(key, bytes);
  disk.records.set(anchorKey(1), encodeAnchor(ONE.endpoint));
  disk.records.set(anchorKey(0), Uint8Array.of(9));
  disk.records.set(discouragedKey('12.34.56.79'), Uint8Array.of());

  const again = disk.restore(NOW);
  assert.equal(again.skipped, bad.length + 2);
  assert.deepEqual(again.anchors, [ONE.endpoint]);
  assert.deepEqual(namesOf(again.book.entries()), namesOf([ONE, OTHER]));
  const change = again.takeChanges();
  assert.deepEqual(
    change?.remove.toSorted(),
    [...bad, anchorKey(1), discouragedKey('12.34.56.79')].toSorted(),
  );
  // The one that is left is the first now.
  assert.deepEqual(change?.put, [[anchorKey(0), encodeAnchor(ONE.endpoint)]]);
  disk.apply(change);
  assert.deepEqual(new Set(disk.records.keys()), new Set([...good.keys(), anchorKey(0)]));
});

test('without the secret key of before there is a new one, and all are placed anew', () => {
  const disk = new RecordDisk();
  const memory = disk.restore(NOW);
  const many = Array.from({ length: 300 }, (_, i) => foundAt(ownGroupHost(i)));
  for (const [i, found] of many.entries()) memory.book.add([found], `source ${i}`, NOW);
  for (const { endpoint } of many.slice(0, 50)) memory.book.noteSuccess(endpoint, FULL_NODE, NOW);
  disk.apply(memory.takeChanges());
  const old = new Map(disk.records);
  disk.records.set(KEY_RECORD, Uint8Array.of(1, 2, 3));

  const again = disk.restore(NOW, undefined, 99);
  assert.equal(again.skipped, 1);
  const { counts } = again.book;
  // Some may meet at their new places.
  assert.ok(counts.new > 240 && counts.tried > 45, JSON.stringify(counts));
  checkMemory(again, disk, NOW);
  assert.notDeepEqual(disk.records.get(KEY_RECORD), old.get(KEY_RECORD));
  const places = new BookPlaces((disk.records.get(KEY_RECORD) ?? assert.fail()).subarray(1));
  for (const { endpoint, isTried } of again.book.entries()) {
    const { key, source, places: taken } = again.book.entry(keyOf(endpoint)) ?? assert.fail();
    const group = networkGroup(endpoint.host, false);
    assert.deepEqual(taken, [isTried ? places.inTried(key, group) : places.inNew(key, group, source)]);
  }
  const third = disk.restore(NOW);
  assert.deepEqual(third.book.counts, counts);
  assert.equal(third.takeChanges(), undefined);
});

test('what nobody has seen for a month, and what is discouraged no more, is gone in the next run', () => {
  const disk = new RecordDisk();
  const memory = disk.restore(NOW);
  memory.book.add([ONE, OTHER], SOURCE, NOW);
  memory.book.noteSuccess(OTHER.endpoint, FULL_NODE, later(86_400));
  memory.discouraged.add('12.34.56.79', NOW);
  disk.apply(memory.takeChanges());
  const monthLater = later(30 * 86_400);
  const again = disk.restore(monthLater);
  assert.equal(again.skipped, 0);
  assert.deepEqual(namesOf(again.book.entries()), namesOf([OTHER]));
  assert.deepEqual(keysOf(again)?.remove, [keyOf(ONE.endpoint), discouragedKey('12.34.56.79')]);
});

test('two records for the same place leave the first one there', () => {
  const disk = new RecordDisk();
  const memory = disk.restore(NOW);
  memory.book.add([ONE], SOURCE, NOW);
  disk.apply(memory.takeChanges());
  const copy = 'address-12.34.56.79 8333';
  disk.records.set(copy, disk.records.get(keyOf(ONE.endpoint)) as Uint8Array);
  const again = disk.restore(NOW);
  assert.deepEqual(namesOf(again.book.entries()), namesOf([ONE]));
  assert.deepEqual(keysOf(again), { put: [], remove: [copy] });
});

test('an address of which one place is taken keeps the others', () => {
  const disk = new RecordDisk();
  const memory = disk.restore(NOW);
  memory.book.add([ONE, OTHER], SOURCE, NOW);
  disk.apply(memory.takeChanges());
  const [one, other] = [ONE, OTHER].map(({ endpoint }) => {
    return memory.book.entry(keyOf(endpoint)) ?? assert.fail();
  }) as [BookEntry, BookEntry];
  const [taken, free] = [one.places[0] as number, (other.places[0] as number) ^ 1];
  disk.records.set(other.key, encodeAddress({ ...other, places: [taken, free] }));
  const again = disk.restore(NOW);
  assert.deepEqual(again.book.entry(other.key)?.places, [free]);
  assert.deepEqual(keysOf(again), { put: [other.key], remove: [] });
});

test('where nodes are at private addresses those are remembered', () => {
  const disk = new RecordDisk();
  const options = { separatesPrivate: true };
  const memory = disk.restore(NOW, options);
  memory.book.add([foundAt('127.0.0.2')], SOURCE, NOW);
  disk.apply(memory.takeChanges());
  assert.equal(disk.restore(NOW, options).book.counts.new, 1);
  assert.equal(disk.restore(NOW).book.counts.new, 0);
});

test('records that hold anything at all are restored without an exception, and what comes of them is in order', () => {
  const disk = new RecordDisk();
  const memory = disk.restore(NOW);
  for (let i = 0; i < 20; i++) memory.book.add([foundAt(ownGroupHost(i))], `source ${i}`, NOW);
  memory.setAnchors([ONE.endpoint, OTHER.endpoint]);
  disk.apply(memory.takeChanges());
  const real = Array.from(disk.records);
  const key = fc.oneof(
    fc.constantFrom(...real.map(([name]) => name), 'key', 'anchor-1', 'discouraged-12.34.56.78'),
    fc.string(),
    fc.string().map((text) => `address-${text}`),
    fc.string().map((text) => `discouraged-${text}`),
  );
  const seconds = fc.nat(0xffff_ffff);
  const value = fc.oneof(
    fc.constantFrom(...real.map(([, bytes]) => bytes)),
    fc.uint8Array({ maxLength: 100 }),
    fc.constant(encodeKey(new Uint8Array(32))),
    seconds.map(encodeDiscouraged),
    fc.tuple(fc.constantFrom(...real), fc.nat(255), fc.nat(80)).map(([[, bytes], byte, at]) => {
      const changed = bytes.slice();
      changed[at % changed.length] = byte;
      return changed;
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 30 }), (records) => {
      const damaged = new RecordDisk();
      for (const [name, bytes] of [...real, ...records]) damaged.records.set(name, bytes);
      const restored = PeerMemory.restore(damaged.records, { separatesPrivate: false }, seededRandom(), NOW);
      checkMemory(restored, damaged, NOW);
      assert.equal(damaged.restore(NOW).skipped, 0);
    }),
  );
});
