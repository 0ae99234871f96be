import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { LiveReport } from '../src/io/live-report.ts';
import { LightClient } from '../src/light-client.ts';
import { regtest } from '../src/networks/regtest.ts';
import { readPeers } from '../src/read-peers.ts';
import { openSavedPeers, peersFolder } from '../src/saved-peers.ts';
import { HeadersChain } from './support/headers-chain.ts';
import { mine } from './support/mine.ts';
import { privateAddresses, saveBook } from './support/peer-books.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { honestly, WirePeer } from './support/wire-peer.ts';

const CHAIN = new HeadersChain(mine(20));

test('where nobody runs the saved addresses are told, and no connections', async (t) => {
  const datadir = temporaryFolder(t);
  const [quiet, tried] = [
    { endpoint: { host: '10.0.0.1', port: 1 }, agoSeconds: 86_400 },
    { endpoint: { host: '10.0.0.2', port: 2 }, services: 1n, isTried: true },
  ];
  await saveBook(datadir, [quiet, tried]);
  const { source, pid, listening, connections, known, repair } = await readPeers({
    network: regtest,
    datadir,
  });
  assert.deepEqual(
    [source, pid, listening, connections, repair],
    ['stored', undefined, undefined, [], undefined],
  );
  const told = known
    .toSorted((a, b) => a.address.localeCompare(b.address))
    .map(({ address, services, isTried, isActive }) => [address, services, isTried, isActive]);
  assert.deepEqual(told, [
    ['10.0.0.1:1', ['NETWORK', 'WITNESS'], false, true],
    ['10.0.0.2:2', ['NETWORK'], true, true],
  ]);
  const lastSuccess = known.find(({ isTried }) => isTried)?.lastSuccess ?? '';
  assert.ok(Math.abs(Date.parse(lastSuccess) - Date.now()) < 60_000, lastSuccess);
});

test('a folder without a book has no addresses, and still no book', async (t) => {
  const datadir = join(temporaryFolder(t), 'none');
  const { known, source } = await readPeers({ network: regtest, datadir });
  assert.deepEqual([known, source], [[], 'stored']);
  assert.throws(() => readdirSync(datadir), { code: 'ENOENT' });
});

test('while a client runs it is asked, and tells of itself', async (t) => {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, privateAddresses(2));
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  const client = new LightClient({
    network: regtest,
    datadir,
    connect: [peer.address],
    listen: '127.0.0.1:0',
  });
  t.after(() => client.stop());
  await client.start();
  await client.synced();
  const list = await readPeers({ network: regtest, datadir });
  assert.deepEqual([list.source, list.pid], ['running', process.pid]);
  assert.equal(list.listening, `127.0.0.1:${client.listening?.port}`);
  const [connection] = list.connections;
  assert.deepEqual(
    [connection?.address, connection?.kind, connection?.provenHeight],
    [peer.address, 'manual', 20],
  );
  assert.deepEqual(list.known.map(({ address }) => address).toSorted(), [
    '10.0.0.1:18444',
    '10.0.1.1:18444',
    peer.address,
  ]);
  await client.stop();
  const left = await readPeers({ network: regtest, datadir });
  assert.deepEqual([left.source, left.connections, left.known.length], ['stored', [], 3]);
});

test('a report that makes no sense is passed over', async (t) => {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, privateAddresses(1));
  for (const report of [{}, { pid: 1, connections: [], known: 'x' }]) {
    const live = await LiveReport.serve(dirname(peersFolder(datadir, 'regtest')), () => report);
    const { source, known } = await readPeers({ network: regtest, datadir });
    assert.deepEqual([source, known.length], ['stored', 1]);
    await live?.close();
  }
});

test('a book in use by a process that tells nothing cannot be read', async (t) => {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, privateAddresses(1));
  const other = await openSavedPeers(regtest, datadir);
  t.after(() => other.store.close());
  await assert.rejects(readPeers({ network: regtest, datadir }), { code: 'store-locked' });
});

test('a book that cannot be read is an error, and is not set aside', async (t) => {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, privateAddresses(1));
  const folder = peersFolder(datadir, 'regtest');
  await assert.rejects(
    readPeers({ network: { ...regtest, name: 'signet' }, datadir: wrongNetwork(folder) }),
    {
      name: 'StoreError',
      code: 'store-other-network',
    },
  );
  assert.deepEqual(readdirSync(dirname(folder)), ['peers']);
});

/** A data folder in which the book of one network is where that of another should be. */
function wrongNetwork(folder: string): string {
  const datadir = join(dirname(dirname(folder)), 'other');
  mkdirSync(join(datadir, 'signet'), { recursive: true });
  cpSync(folder, join(datadir, 'signet', 'peers'), { recursive: true });
  return datadir;
}

test('a damaged book tells what can be saved of it, and says so', async (t) => {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, privateAddresses(5));
  const folder = peersFolder(datadir, 'regtest');
  writeFileSync(join(folder, 'CURRENT'), 'garbage');
  const { known, repair } = await readPeers({ network: regtest, datadir });
  assert.equal(known.length, 5);
  assert.match(repair ?? '', /damaged/);
  truncateSync(join(folder, 'CURRENT'), 0);
  assert.match((await readPeers({ network: regtest, datadir })).repair ?? '', /damaged/);
});
