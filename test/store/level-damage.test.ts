/** LevelDB's own files damaged in every way: the store opens with the good part of the chain, and goes on from there. */

import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readStatus } from '../../src/chain-status.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import type { HeaderChain } from '../../src/header-chain.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { assertHolds, extend, openChain } from '../support/chains.ts';
import { headerAt, mine } from '../support/mine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HEADERS = mine(5_000);
/** Hashed once for all. */
const RUN = HeaderRun.fromBytes(HEADERS);
const SIDE = mine(2, { parent: headerAt(HEADERS, 999), salt: 1 });

/** The store is written in sessions, since LevelDB makes a table of its log when it is opened. */
const SETTLED = [1_200, 2_500, 5_000];
/** One more, and a compaction of them all is under way or done when the store is closed. */
const COMPACTED = [1_200, 2_500, 3_700, 4_990, 5_000];

type Inflict = (file: string) => void;

const KINDS: Readonly<Record<string, Inflict>> = {
  deleted: (file) => rmSync(file),
  emptied: (file) => truncateSync(file, 0),
  'cut to half': (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
  'cut by one byte': (file) => truncateSync(file, Math.max(0, statSync(file).size - 1)),
  'overwritten at its start': flip(0, 0.005, 0.01),
  'overwritten in its middle': flip(0.3, 0.5, 0.7),
  'overwritten at its end': flip(0.95, 0.99, 0.9999),
  'all zeros': (file) => writeFileSync(file, new Uint8Array(statSync(file).size)),
  'all rubbish': (file) => writeFileSync(file, Buffer.alloc(statSync(file).size, 'rubbish')),
};

for (const [name, sessions] of Object.entries({ settled: SETTLED, compacted: COMPACTED })) {
  test(`any one file of a ${name} store damaged leaves a store with a good chain`, async (t) => {
    const store = await writtenIn(sessions, t);
    const files = readdirSync(headersIn(store));
    assert.ok(files.some((file) => file.endsWith('.ldb')));
    for (const file of files) {
      // What these hold is of no interest to anybody but people.
      const kinds = file.startsWith('LO') ? ['deleted', 'all rubbish'] : Object.keys(KINDS);
      for (const kind of kinds) {
        const copy = copyOf(store, t);
        KINDS[kind]?.(join(headersIn(copy), file));
        const height = await heightAfter(copy, `${file} ${kind}`);
        // Only tables and logs hold headers: damage to any other file costs none.
        if (!/\.(ldb|log)$/.test(file)) assert.equal(height, 5_000, `${file} ${kind}`);
      }
    }
  });
}

test('all files damaged at once leave a store that begins anew', async (t) => {
  const store = await writtenIn(SETTLED, t);
  for (const [kind, inflict] of Object.entries(KINDS)) {
    const copy = copyOf(store, t);
    for (const file of readdirSync(headersIn(copy))) inflict(join(headersIn(copy), file));
    await heightAfter(copy, kind);
  }
});

test('a table that is lost together with the list of tables costs no more than what was in it', async (t) => {
  const store = await writtenIn(SETTLED, t);
  const files = readdirSync(headersIn(store));
  for (const table of files.filter((file) => file.endsWith('.ldb'))) {
    const copy = copyOf(store, t);
    rmSync(join(headersIn(copy), table));
    rmSync(join(headersIn(copy), 'CURRENT'));
    await heightAfter(copy, table);
  }
});

test('the status of a store with a damaged table tells of the repair', async (t) => {
  const store = await writtenIn(SETTLED, t);
  for (const table of readdirSync(headersIn(store)).filter((file) => file.endsWith('.ldb'))) {
    const copy = copyOf(store, t);
    (KINDS['all rubbish'] as Inflict)(join(headersIn(copy), table));
    const { height } = await readStatus(regtest, copy);
    const chain = await openChain(copy);
    assert.ok(chain.tip.height <= height, `${chain.tip.height} of ${height}`);
    await chain.close();
  }
  const copy = copyOf(store, t);
  rmSync(join(headersIn(copy), 'CURRENT'));
  const { height, repair } = await readStatus(regtest, copy);
  assert.equal(height, 5_000);
  assert.match(repair ?? '', /repaired/);
  assert.equal((await readStatus(regtest, copy)).repair, undefined);
});

/** Opens a damaged store, checks what it has, fills it up and opens it again; returns the height that was left. */
async function heightAfter(datadir: string, what: string): Promise<number> {
  const first = await opened(datadir, what);
  const { height } = first.tip;
  try {
    await assertHolds(first, HEADERS, height);
    if (height < 5_000) await extend(first, RUN);
    await assertHolds(first, HEADERS, 5_000);
  } catch (cause) {
    throw new Error(`${what}: the store cannot go on from ${height}`, { cause });
  } finally {
    await first.close();
  }
  const second = await opened(datadir, what);
  assert.equal(second.repair, undefined, `${what}: mended twice`);
  await assertHolds(second, HEADERS, 5_000);
  await second.close();
  return height;
}

function opened(datadir: string, what: string): Promise<HeaderChain> {
  return openChain(datadir).catch((cause: Error) => {
    throw new Error(`${what}: ${cause.message}`, { cause });
  });
}

/** A store that was closed after each of some heights. */
async function writtenIn(sessions: readonly number[], t: TestContext): Promise<string> {
  const datadir = temporaryFolder(t);
  let height = 0;
  for (const end of sessions) {
    const chain = await openChain(datadir);
    await extend(chain, HEADERS.subarray(80 * height, 80 * end));
    if (end === 5_000) await extend(chain, SIDE);
    await chain.close();
    height = end;
  }
  return datadir;
}

function copyOf(datadir: string, t: TestContext): string {
  const copy = temporaryFolder(t);
  cpSync(datadir, copy, { recursive: true });
  return copy;
}

function headersIn(datadir: string): string {
  return join(datadir, 'regtest', 'headers');
}

/** Inverts some bits of a stretch of a few bytes at each of these places, from 0 for the start to 1 for the end. */
function flip(...places: readonly number[]): Inflict {
  return (file) => {
    const bytes = readFileSync(file);
    for (const place of places) {
      const start = Math.floor(place * bytes.length);
      for (let i = start; i < Math.min(start + 5, bytes.length); i++) bytes[i] = (bytes[i] as number) ^ 0x55;
    }
    writeFileSync(file, bytes);
  };
}
