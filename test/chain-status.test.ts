import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readStatus } from '../src/chain-status.ts';
import { HeaderChain, headersFolder } from '../src/header-chain.ts';
import { LightClient } from '../src/light-client.ts';
import { mainnet } from '../src/networks/mainnet.ts';
import { regtest } from '../src/networks/regtest.ts';
import { peersFolder } from '../src/saved-peers.ts';
import { LevelKeyValue } from '../src/store/level.ts';
import { TIP_KEY } from '../src/store/records.ts';
import { chainOf, hashOf, openChain } from './support/chains.ts';
import { lastOf, mine } from './support/mine.ts';
import { privateAddresses, saveBook } from './support/peer-books.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

test('the status tells what the store holds', async (t) => {
  const datadir = temporaryFolder(t);
  const headers = mine(700);
  await (await chainOf(headers, datadir)).close();
  const status = await readStatus(regtest, datadir);
  assert.ok(status.sizeBytes > 80 * 700 * 0.3, `${status.sizeBytes} bytes`);
  assert.deepEqual(status, {
    network: 'regtest',
    folder: headersFolder(datadir, 'regtest'),
    height: 700,
    hash: hashOf(lastOf(headers)),
    startHeight: 0,
    blockTime: 1_296_688_602 + 700 * 600,
    bits: '207fffff',
    difficulty: status.difficulty,
    chainwork: (2n * 701n).toString(16).padStart(64, '0'),
    minChainwork: '0'.repeat(64),
    sizeBytes: status.sizeBytes,
    knownPeers: 0,
    connectedPeers: undefined,
    pid: undefined,
    repair: undefined,
  });
  assert.ok(status.difficulty > 4e-10 && status.difficulty < 5e-10, String(status.difficulty));
});

test('a store with genesis alone has a status', async (t) => {
  const datadir = temporaryFolder(t);
  await (await HeaderChain.open({ network: mainnet, datadir, create: true })).close();
  const { height, hash, difficulty, minChainwork } = await readStatus(mainnet, datadir);
  assert.deepEqual([height, hash, difficulty], [0, mainnet.genesisHash, 1]);
  assert.equal(BigInt(`0x${minChainwork}`), mainnet.minChainwork);
});

test('where there is no store there is no status, and asking makes none', async (t) => {
  const datadir = temporaryFolder(t);
  await assert.rejects(readStatus(regtest, datadir), { name: 'StoreError', code: 'store-missing' });
  await assert.rejects(readStatus(regtest, join(datadir, 'nowhere')), { code: 'store-missing' });
  await (await chainOf(mine(1), datadir)).close();
  await assert.rejects(readStatus(mainnet, datadir), { code: 'store-missing' });
});

test('the status of a store in use by a process that tells nothing cannot be read', async (t) => {
  const datadir = temporaryFolder(t);
  const chain = await chainOf(mine(1), datadir);
  await assert.rejects(readStatus(regtest, datadir), { code: 'store-locked' });
  await chain.close();
});

test('while a client runs, it tells the status of its store', async (t) => {
  const datadir = temporaryFolder(t);
  await (await chainOf(mine(12), datadir)).close();
  const stored = await readStatus(regtest, datadir);
  await saveBook(datadir, privateAddresses(3));
  const client = new LightClient({ network: regtest, datadir, dial: false });
  t.after(() => client.stop());
  await client.start();
  const { sizeBytes, ...told } = await readStatus(regtest, datadir);
  const { sizeBytes: _, ...before } = stored;
  assert.ok(sizeBytes > 0);
  assert.deepEqual(told, { ...before, knownPeers: 3, connectedPeers: 0, pid: process.pid });
});

test('the status counts the addresses that are known, and has the rest when they cannot be read', async (t) => {
  const datadir = temporaryFolder(t);
  await (await chainOf(mine(12), datadir)).close();
  await saveBook(datadir, privateAddresses(3));
  assert.equal((await readStatus(regtest, datadir)).knownPeers, 3);
  const folder = peersFolder(datadir, 'regtest');
  rmSync(folder, { recursive: true });
  assert.equal((await readStatus(regtest, datadir)).knownPeers, 0);
  mkdirSync(join(folder, 'CURRENT'), { recursive: true });
  const { knownPeers, height } = await readStatus(regtest, datadir);
  assert.deepEqual([knownPeers, height], [undefined, 12]);
});

test('a lost record of the tip is found again, and the repair told once', async (t) => {
  const datadir = temporaryFolder(t);
  await (await chainOf(mine(12), datadir)).close();
  const database = await LevelKeyValue.open(headersFolder(datadir, 'regtest'));
  await database.write([{ type: 'del', key: TIP_KEY }]);
  await database.close();
  const { height, repair } = await readStatus(regtest, datadir);
  assert.equal(height, 12);
  assert.match(repair ?? '', /repaired/);
  assert.equal((await readStatus(regtest, datadir)).repair, undefined);
});

test('what else lies in the folder, or was left there by a repair, does not matter', async (t) => {
  const datadir = temporaryFolder(t);
  await (await chainOf(mine(12), datadir)).close();
  const folder = headersFolder(datadir, 'regtest');
  mkdirSync(join(folder, 'lost'));
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  assert.equal((await readStatus(regtest, datadir)).height, 12);
  rmSync(join(folder, 'CURRENT'));
  assert.match((await readStatus(regtest, datadir)).repair ?? '', /no header was lost/);
});

test('a status of which nothing but genesis could be saved says so', async (t) => {
  const datadir = temporaryFolder(t);
  await (await chainOf(mine(600), datadir)).close();
  // The next session makes a table of the log.
  await (await openChain(datadir)).close();
  const folder = headersFolder(datadir, 'regtest');
  for (const file of readdirSync(folder)) if (/\.(ldb|log)$/.test(file)) rmSync(join(folder, file));
  const { height, repair } = await readStatus(regtest, datadir);
  assert.equal(height, 0);
  assert.match(repair ?? '', /nothing could be saved/);
});
