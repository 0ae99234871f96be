/** Filter headers and scans that cannot be used are mended, set aside or left alone, it is said aloud, and no scan fails. */

import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { FilterSegment } from '../src/filters/filter-segment.ts';
import { regtest } from '../src/networks/regtest.ts';
import { FILTERS_LAYOUT, filtersFolder, openSavedFilters, type SavedFilters } from '../src/saved-filters.ts';
import { LevelKeyValue } from '../src/store/level.ts';
import { encodeMeta, META_KEY } from '../src/store/records.ts';
import { scanId } from '../src/store/scan-id.ts';
import { StoreError } from '../src/store/store-error.ts';
import { FROM_HEIGHT, SCAN_ID, segmentOfStep } from './support/scan-writer.ts';
import { assertTrue, ScannedChain, storedText } from './support/scanned-chain.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const SEED = 7;
const STEPS = 40;
const SEGMENT = { ...segmentOfStep(500), firstHeight: 1_001 };
const OTHER_ID = scanId('regtest', [], 0);

interface Stored {
  readonly datadir: string;
  readonly folder: string;
  readonly chain: ScannedChain;
  readonly text: string;
}

/** A data folder with a scan and some filter headers, written in several sessions: LevelDB makes tables when it is opened. */
async function storedScan(t: TestContext): Promise<Stored> {
  const datadir = temporaryFolder(t);
  const chain = new ScannedChain(SEED, FROM_HEIGHT);
  let text = '';
  for (let session = 0; session < 3; session++) {
    const saved = await openSavedFilters({ network: regtest, datadir });
    const store = saved.scan(SCAN_ID);
    for (let step = 0; step < STEPS; step++) await store.commit(chain.step());
    await saved.headers.write([segmentOfStep(500), SEGMENT]);
    text = storedText((await store.load()) ?? assert.fail());
    await saved.close();
  }
  await (await openSavedFilters({ network: regtest, datadir })).close();
  return { datadir, folder: filtersFolder(datadir, 'regtest'), chain, text };
}

async function open(t: TestContext, datadir: string | undefined): Promise<SavedFilters> {
  const saved = await openSavedFilters({ network: regtest, datadir });
  t.after(() => saved.close());
  return saved;
}

async function textIn(saved: SavedFilters, id: string = SCAN_ID): Promise<string | undefined> {
  const stored = await saved.scan(id).load();
  return stored && storedText(stored);
}

function fullSegment(firstHeight: number): FilterSegment {
  const hash = new Uint8Array(32).fill(firstHeight % 251);
  return {
    firstHeight,
    previous: hash,
    headers: new Uint8Array(32_000).fill(firstHeight % 249),
    lastBlockHash: hash,
  };
}

/** Whether it is good for anything, now and in the next run. */
async function assertWorks(t: TestContext, saved: SavedFilters, datadir: string): Promise<void> {
  const chain = new ScannedChain(8, FROM_HEIGHT);
  await saved.scan(OTHER_ID).commit(chain.step());
  await saved.headers.write([segmentOfStep(600)]);
  const text = await textIn(saved, OTHER_ID);
  assert.notEqual(text, undefined);
  await saved.close();
  const again = await open(t, datadir);
  assert.deepEqual([again.warning, again.isSaved], [undefined, true]);
  assert.equal(await textIn(again, OTHER_ID), text);
  assert.deepEqual(await again.headers.read(0), segmentOfStep(600));
  await again.close();
}

test('what was saved is there in the next run, without a word', async (t) => {
  const { datadir, text } = await storedScan(t);
  const saved = await open(t, datadir);
  assert.deepEqual([saved.warning, saved.isSaved], [undefined, true]);
  assert.equal(await textIn(saved), text);
  assert.deepEqual(await saved.headers.readMany([0, 1_001]), [segmentOfStep(500), SEGMENT]);
  assert.deepEqual(Array.from((await saved.scans()).keys()), [SCAN_ID]);
});

test('without a folder all is in memory, and forgotten at the end', async (t) => {
  const saved = await open(t, undefined);
  assert.deepEqual([saved.warning, saved.isSaved], [undefined, false]);
  await saved.scan(SCAN_ID).commit(new ScannedChain(SEED, FROM_HEIGHT).step());
  await saved.headers.write([SEGMENT]);
  assert.notEqual(await textIn(saved), undefined);
  assert.deepEqual(await saved.headers.firstHeights(), [1_001]);
  assert.equal(await textIn(await open(t, undefined)), undefined);
});

function filesOf(folder: string, pattern: RegExp): string[] {
  const files = readdirSync(folder).filter((name) => pattern.test(name));
  assert.ok(files.length > 0, `no ${pattern} in ${folder}`);
  return files.map((name) => join(folder, name));
}

/** What may be wrong with the files of the database. */
const DAMAGE: Readonly<Record<string, (folder: string) => void>> = {
  'garbage in CURRENT': (folder) => writeFileSync(join(folder, 'CURRENT'), 'garbage\u0000'),
  'an empty CURRENT': (folder) => truncateSync(join(folder, 'CURRENT'), 0),
  'a lost CURRENT': (folder) => rmSync(join(folder, 'CURRENT')),
  'a lost MANIFEST': (folder) => filesOf(folder, /^MANIFEST/).forEach((file) => rmSync(file)),
  'tables cut short': (folder) =>
    filesOf(folder, /\.ldb$/).forEach((file) => truncateSync(file, Math.floor(statSync(file).size / 2))),
  'tables of rubbish': (folder) =>
    filesOf(folder, /\.ldb$/).forEach((file) => writeFileSync(file, 'rubbish'.repeat(1_000))),
  'lost tables': (folder) => filesOf(folder, /\.ldb$/).forEach((file) => rmSync(file)),
  'one table lost': (folder) => rmSync(filesOf(folder, /\.ldb$/)[0] as string),
  'the first table lost, and CURRENT': (folder) => {
    rmSync(filesOf(folder, /\.ldb$/)[0] as string);
    rmSync(join(folder, 'CURRENT'));
  },
  'the last table lost, and CURRENT': (folder) => {
    rmSync(filesOf(folder, /\.ldb$/).at(-1) as string);
    rmSync(join(folder, 'CURRENT'));
  },
};

for (const [kind, inflict] of Object.entries(DAMAGE)) {
  test(`with ${kind} what is left is used, it is said that some is missing, and nothing else is touched`, async (t) => {
    const { datadir, folder, chain } = await storedScan(t);
    const headers = join(dirname(folder), 'headers');
    mkdirSync(headers);
    writeFileSync(join(headers, 'CURRENT'), 'not of the filters');
    inflict(folder);
    const saved = await open(t, datadir);
    assert.equal(saved.isSaved, true);
    assert.equal(saved.warning?.code, 'filters-repaired');
    const stored = await saved.scan(SCAN_ID).load();
    if (stored !== undefined) assertTrue(stored, chain, kind);
    const [first, second] = await saved.headers.readMany([0, 1_001]);
    assert.deepEqual(first ?? segmentOfStep(500), segmentOfStep(500));
    assert.deepEqual(second ?? SEGMENT, SEGMENT);
    await assertWorks(t, saved, datadir);
    assert.equal(readFileSync(join(headers, 'CURRENT'), 'utf8'), 'not of the filters');
  });
}

test('damage to any one of many tables is found at the start, not in the middle of a scan', async (t) => {
  const datadir = temporaryFolder(t);
  const segments = Array.from({ length: 200 }, (_, i) => fullSegment(1_001 + 1_000 * i));
  for (let session = 0; session < 3; session++) {
    const saved = await openSavedFilters({ network: regtest, datadir });
    if (session === 0) for (let i = 0; i < 200; i += 20) await saved.headers.write(segments.slice(i, i + 20));
    await saved.close();
  }
  const tables = filesOf(filtersFolder(datadir, 'regtest'), /\.ldb$/).map((file) => basename(file));
  assert.ok(tables.length >= 2, `${tables.length} tables`);
  for (const table of tables) {
    const copy = temporaryFolder(t);
    cpSync(datadir, copy, { recursive: true });
    truncateSync(join(filtersFolder(copy, 'regtest'), table), 10_000);
    const saved = await open(t, copy);
    assert.deepEqual([saved.isSaved, saved.warning?.code], [true, 'filters-repaired']);
    const read = await saved.headers.readMany(segments.map(({ firstHeight }) => firstHeight));
    for (const [i, segment] of read.entries())
      if (segment !== undefined) assert.deepEqual(segment, segments[i]);
    assert.ok(read.includes(undefined) && read.some((segment) => segment !== undefined), table);
    await saved.close();
  }
});

test('a file where the folder should be is set aside, and the last of such is kept', async (t) => {
  const { datadir, folder } = await storedScan(t);
  // Somebody's own names are not ours to delete.
  mkdirSync(`${folder}-damaged-x`);
  for (let i = 1; i <= 3; i++) {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'notes');
    const saved = await open(t, datadir);
    assert.equal(saved.warning?.code, 'filters-set-aside');
    assert.match(
      saved.warning.message,
      new RegExp(`set aside in .*filters-damaged-${i} and are begun anew: .`),
    );
    assert.equal(readFileSync(`${folder}-damaged-${i}`, 'utf8'), 'notes');
    assert.equal(existsSync(`${folder}-damaged-${i - 1}`), false);
    await assertWorks(t, saved, datadir);
  }
  assert.ok(existsSync(`${folder}-damaged-x`));
});

/** Says of a database that it is another one. */
async function rename(folder: string, meta: Parameters<typeof encodeMeta>[0]): Promise<void> {
  const database = await LevelKeyValue.open(folder);
  await database.write([{ type: 'put', key: META_KEY, value: encodeMeta(meta) }]);
  await database.close();
}

const FOREIGN = [
  [{ layout: FILTERS_LAYOUT.version, network: 'signet' }, /the saved filters are of signet, not regtest/],
  [{ layout: 99, network: 'regtest' }, /the saved filters have layout 99, this version knows 1: use a newer/],
] as const;

for (const [meta, why] of FOREIGN) {
  test(`a database of ${meta.network} with layout ${meta.layout} is left alone, and memory used`, async (t) => {
    const { datadir, folder, text } = await storedScan(t);
    await rename(folder, meta);
    const saved = await open(t, datadir);
    assert.equal(saved.warning?.code, 'filters-not-saved');
    assert.match(saved.warning.message, why);
    assert.deepEqual([saved.isSaved, await textIn(saved)], [false, undefined]);
    assert.deepEqual(readdirSync(dirname(folder)), ['filters']);
    await rename(folder, { layout: FILTERS_LAYOUT.version, network: 'regtest' });
    assert.equal(await textIn(await open(t, datadir)), text);
  });
}

test('a damaged note of what the database is, is written anew, and the rest is kept', async (t) => {
  const { datadir, folder, text } = await storedScan(t);
  const database = await LevelKeyValue.open(folder);
  await database.write([{ type: 'put', key: META_KEY, value: Uint8Array.of(1, 2, 3) }]);
  await database.close();
  const saved = await open(t, datadir);
  assert.equal(saved.warning, undefined);
  assert.equal(await textIn(saved), text);
});

test('a disk that lets no new database begin costs the old one nothing', async (t) => {
  const { datadir, folder, text } = await storedScan(t);
  const full = new StoreError('store-open-failed', 'cannot open the store: No space left on device');
  const saved = await openSavedFilters({
    network: regtest,
    datadir,
    openDatabase: () => Promise.reject(full),
  });
  assert.equal(saved.warning?.code, 'filters-not-saved');
  assert.match(saved.warning.message, /not saved in this run: .*No space left on device$/);
  assert.deepEqual([saved.isSaved, await textIn(saved)], [false, undefined]);
  assert.deepEqual(readdirSync(dirname(folder)), ['filters']);
  assert.equal(await textIn(await open(t, datadir)), text);
});

test('where there can be no folder a scan goes on in memory', async (t) => {
  const datadir = join(temporaryFolder(t), 'file');
  writeFileSync(datadir, '');
  const saved = await open(t, datadir);
  assert.deepEqual([saved.warning?.code, saved.isSaved], ['filters-not-saved', false]);
});

test('a database that another process has open is waited for a moment, and then left alone', async (t) => {
  const { datadir, folder, text } = await storedScan(t);
  const other = await openSavedFilters({ network: regtest, datadir });
  setTimeout(() => void other.close(), 300);
  const patient = await open(t, datadir);
  assert.deepEqual([patient.warning, await textIn(patient)], [undefined, text]);

  const saved = await open(t, datadir);
  assert.equal(saved.warning?.code, 'filters-not-saved');
  assert.match(saved.warning.message, /another process/);
  assert.deepEqual([saved.isSaved, await textIn(saved)], [false, undefined]);
  assert.deepEqual(readdirSync(dirname(folder)), ['filters']);
});
