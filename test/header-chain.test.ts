import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { toHex } from '../src/bytes/hex.ts';
import { HeaderChain, headersFolder } from '../src/header-chain.ts';
import { regtest } from '../src/networks/regtest.ts';
import { chunkKey, encodeTip, TIP_KEY } from '../src/store/records.ts';
import { LevelKeyValue } from '../src/store/level.ts';
import { assertHolds, chainOf, extend, grow, hashOf, openChain } from './support/chains.ts';
import { headerAt, mine } from './support/mine.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

test('a chain that is not to be made and is not there is missing, and nothing is made', async (t) => {
  const datadir = temporaryFolder(t);
  const open = (): Promise<HeaderChain> => HeaderChain.open({ network: regtest, datadir, create: false });
  await assert.rejects(open(), { name: 'StoreError', code: 'store-missing' });
  assert.deepEqual(readdirSync(datadir), []);
  const folder = headersFolder(datadir, 'regtest');
  mkdirSync(folder, { recursive: true });
  await assert.rejects(open(), { code: 'store-missing' });
  writeFileSync(join(folder, 'LOG'), 'not a database by itself');
  await assert.rejects(open(), { code: 'store-missing' });
});

test('a file where the folder should be is an error of the store', async (t) => {
  const datadir = temporaryFolder(t);
  writeFileSync(join(datadir, 'regtest'), '');
  await assert.rejects(openChain(datadir), { code: 'store-open-failed' });
  await assert.rejects(HeaderChain.open({ network: regtest, datadir, create: false }), {
    code: 'store-missing',
  });
});

test('each network has a folder of its own', async (t) => {
  const datadir = temporaryFolder(t);
  await (await chainOf(mine(3), datadir)).close();
  assert.deepEqual(readdirSync(datadir), ['regtest']);
  assert.ok(existsSync(headersFolder(datadir, 'regtest')));
});

test('a header is found by height, by hash, and off the best chain', async () => {
  const headers = mine(30);
  const side = mine(3, { parent: headerAt(headers, 19), salt: 1 });
  const chain = await chainOf(headers);
  await extend(chain, side);
  const tenth = await chain.header(10);
  assert.equal(tenth?.hash, hashOf(headerAt(headers, 9)));
  assert.equal(tenth.hex, toHex(headerAt(headers, 9)));
  assert.equal(tenth.previous, hashOf(headerAt(headers, 8)));
  assert.equal(tenth.confirmations, 21);
  assert.equal(BigInt(`0x${tenth.chainwork}`), 22n);
  // Of eleven times in order, from height 0 to 10, the sixth.
  assert.equal(tenth.medianTime, 1_296_688_602 + 5 * 600);
  assert.deepEqual(await chain.header(tenth.hash), tenth);
  assert.equal((await chain.header(30))?.confirmations, 1);

  const off = await chain.header(hashOf(headerAt(side, 1)));
  assert.deepEqual(
    [off?.height, off?.confirmations, off?.chainwork, off?.medianTime],
    [22, -1, undefined, undefined],
  );
});

test('a header that is not there is undefined, and a name that is none is refused', async () => {
  const chain = await chainOf(mine(5));
  for (const which of [6, 1_000_000, 'ab'.repeat(32)]) assert.equal(await chain.header(which), undefined);
  for (const which of ['tip', 'ab', 'zz', '', 'zz'.repeat(32)]) {
    await assert.rejects(chain.header(which), { name: 'TypeError', message: /^header: which is "/ });
  }
  for (const which of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    await assert.rejects(chain.header(which), { name: 'RangeError', message: /^header: which is / });
    await assert.rejects(chain.headers(which, 1), { name: 'RangeError', message: /fromHeight/ });
    await assert.rejects(chain.headers(1, which), { name: 'RangeError', message: /count/ });
  }
});

test('while the tree is ahead of the store nothing is said that is true of neither', async () => {
  const headers = mine(30);
  const branch = mine(12, { parent: headerAt(headers, 19), salt: 1 });
  const chain = await chainOf(headers);
  const change = grow(chain.tree, branch);
  const [old, fresh] = [hashOf(headerAt(headers, 24)), hashOf(headerAt(branch, 4))];
  const asked = Promise.all([
    chain.header(25),
    chain.header(old),
    chain.header(fresh),
    chain.headers(31, 5),
    chain.header(20),
  ]);
  await sleep(50);
  await chain.store.commit(change);
  const [byHeight, byOldHash, byHash, last, below] = await asked;
  assert.deepEqual([byHeight?.hash, byHeight?.confirmations], [fresh, 8]);
  assert.deepEqual([byOldHash?.height, byOldHash?.confirmations], [25, -1]);
  assert.deepEqual(byHash, byHeight);
  assert.deepEqual(
    last.map(({ height, hash }) => [height, hash]),
    [10, 11].map((index) => [21 + index, hashOf(headerAt(branch, index))]),
  );
  assert.equal(below?.confirmations, 13);
});

test('headers that the store never gets are an error at last', async () => {
  const chain = await chainOf(mine(5));
  grow(chain.tree, mine(6));
  await assert.rejects(chain.header(6), { name: 'StoreError', code: 'store-read-failed' });
});

test('a stretch of headers ends where the chain ends', async () => {
  const chain = await chainOf(mine(600));
  assert.deepEqual(
    (await chain.headers(498, 4)).map(({ height }) => height),
    [498, 499, 500, 501],
  );
  assert.deepEqual(
    (await chain.headers(599, 50)).map(({ height }) => height),
    [599, 600],
  );
  assert.deepEqual(await chain.headers(601, 1), []);
  assert.deepEqual(await chain.headers(0, 0), []);
});

test('what was mended is said once, in a sentence with the heights', async (t) => {
  const datadir = temporaryFolder(t);
  const headers = mine(1_300);
  await (await chainOf(headers, datadir)).close();
  const folder = headersFolder(datadir, 'regtest');
  const database = await LevelKeyValue.open(folder);
  await database.write([{ type: 'del', key: chunkKey(2) }]);
  await database.close();

  const mended = await openChain(datadir);
  assert.match(mended.repair ?? '', /good up to height 999, headers up to 1300 will be fetched again/);
  await assertHolds(mended, headers, 999);
  await mended.close();
  const again = await openChain(datadir);
  assert.equal(again.repair, undefined);
  await again.close();

  rmSync(join(folder, 'CURRENT'));
  const repaired = await openChain(datadir);
  assert.match(repaired.repair ?? '', /no header was lost/);
  await assertHolds(repaired, headers, 999);
  await repaired.close();
});

test('when the files of all headers are gone it is said that nothing could be saved', async (t) => {
  const datadir = temporaryFolder(t);
  await (await chainOf(mine(600), datadir)).close();
  // The next session makes a table of the log.
  await (await openChain(datadir)).close();
  const folder = headersFolder(datadir, 'regtest');
  for (const file of readdirSync(folder)) if (/\.(ldb|log)$/.test(file)) rmSync(join(folder, file));
  const chain = await openChain(datadir);
  assert.equal(chain.tip.height, 0);
  assert.match(chain.repair ?? '', /nothing could be saved, all headers will be fetched again/);
  await chain.close();
});

test('a tip record that is behind its headers does not promise to fetch them', async (t) => {
  const datadir = temporaryFolder(t);
  const headers = mine(20);
  const first = await chainOf(headers.subarray(0, 80 * 10), datadir);
  const oldTip = await first.store.tip();
  assert.ok(oldTip !== undefined);
  await extend(first, headers.subarray(80 * 10));
  await first.close();
  const database = await LevelKeyValue.open(headersFolder(datadir, 'regtest'));
  await database.write([{ type: 'put', key: TIP_KEY, value: encodeTip(oldTip) }]);
  await database.close();
  const chain = await openChain(datadir);
  assert.match(chain.repair ?? '', /good up to height 20$/);
  await chain.close();
});
