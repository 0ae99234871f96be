/** An address book that cannot be used is set aside or left alone, is said aloud, and never in the way. */

import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { regtest } from '../src/networks/regtest.ts';
import { openPeerBook, type PeerBook } from '../src/peer-book.ts';
import { openSavedPeers, peersFolder } from '../src/saved-peers.ts';
import { LevelKeyValue } from '../src/store/level.ts';
import { encodeMeta, META_KEY } from '../src/store/records.ts';
import { StoreError } from '../src/store/store-error.ts';
import { privateAddresses, saveBook } from './support/peer-books.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const COUNT = 40;

/** A data folder with a book of so many addresses, and the folder that the book is in. */
async function bookFolder(t: TestContext): Promise<{ datadir: string; folder: string }> {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, privateAddresses(COUNT));
  // LevelDB makes a table of its log when it is opened.
  await (await openSavedPeers(regtest, datadir)).store.close();
  return { datadir, folder: peersFolder(datadir, 'regtest') };
}

async function open(t: TestContext, datadir: string): Promise<PeerBook> {
  const book = await openPeerBook({ network: regtest, datadir });
  t.after(() => book.close());
  return book;
}

function sizeOf({ memory }: PeerBook): number {
  return memory.book.counts.new + memory.book.counts.tried;
}

function filesOf(folder: string, pattern: RegExp): string[] {
  const files = readdirSync(folder).filter((name) => pattern.test(name));
  assert.ok(files.length > 0, `no ${pattern} in ${folder}`);
  return files.map((name) => join(folder, name));
}

test('a good book is opened without a word, and what changes is saved', async (t) => {
  const { datadir } = await bookFolder(t);
  const book = await open(t, datadir);
  assert.equal(book.warning, undefined);
  assert.equal(sizeOf(book), COUNT);
  const [known] = book.memory.book.entries();
  book.memory.setAnchors(known === undefined ? [] : [known.endpoint]);
  await book.save?.(book.memory.takeChanges() ?? assert.fail());
  await book.close();
  assert.deepEqual((await open(t, datadir)).memory.anchors, [known?.endpoint]);
});

test('without a folder there is an empty book that nobody saves', async () => {
  const book = await openPeerBook({ network: regtest, datadir: undefined });
  assert.deepEqual([sizeOf(book), book.save, book.warning], [0, undefined, undefined]);
  await book.close();
});

/** What may be wrong with the folder of a book. */
const DAMAGE: Readonly<Record<string, (folder: string) => void>> = {
  'garbage in CURRENT': (folder) => writeFileSync(join(folder, 'CURRENT'), 'garbage\u0000'),
  'an empty CURRENT': (folder) => truncateSync(join(folder, 'CURRENT'), 0),
  'a lost CURRENT': (folder) => rmSync(join(folder, 'CURRENT')),
  'a lost MANIFEST': (folder) => filesOf(folder, /^MANIFEST/).forEach((file) => rmSync(file)),
  'a table cut short': (folder) =>
    filesOf(folder, /\.ldb$/).forEach((file) => truncateSync(file, Math.floor(statSync(file).size / 2))),
  'a table of rubbish': (folder) =>
    filesOf(folder, /\.ldb$/).forEach((file) => writeFileSync(file, 'rubbish'.repeat(1_000))),
  'a lost table': (folder) => filesOf(folder, /\.ldb$/).forEach((file) => rmSync(file)),
  'a file in its place': (folder) => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'notes');
  },
};

for (const [kind, inflict] of Object.entries(DAMAGE)) {
  test(`a book with ${kind} is set aside, and a new one works and stays`, async (t) => {
    const { datadir, folder } = await bookFolder(t);
    const headers = join(dirname(folder), 'headers');
    mkdirSync(headers);
    writeFileSync(join(headers, 'CURRENT'), 'not of the book');
    inflict(folder);
    const book = await open(t, datadir);
    assert.equal(book.warning?.code, 'peers-set-aside');
    assert.match(book.warning.message, /set aside in .*peers-damaged-1 and are gathered anew: ./);
    assert.ok(existsSync(`${folder}-damaged-1`));
    assert.equal(sizeOf(book), 0);
    assert.equal(readFileSync(join(headers, 'CURRENT'), 'utf8'), 'not of the book');

    const [address] = privateAddresses(1);
    book.memory.book.add([{ ...address!, services: 9n, seenSeconds: 2e9 }], 'a', { ms: 0, unixSeconds: 2e9 });
    await book.save?.(book.memory.takeChanges() ?? assert.fail());
    await book.close();
    const again = await open(t, datadir);
    assert.equal(again.warning, undefined);
    assert.equal(sizeOf(again), 1);
  });
}

/** Says of a book that it is another one. */
async function rename(folder: string, meta: Parameters<typeof encodeMeta>[0]): Promise<void> {
  const database = await LevelKeyValue.open(folder);
  await database.write([{ type: 'put', key: META_KEY, value: encodeMeta(meta) }]);
  await database.close();
}

const STRANGE = [
  [{ layout: 1, network: 'signet' }, /the saved peers are of signet, not regtest/],
  [{ layout: 99, network: 'regtest' }, /the saved peers have layout 99/],
] as const;

for (const [meta, why] of STRANGE) {
  test(`a book of ${meta.network} with layout ${meta.layout} is set aside`, async (t) => {
    const { datadir, folder } = await bookFolder(t);
    await rename(folder, meta);
    const book = await open(t, datadir);
    assert.equal(book.warning?.code, 'peers-set-aside');
    assert.match(book.warning.message, why);
    assert.equal(sizeOf(book), 0);
  });
}

/** Writes over so many of the records of a book. */
async function spoil(folder: string, count: number): Promise<void> {
  const database = await LevelKeyValue.open(folder);
  const keys: string[] = [];
  for await (const key of database.keys({ gte: 'peer-address', lt: 'peer.' })) keys.push(key);
  const value = new Uint8Array([1, 2, 3]);
  await database.write(keys.slice(0, count).map((key) => ({ type: 'put', key, value })));
  await database.close();
}

test('a few damaged records are dropped without a word', async (t) => {
  const { datadir, folder } = await bookFolder(t);
  await spoil(folder, 3);
  const book = await open(t, datadir);
  assert.deepEqual([sizeOf(book), book.warning], [COUNT - 3, undefined]);
});

test('more than a tenth of damaged records are dropped with a warning, and the rest is used', async (t) => {
  const { datadir, folder } = await bookFolder(t);
  await spoil(folder, 5);
  const book = await open(t, datadir);
  assert.equal(sizeOf(book), COUNT - 5);
  assert.equal(book.warning?.code, 'peers-damaged');
  // One more is the secret key.
  assert.match(book.warning.message, /^5 of 41 records of saved peers were damaged and are dropped$/);
  await book.save?.(book.memory.takeChanges() ?? { put: [], remove: [] });
});

test('a book of which most records are rubbish is set aside', async (t) => {
  const { datadir, folder } = await bookFolder(t);
  await spoil(folder, COUNT);
  const book = await open(t, datadir);
  assert.equal(book.warning?.code, 'peers-set-aside');
  assert.match(book.warning.message, /: 40 of 41 records were damaged$/);
});

test('of books that were set aside the last three are kept', async (t) => {
  const { datadir, folder } = await bookFolder(t);
  const parent = dirname(folder);
  // Somebody's own names are not ours to delete, nor to count.
  mkdirSync(join(parent, 'peers-damaged-x'));
  mkdirSync(join(parent, 'peers-damaged-0'));
  for (let i = 1; i <= 5; i++) {
    writeFileSync(join(folder, 'CURRENT'), 'garbage');
    const book = await open(t, datadir);
    assert.match(book.warning?.message ?? '', new RegExp(`peers-damaged-${i} `));
    await book.close();
  }
  assert.deepEqual(readdirSync(parent).toSorted(), [
    'peers',
    'peers-damaged-0',
    'peers-damaged-3',
    'peers-damaged-4',
    'peers-damaged-5',
    'peers-damaged-x',
  ]);
});

test('a disk that lets no new book begin costs the old one nothing', async (t) => {
  const { datadir, folder } = await bookFolder(t);
  const full = new StoreError('store-open-failed', 'cannot open the store: No space left on device');
  const book = await openPeerBook({
    network: regtest,
    datadir,
    openDatabase: () => Promise.reject(full),
  });
  assert.equal(book.warning?.code, 'peers-not-saved');
  assert.match(book.warning.message, /not saved in this run: .*No space left on device$/);
  assert.deepEqual([sizeOf(book), book.save], [0, undefined]);
  assert.deepEqual(readdirSync(dirname(folder)), ['peers']);
  assert.equal(sizeOf(await open(t, datadir)), COUNT);
});

test('where there can be no folder a client goes on without one', async (t) => {
  const datadir = join(temporaryFolder(t), 'file');
  writeFileSync(datadir, '');
  const book = await open(t, datadir);
  assert.deepEqual([book.warning?.code, book.save], ['peers-not-saved', undefined]);
});

test('a book that another process has open is waited for a moment, and then left alone', async (t) => {
  const { datadir, folder } = await bookFolder(t);
  const other = await openSavedPeers(regtest, datadir);
  setTimeout(() => void other.store.close(), 300);
  const patient = await open(t, datadir);
  assert.deepEqual([patient.warning, sizeOf(patient)], [undefined, COUNT]);

  const book = await open(t, datadir);
  assert.equal(book.warning?.code, 'peers-not-saved');
  assert.match(book.warning.message, /another process/);
  assert.deepEqual(readdirSync(dirname(folder)), ['peers']);
});
