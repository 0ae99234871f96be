/** What a client remembers of peers, and tells of them while it runs. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ClientEvent } from '../src/client-events.ts';
import { LightClient } from '../src/light-client.ts';
import type { LightClientOptions } from '../src/light-client-options.ts';
import { regtest } from '../src/networks/regtest.ts';
import { networkFolder, peersFolder } from '../src/saved-peers.ts';
import { assertHolds, openChain } from './support/chains.ts';
import { HeadersChain } from './support/headers-chain.ts';
import { mine } from './support/mine.ts';
import { privateAddresses, saveBook } from './support/peer-books.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { honestly, WirePeer } from './support/wire-peer.ts';

const HEADERS = mine(30);
const CHAIN = new HeadersChain(HEADERS);

async function synced(
  t: TestContext,
  options: LightClientOptions,
): Promise<{ client: LightClient; events: ClientEvent[] }> {
  const client = new LightClient({ network: regtest, ...options });
  const events: ClientEvent[] = [];
  client.onEvent((event) => events.push(event));
  t.after(() => client.stop());
  await client.start();
  await client.synced();
  return { client, events };
}

function addressesOf(client: LightClient): string[] {
  return client.knownPeers().map(({ address }) => address);
}

test('a running client tells who is connected and whom it knows; before and after it tells nothing', async (t) => {
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  const idle = new LightClient({ network: regtest });
  assert.deepEqual([idle.connections(), idle.knownPeers()], [[], []]);
  const { client } = await synced(t, { connect: [peer.address] });
  const [connection, ...others] = client.connections();
  assert.ok(connection !== undefined);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [connection.address, connection.direction, connection.kind, connection.hostNetwork, connection.height],
    [peer.address, 'outbound', 'manual', 'ipv4', 30],
  );
  assert.ok(connection.bytesIn > 30 * 80 && connection.bytesOut > 100, JSON.stringify(connection));
  assert.deepEqual(addressesOf(client), [peer.address]);
  await client.stop();
  assert.deepEqual([client.connections(), client.knownPeers()], [[], []]);
});

test('a peer that worked is known to the next client, which needs no other word of it', async (t) => {
  const datadir = temporaryFolder(t);
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  const first = await synced(t, { datadir, connect: [peer.address], follow: false });
  await first.client.ended();
  const { client, events } = await synced(t, { datadir });
  assert.deepEqual(addressesOf(client), [peer.address]);
  assert.deepEqual(
    events.flatMap((event) => (event.event === 'peer-connected' ? [[event.peer, event.kind]] : [])),
    [[peer.address, 'outbound']],
  );
});

test('without saved peers nothing is read, and nothing written', async (t) => {
  const datadir = temporaryFolder(t);
  const other = temporaryFolder(t);
  await saveBook(datadir, privateAddresses(3));
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  for (const folder of [datadir, other]) {
    const { client } = await synced(t, { datadir: folder, connect: [peer.address], savedPeers: false });
    assert.deepEqual(addressesOf(client), [peer.address]);
    await client.stop();
  }
  assert.equal(existsSync(peersFolder(other, 'regtest')), false);
  const { client } = await synced(t, { datadir, connect: [peer.address] });
  assert.equal(client.knownPeers().length, 4);
});

test('a chain that was opened by somebody else leaves peers in memory alone', async (t) => {
  const datadir = temporaryFolder(t);
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  const { client } = await synced(t, { chain: await openChain(datadir), connect: [peer.address] });
  assert.deepEqual(addressesOf(client), [peer.address]);
  await client.stop();
  assert.deepEqual(readdirSync(networkFolder(datadir, 'regtest')), ['headers']);
});

test('a damaged book is set aside with a warning, and the headers stay as they are', async (t) => {
  const datadir = temporaryFolder(t);
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  const before = await synced(t, { datadir, connect: [peer.address] });
  await before.client.stop();
  writeFileSync(join(peersFolder(datadir, 'regtest'), 'CURRENT'), 'garbage');

  const { client, events } = await synced(t, { datadir, connect: [peer.address] });
  const [warning, ...others] = events.filter((event) => event.event === 'warning');
  assert.deepEqual([warning?.code, others], ['peers-set-aside', []]);
  assert.match(warning?.message ?? '', /peers-damaged-1/);
  await client.stop();
  await client.ended();
  const folder = networkFolder(datadir, 'regtest');
  assert.deepEqual(readdirSync(folder).toSorted(), ['headers', 'peers', 'peers-damaged-1']);
  const chain = await openChain(datadir);
  assert.equal(chain.repair, undefined);
  await assertHolds(chain, HEADERS, 30);
  await chain.close();
  const after = await synced(t, { datadir, connect: [peer.address] });
  assert.deepEqual(
    after.events.filter(({ event }) => event === 'warning'),
    [],
  );
});

test('who calls us and leaves is told of as such', async (t) => {
  const { client: server, events } = await serving(t);
  const caller = await synced(t, { connect: [`127.0.0.1:${server.listening?.port}`] });
  const [inbound] = server.connections();
  assert.deepEqual([inbound?.direction, inbound?.kind], ['inbound', 'inbound']);
  const left = new Promise<ClientEvent>((resolve) => {
    server.onEvent((event) => event.event === 'peer-disconnected' && resolve(event));
  });
  await caller.client.stop();
  const event = await left;
  assert.ok(event.event === 'peer-disconnected');
  assert.deepEqual([event.peer, event.direction], [inbound?.address, 'inbound']);
  const connected = events.find(({ event: name }) => name === 'peer-connected');
  assert.equal(connected?.event === 'peer-connected' && connected.direction, 'inbound');
});

async function serving(t: TestContext): Promise<{ client: LightClient; events: ClientEvent[] }> {
  const client = new LightClient({ network: regtest, dial: false, listen: '127.0.0.1:0' });
  const events: ClientEvent[] = [];
  client.onEvent((event) => events.push(event));
  t.after(() => client.stop());
  await client.start();
  return { client, events };
}

test('an address that cannot be listened on leaves nothing open', async (t) => {
  const datadir = temporaryFolder(t);
  const { client: server } = await serving(t);
  const listen = `127.0.0.1:${server.listening?.port}`;
  const client = new LightClient({ network: regtest, datadir, listen });
  await assert.rejects(client.start(), { code: 'listen-failed' });
  await saveBook(datadir, privateAddresses(1));
  await (await openChain(datadir)).close();
});
