import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ClientError } from '../src/client-error.ts';
import type { ClientEvent } from '../src/client-events.ts';
import { headersFolder } from '../src/header-chain.ts';
import { LightClient } from '../src/light-client.ts';
import type { LightClientOptions } from '../src/light-client-options.ts';
import { regtest } from '../src/networks/regtest.ts';
import { LevelKeyValue } from '../src/store/level.ts';
import { chunkKey } from '../src/store/records.ts';
import { assertHolds, chainOf, hashOf, openChain } from './support/chains.ts';
import { HeadersChain } from './support/headers-chain.ts';
import { headersOf } from './support/messages.ts';
import { headerAt, lastOf, mine } from './support/mine.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { answer, honestly, WirePeer } from './support/wire-peer.ts';

const HEADERS = mine(2_100);
const CHAIN = new HeadersChain(HEADERS);

function newClient(t: TestContext, options: LightClientOptions = {}): LightClient {
  const client = new LightClient({ network: regtest, ...options });
  t.after(() => client.stop());
  return client;
}

function collect(client: LightClient): ClientEvent[] {
  const events: ClientEvent[] = [];
  client.onEvent((event) => events.push(event));
  return events;
}

/** Names of events up to the end, without those of which chance decides how many there are. */
async function namesOf(events: AsyncIterable<ClientEvent>): Promise<string[]> {
  const names: string[] = [];
  for await (const { event } of events) if (event !== 'progress') names.push(event);
  return names;
}

/** Whether the store of a folder can be opened: nobody has it open. */
async function assertClosed(datadir: string): Promise<void> {
  await (await openChain(datadir)).close();
}

test('a client brings its chain to the tip of an honest peer, keeps it on disk, and ends', async (t) => {
  const datadir = temporaryFolder(t);
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  const client = newClient(t, { datadir, connect: [peer.address], follow: false });
  const events = collect(client);
  assert.equal(client.tip, undefined);
  await client.start();
  assert.equal(client.listening, undefined);
  const tip = await client.synced();
  assert.deepEqual(tip, {
    height: 2_100,
    hash: hashOf(lastOf(HEADERS)),
    chainwork: (2n * 2_101n).toString(16).padStart(64, '0'),
  });
  await client.ended();
  assert.deepEqual(client.tip, tip);
  assert.deepEqual(
    events.map(({ event }) => event).filter((event) => event !== 'progress'),
    ['peer-connected', 'synced'],
  );
  const chain = await openChain(datadir);
  assert.equal(chain.repair, undefined);
  await assertHolds(chain, HEADERS, 2_100);
  await chain.close();
});

test('a second sync goes on where the first one ended', async (t) => {
  const datadir = temporaryFolder(t);
  for (const height of [900, 2_100, 2_100]) {
    const chain = new HeadersChain(HEADERS.subarray(0, 80 * height));
    const peer = await WirePeer.listen(t, honestly(chain));
    const client = newClient(t, { datadir, connect: [peer.address], follow: false });
    await client.start();
    assert.equal((await client.synced()).height, height);
    await client.ended();
  }
});

test('a following client tells of new blocks and of a change of branch', async (t) => {
  const start = HEADERS.subarray(0, 80 * 100);
  const branch = mine(3, { parent: headerAt(HEADERS, 98), salt: 1 });
  const peer = await WirePeer.listen(t, async (connection) => {
    await connection.shakeHands({ startHeight: 100 });
    void answer(connection, new HeadersChain(start));
    await connection.next('sendheaders');
    connection.send(headersOf(headerAt(HEADERS, 100)));
    connection.send(headersOf(branch));
  });
  const client = newClient(t, { connect: [peer.address] });
  const told: ClientEvent[] = [];
  await client.start();
  for await (const event of client) {
    if (event.event === 'block' || event.event === 'reorg') told.push(event);
    if (event.event === 'block' && event.hash === hashOf(lastOf(branch))) break;
  }
  const added = [0, 1, 2].map((index) => hashOf(headerAt(branch, index)));
  const blocks = told.map((event) => (event.event === 'block' ? [event.height, event.hash] : event.event));
  assert.deepEqual(blocks, [
    [101, hashOf(headerAt(HEADERS, 100))],
    'reorg',
    [100, added[0]],
    [101, added[1]],
    [102, added[2]],
  ]);
  const reorg = told.find((event) => event.event === 'reorg');
  assert.deepEqual(reorg?.fork, { height: 99, hash: hashOf(headerAt(HEADERS, 98)) });
  assert.deepEqual(reorg.removed, [hashOf(headerAt(HEADERS, 100)), hashOf(headerAt(HEADERS, 99))]);
  assert.deepEqual(reorg.added, added);
  assert.equal((await client.header(102))?.hash, added[2]);
  assert.equal((await client.header(reorg.removed[0] as string))?.confirmations, -1);
});

test('stopping, twice and at any moment, ends the client without an error and closes the store', async (t) => {
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  for (const delayMs of [-1, 0, 1, 5, 20, 60]) {
    const datadir = temporaryFolder(t);
    const client = newClient(t, { datadir, connect: [peer.address] });
    const started = client.start();
    assert.equal(client.start(), started);
    if (delayMs >= 0) await started;
    if (delayMs > 0) await sleep(delayMs);
    const stopped = client.stop();
    assert.equal(client.stop(), stopped);
    await stopped;
    await client.ended();
    await started;
    assert.throws(() => client.header(0), TypeError);
    await client.stop();
    await assertClosed(datadir);
  }
});

test('a client that was stopped before it started does not start', async (t) => {
  const datadir = temporaryFolder(t);
  const chain = await chainOf(HEADERS.subarray(0, 800), datadir);
  const client = newClient(t, { chain, dial: false, listen: '127.0.0.1:0' });
  await client.stop();
  await assert.rejects(client.start(), { name: 'ClientError', code: 'stopped' });
  await assert.rejects(client.synced(), { code: 'stopped' });
  await client.ended();
  assert.equal(client.listening, undefined);
  await assertClosed(datadir);
});

test('an aborted signal stops the client at any moment', async (t) => {
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  for (const moment of ['before', 'during', 'after'] as const) {
    const datadir = temporaryFolder(t);
    const control = new AbortController();
    const chain = moment === 'before' ? await openChain(datadir) : undefined;
    const given = chain === undefined ? { datadir } : { chain };
    const client = newClient(t, { ...given, connect: [peer.address], signal: control.signal });
    if (moment === 'before') control.abort();
    const started = client.start();
    if (moment === 'during') control.abort();
    if (moment === 'before') await assert.rejects(started, { name: 'ClientError', code: 'stopped' });
    else await started;
    control.abort();
    if (moment === 'before') await assert.rejects(client.ended(), { code: 'stopped' });
    else await client.ended();
    if (moment !== 'after') await assert.rejects(client.synced(), { code: 'stopped' });
    await assertClosed(datadir);
  }
});

test('an address that somebody listens on is told of, and the store is closed again', async (t) => {
  const datadir = temporaryFolder(t);
  const peer = await WirePeer.listen(t);
  const client = newClient(t, { datadir, dial: false, listen: peer.address });
  await assert.rejects(client.start(), { name: 'ClientError', code: 'listen-failed' });
  await assert.rejects(client.ended(), { code: 'listen-failed' });
  await assert.rejects(client.synced(), { code: 'listen-failed' });
  await assertClosed(datadir);
});

test('a store that somebody has open is told of', async (t) => {
  const datadir = temporaryFolder(t);
  const chain = await openChain(datadir);
  const client = newClient(t, { datadir, dial: false });
  await assert.rejects(
    client.start(),
    (error) => error instanceof ClientError && error.code === 'store-locked',
  );
  await chain.close();
});

test('a store that had to be mended is told of by a warning, and synced to the end', async (t) => {
  const datadir = temporaryFolder(t);
  await (await chainOf(HEADERS, datadir)).close();
  const database = await LevelKeyValue.open(headersFolder(datadir, 'regtest'));
  await database.write([{ type: 'del', key: chunkKey(1) }]);
  await database.close();
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  const client = newClient(t, { datadir, connect: [peer.address], follow: false });
  const events = collect(client);
  await client.start();
  assert.equal((await client.synced()).height, 2_100);
  await client.ended();
  const [first] = events;
  assert.ok(first?.event === 'warning' && first.code === 'store-repaired', JSON.stringify(first));
  assert.match(first.message, /499.*2100/);
});

test('without anybody to call a client that does not stay gives up, one that stays does not', async (t) => {
  const leaving = newClient(t, { follow: false });
  await leaving.start();
  await assert.rejects(leaving.ended(), { code: 'no-peer' });
  await assert.rejects(leaving.synced(), { code: 'no-peer' });
  const staying = newClient(t);
  await staying.start();
  await sleep(50);
  assert.equal(staying.tip?.height, 0);
});

test('a client whose peer brings nothing new for too long gives up', async (t) => {
  const peer = await WirePeer.listen(t, (connection) => connection.shakeHands({ startHeight: 9 }));
  const client = newClient(t, { connect: [peer.address], follow: false, timeoutSeconds: 0.3 });
  await client.start();
  await assert.rejects(client.ended(), { code: 'no-progress' });
  await peer.connections[0]?.ended();
});

test('two readers of events see the same, one may leave early, and both end with the client', async (t) => {
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  const client = newClient(t, { connect: [peer.address], follow: false });
  const [one, other, leaving] = [client.events(), client.events(), client.events()];
  const reading = Promise.all([namesOf(one), namesOf(other)]);
  await client.start();
  for await (const { event } of leaving) {
    assert.equal(event, 'peer-connected');
    break;
  }
  assert.deepEqual(await leaving.next(), { value: undefined, done: true });
  assert.deepEqual(
    await reading,
    Array.from({ length: 2 }, () => ['peer-connected', 'synced']),
  );
  assert.deepEqual(await namesOf(client.events()), []);
});

test('a listener that was taken away hears nothing more', async (t) => {
  const peer = await WirePeer.listen(t, honestly(CHAIN));
  const client = newClient(t, { connect: [peer.address], follow: false });
  const heard: string[] = [];
  const end = client.onEvent(({ event }) => {
    heard.push(event);
    end();
  });
  await client.start();
  await client.ended();
  assert.deepEqual(heard, ['peer-connected']);
});

test('a listener that throws is heard of as any uncaught error is, and the client goes on', () => {
  const program = fileURLToPath(new URL('support/throwing-listener-main.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.equal(stderr, '');
  const lines = stdout.split('\n').slice(0, -1);
  assert.deepEqual(lines.toSorted(), ['synced to 20', 'thrown: of peer-connected', 'thrown: of synced']);
  assert.equal(status, 0);
});

test('a peer that calls itself by control characters is shown without them', async (t) => {
  const peer = await WirePeer.listen(t, async (connection) => {
    await connection.shakeHands({ startHeight: 2_100, userAgent: '/\u001b]0;owned\u0007\n:1/' });
    await answer(connection, CHAIN);
  });
  const client = newClient(t, { connect: [peer.address], follow: false });
  const events = collect(client);
  await client.start();
  await client.ended();
  const connected = events.find((event) => event.event === 'peer-connected');
  assert.equal(connected?.userAgent, '/?]0;owned??:1/');
});
