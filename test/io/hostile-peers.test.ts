/** Hostile peers over real sockets: each is dropped for what it did, and an honest one takes its place. */

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ClientEvent } from '../../src/client-events.ts';
import type { HeaderChain } from '../../src/header-chain.ts';
import { LightClient } from '../../src/light-client.ts';
import type { LightClientOptions } from '../../src/light-client-options.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { encodeFrame } from '../../src/transport/v1.ts';
import { assertHolds, chainOf } from '../support/chains.ts';
import { HeadersChain } from '../support/headers-chain.ts';
import { flood, HOSTILE_PEERS, pinging } from '../support/hostile-peers.ts';
import { headersOf } from '../support/messages.ts';
import { lastOf, mine } from '../support/mine.ts';
import { connect } from 'node:net';
import { honestly, WireConnection, WirePeer } from '../support/wire-peer.ts';

const HEADERS = mine(2_500);
const CHAIN = new HeadersChain(HEADERS);
/** What the client has before it meets anybody. */
const START = 30;

const IMPATIENT = { headersTimeoutMs: 400, handshakeTimeoutMs: 400, timeoutSeconds: 10 } as const;

for (const [name, { behave, reason, isHelpful = false }] of Object.entries(HOSTILE_PEERS)) {
  test(`a peer that ${name} is dropped for ${reason}, and the sync goes on with another`, async (t) => {
    const hostile = await WirePeer.listen(t, behave(CHAIN));
    const honest = await honestClient(t);
    const chain = await chainOf(HEADERS.subarray(0, 80 * START));
    const { client, events } = newClient(t, { chain, connect: [hostile.address, honest], follow: true });
    const heightAtDrop = new Promise<number | undefined>((resolve) => {
      client.onEvent((event) => {
        if (event.event === 'peer-disconnected') resolve(client.tip?.height);
      });
    });
    await client.start();
    await client.synced();
    await heightAtDrop;
    await client.stop();

    const drops = events.filter((event) => event.event === 'peer-disconnected');
    assert.deepEqual([drops[0]?.peer, drops[0]?.reason], [hostile.address, reason]);
    // Nobody waits for those who never shake hands.
    if (reason !== 'handshake-timeout') assert.equal(await heightAtDrop, isHelpful ? 2_000 : START);
    assert.deepEqual(
      events.filter(({ event }) => event === 'error' || event === 'warning' || event === 'reorg'),
      [],
    );
    await assertHolds(chain, HEADERS, 2_500);
    assert.equal(chain.tree.tips().length, 1);
    for (const connection of hostile.connections) await connection.ended();
  });
}

test('a peer that nobody can reach is dropped, and the sync goes on with another', async (t) => {
  const honest = await honestClient(t);
  // A port that was free a moment ago.
  const peer = await WirePeer.listen({ after: () => undefined });
  const gone = peer.address;
  await peer.close();
  const { client, events } = newClient(t, { connect: [gone, honest] });
  await client.start();
  assert.equal((await client.synced()).height, 2_500);
  const drop = events.find((event) => event.event === 'peer-disconnected');
  assert.deepEqual([drop?.peer, drop?.reason], [gone, 'connect-failed']);
});

test('50,000 pings in a row are answered, and the sync goes on with the same peer', async (t) => {
  const peer = await WirePeer.listen(t, pinging(CHAIN, 50_000));
  const { client, events } = newClient(t, {
    connect: [peer.address],
    headersTimeoutMs: 20_000,
    timeoutSeconds: 60,
  });
  await client.start();
  assert.equal((await client.synced()).height, 2_500);
  assert.ok(!events.some(({ event }) => event === 'peer-disconnected'));
  const pongs = peer.connections[0]?.received.filter(({ command }) => command === 'pong');
  assert.ok(pongs !== undefined && pongs.length >= 49_000, `${pongs?.length} pongs`);
});

test('a header two hours and some ahead of our clock is put off, and its sender is not blamed', async (t) => {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const start = mine(2, { spacingSeconds: Math.floor((nowSeconds - 1_296_688_602) / 2) });
  const parent = lastOf(start);
  const parentTime = new DataView(parent.buffer, parent.byteOffset).getUint32(68, true);
  const allowed = mine(1, { parent, spacingSeconds: nowSeconds + 7_190 - parentTime });
  // A minute of the test's own time does not make this one right.
  const early = mine(1, { parent: allowed, spacingSeconds: 70 });
  const peer = await WirePeer.listen(
    t,
    honestly(new HeadersChain(new Uint8Array([...start, ...allowed, ...early]))),
  );
  const { client, events } = newClient(t, { connect: [peer.address] });
  await client.start();
  assert.equal((await client.synced()).height, 3);
  await client.ended();
  const warning = events.find((event) => event.event === 'warning');
  assert.equal(warning?.code, 'time-too-new');
  assert.ok(!events.some(({ event }) => event === 'peer-disconnected'));
});

test('a peer whose whole chain has too little work is dropped for another', async (t) => {
  const weak = await WirePeer.listen(t, honestly(new HeadersChain(mine(100, { salt: 1 }))));
  const honest = await honestClient(t);
  const { client, events } = newClient(t, { connect: [weak.address, honest], minChainwork: 4_000n });
  await client.start();
  assert.equal((await client.synced()).height, 2_500);
  const drop = events.find((event) => event.event === 'peer-disconnected');
  assert.deepEqual([drop?.peer, drop?.reason], [weak.address, 'low-work']);
});

test('with none but hostile peers it gives up, and says of the last one why', async (t) => {
  const peers = await Promise.all(
    ['leaves a header out', 'sends rubbish at once'].map((name) =>
      WirePeer.listen(t, HOSTILE_PEERS[name]?.behave(CHAIN)),
    ),
  );
  const { client, events } = newClient(t, { connect: peers.map(({ address }) => address) });
  await client.start();
  await assert.rejects(client.synced(), { name: 'ClientError', code: 'no-peer' });
  await assert.rejects(client.ended(), { code: 'no-peer' });
  const last = events.at(-1);
  assert.ok(last?.event === 'error' && last.code === 'no-peer', JSON.stringify(last));
  assert.match(last.message, /wrong-magic|not-continuous/);
});

test('callers that flood it do not keep a client from serving others, or from stopping', async (t) => {
  const { client, events } = newClient(t, {
    chain: await chainOf(HEADERS),
    dial: false,
    follow: true,
    listen: '127.0.0.1:0',
  });
  await client.start();
  const port = client.listening?.port ?? 0;
  const request = new Uint8Array(69);
  request[4] = 1;
  const frames = {
    getheaders: encodeFrame(regtest.magic, 'getheaders', request),
    ping: encodeFrame(regtest.magic, 'ping', new Uint8Array(8)),
    unknown: encodeFrame(regtest.magic, 'surprise', new Uint8Array(1_000)),
  };
  const floods = Object.entries(frames).map(async ([, frame]) => {
    const caller = await call(t, port);
    caller.socket.pause();
    await flood(caller, frame);
  });
  const rude = await call(t, port, { isPolite: false });
  rude.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await rude.ended();

  const follower = newClient(t, { connect: [`127.0.0.1:${port}`], headersTimeoutMs: 20_000 }).client;
  await follower.start();
  assert.equal((await follower.synced()).height, 2_500);
  const drops = events.filter((event) => event.event === 'peer-disconnected');
  assert.ok(drops.some(({ reason }) => reason === 'wrong-magic'));

  const before = Date.now();
  await client.stop();
  assert.ok(Date.now() - before < 1_000, `${Date.now() - before} ms to stop`);
  // Their connections are closed by then, or soon after, though they never read.
  await Promise.all(floods);
});

test('headers that nobody asked for, from one who called us, are neither believed nor punished', async (t) => {
  const chain = await chainOf(HEADERS.subarray(0, 80 * START));
  const { client, events } = newClient(t, { chain, dial: false, follow: true, listen: '127.0.0.1:0' });
  await client.start();
  const caller = await call(t, client.listening?.port ?? 0);
  caller.send(headersOf(HEADERS.subarray(80 * START, 80 * 100)));
  caller.send({
    command: 'getheaders',
    payload: { version: 70016, locator: [CHAIN.hashAt(10)], stop: new Uint8Array(32) },
  });
  const answered = await caller.next('headers');
  assert.equal(answered?.payload.headers.length, 80 * (START - 10));
  assert.equal(client.tip?.height, START);
  assert.ok(!events.some(({ event }) => event === 'peer-disconnected'));
});

/** Calls a port as a peer would. */
async function call(t: TestContext, port: number, { isPolite = true } = {}): Promise<WireConnection> {
  const caller = new WireConnection(connect({ host: '127.0.0.1', port }));
  t.after(() => caller.socket.destroy());
  if (isPolite) await caller.callAndShakeHands();
  return caller;
}

/** A client that serves the whole chain; returns its address. */
async function honestClient(t: TestContext): Promise<string> {
  const { client } = newClient(t, {
    chain: await chainOf(HEADERS),
    dial: false,
    follow: true,
    listen: '127.0.0.1:0',
  });
  await client.start();
  return `127.0.0.1:${client.listening?.port}`;
}

function newClient(
  t: TestContext,
  options: LightClientOptions & { readonly chain?: HeaderChain },
): { client: LightClient; events: ClientEvent[] } {
  const client = new LightClient({ network: regtest, follow: false, ...IMPATIENT, ...options });
  const events: ClientEvent[] = [];
  client.onEvent((event) => events.push(event));
  t.after(() => client.stop());
  return { client, events };
}
