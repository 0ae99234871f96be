/** What headlight gives to those who call it: a real bitcoind, and another headlight. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientEvent, endpointText, type LightClientOptions } from '../../src/index.ts';
import { INVENTORY } from '../../src/wire/inventory.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import { chainOf } from '../support/chains.ts';
import { command, RunningCommand } from '../support/command.ts';
import { Follower } from '../support/follower.ts';
import { pingOf } from '../support/messages.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Bitcoind } from '../support/nodes/bitcoind.ts';
import { eventually } from '../support/nodes/eventually.ts';
import { headerTip } from '../support/nodes/header-tip.ts';
import { headersOf, minedHeaders, startListening } from '../support/nodes/real-headers.ts';
import type { RegtestNode } from '../support/nodes/regtest-node.ts';
import { privateAddresses, saveBook } from '../support/peer-books.ts';
import { SlowProxy } from '../support/slow-proxy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireConnection } from '../support/wire-peer.ts';
import { optionsFor, started } from './sync.contract.ts';

const options = { skip: skipWithoutNodes('bitcoind'), timeout: 60_000 };
const BLOCKS = 4_100;
/** Time in which a node that thinks ill of us would have said so. */
const WATCH_MS = 3_000;
/** What bitcoind writes when it does not like what a peer sends, or parts with it. */
const COMPLAINT =
  /misbehav|disconnect|discourag|ban|error|timeout|stall|invalid|unexpected|ignor|reject|unrequested|not found|oversize|closed/i;

test('bitcoind takes all its headers from headlight, and stays', options, async (t) => {
  const server = await startListening(t, await minedHeaders(BLOCKS));
  const node = await called(t, server);
  await eventually('bitcoind has the headers', async () => (await headerTip(node)).height === BLOCKS);
  assert.deepEqual(await headerTip(node), {
    height: BLOCKS,
    hash: server.client.tip?.hash,
    status: 'headers-only',
  });
  const { blocks, headers } = await node.rpc<{ blocks: number; headers: number }>('getblockchaininfo');
  assert.deepEqual({ blocks, headers }, { blocks: 0, headers: BLOCKS });
  await sleep(WATCH_MS);
  await assertContent(node, server);
});

test('bitcoind hears from headlight of a block, and of others in its place', options, async (t) => {
  const { source, server, node } = await between(t);
  const [block] = await source.mine(1);
  await eventually('bitcoind has heard of a block', async () => (await headerTip(node)).hash === block);
  // It asked to be told by headers, and one it was sent: 81 bytes and a count.
  assert.ok(node.log().some((line) => line.includes('received: headers (82 bytes)')));

  await source.invalidate(block as string);
  const others = await source.mine(2);
  await eventually('bitcoind has heard of others', async () => (await headerTip(node)).hash === others[1]);
  await assertContent(node, server);
});

test('bitcoind hears from headlight of many blocks that come at once', options, async (t) => {
  const { source, server, node } = await between(t);
  // It asks whoever has no blocks after the first inv alone: what is not told by headers it does not hear of.
  await source.rpc('setnetworkactive', [false]);
  await server.event('peer-disconnected', ({ peer }) => peer === source.address);
  const blocks = await source.mine(30);
  await source.rpc('setnetworkactive', [true]);
  await eventually('bitcoind has heard of all', async () => (await headerTip(node)).hash === blocks.at(-1));
});

test('another headlight takes all headers from headlight and follows it', options, async (t) => {
  const source = await started(t, Bitcoind, 2_300);
  const first = await Follower.start(t, { ...optionsFor(source), listen: '127.0.0.1:0' });
  await first.event('synced');
  const second = await Follower.start(t, caller(first));
  const { hash } = await second.event('synced');
  assert.equal(hash, (await source.tip()).hash);
  for (let i = 0; i < 3; i++) {
    const [block] = await source.mine(1);
    await second.event('block', (event) => event.hash === block);
  }
  const many = await source.mine(30);
  await second.event('block', (event) => event.hash === many.at(-1));
  assert.deepEqual(disconnects(first), []);
  assert.deepEqual(disconnects(second), []);
});

test('headlight takes from another headlight that calls it what that one has more', options, async (t) => {
  const source = await started(t, Bitcoind, BLOCKS);
  const headers = await headersOf(source);
  const behind = await startListening(t, headers.subarray(0, 2_100 * HEADER_SIZE_BYTES));
  const ahead = await Follower.start(t, {
    ...caller(behind, source.address),
    chain: await chainOf(headers),
  });
  const synced = await behind.event('synced');
  assert.deepEqual([synced.height, synced.hash], [BLOCKS, (await source.tip()).hash]);
  await ahead.event('synced');
  for (let i = 0; i < 3; i++) {
    const [block] = await source.mine(1);
    await behind.event('block', (event) => event.hash === block);
  }
});

test(
  'headlight that is ahead of all its peers keeps them, and they take the rest from it',
  options,
  async (t) => {
    const headers = await minedHeaders(BLOCKS);
    const behind = await startListening(t, headers.subarray(0, 2_100 * HEADER_SIZE_BYTES));
    const ahead = await Follower.start(t, { ...caller(behind), chain: await chainOf(headers) });
    assert.equal((await behind.event('synced')).height, BLOCKS);
    await ahead.event('synced');
    assert.deepEqual([disconnects(behind), disconnects(ahead)], [[], []]);
  },
);

test(
  'bitcoind that calls headlight in the middle of its first sync hears of the tip at its end',
  options,
  async (t) => {
    const source = await started(t, Bitcoind, BLOCKS);
    const proxy = await SlowProxy.start({ targetPort: source.p2pPort, chunkBytes: 40_000, pauseMs: 300 });
    t.after(() => proxy.stop());
    const connected = [`127.0.0.1:${proxy.port}`];
    const server = await Follower.start(t, { network: 'regtest', connect: connected, listen: '127.0.0.1:0' });
    await server.event('progress');
    const node = await called(t, server, ['-v2transport=0']);
    await server.event('peer-connected', ({ direction }) => direction === 'inbound');
    assert.ok((server.client.tip?.height ?? 0) < BLOCKS, 'it is in the middle');
    const { hash } = await server.event('synced');
    await eventually('bitcoind has the headers', async () => (await headerTip(node)).hash === hash);
  },
);

test('headlight says that it has no blocks, and tells addresses once', options, async (t) => {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, privateAddresses(100));
  const server = await startListening(t, await minedHeaders(BLOCKS), { datadir });
  const { listening } = server.client;
  assert.ok(listening !== undefined);
  const connection = new WireConnection(connect({ host: listening.host, port: listening.port }));
  t.after(() => connection.socket.destroy());
  await connection.callAndShakeHands();

  const tip = (await connection.next('inv'))?.payload.items[0];
  assert.equal(tip?.type, INVENTORY.BLOCK);
  const items = [{ ...tip, type: INVENTORY.WITNESS_BLOCK }];
  connection.send({ command: 'getdata', payload: { items } });
  assert.deepEqual((await connection.next('notfound'))?.payload.items, items);

  const getaddr = { command: 'getaddr', payload: {} } as const;
  connection.send(getaddr, getaddr, pingOf(5n));
  let pong = await connection.next('pong');
  while (pong?.payload.nonce !== 5n) pong = await connection.next('pong');
  const told = connection.received.flatMap(({ command: name, payload }) =>
    name === 'addr' ? [payload.addresses.length] : [],
  );
  // Its own, where it listens, and once a part of its book.
  assert.deepEqual(told, [1, 23]);
});

test('headlight serve, as a program, gives bitcoind its headers', options, async (t) => {
  const datadir = temporaryFolder(t);
  const source = await started(t, Bitcoind, 2_500);
  const { hash } = await source.tip();
  const store = ['--network', 'regtest', '--datadir', datadir, '--json'];
  assert.equal((await command('sync', ...store, '--connect', source.address)).code, 0);
  await source.stop();

  const serving = new RunningCommand(['serve', ...store, '--no-dial', '--listen', '127.0.0.1:0']);
  t.after(() => serving.child.kill('SIGKILL'));
  const { address } = await serving.event(({ event }) => event === 'listening');
  const node = await Bitcoind.start({ peers: [String(address)], logsMessages: true });
  t.after(() => node.dispose());
  await eventually('bitcoind has the headers', async () => (await headerTip(node)).hash === hash);
  serving.child.kill('SIGINT');
  assert.equal((await serving.result).code, 130);
});

/** A headlight that has its headers of one bitcoind and gives them to another, which has them too by now. */
async function between(t: TestContext): Promise<{ source: RegtestNode; server: Follower; node: Bitcoind }> {
  const source = await started(t, Bitcoind, 300);
  const server = await Follower.start(t, { ...optionsFor(source), listen: '127.0.0.1:0' });
  await server.event('synced');
  const node = await called(t, server);
  await eventually('bitcoind has the headers', async () => (await headerTip(node)).height === 300);
  return { source, server, node };
}

/** A bitcoind that calls headlight. */
async function called(t: TestContext, { client }: Follower, extraArgs: string[] = []): Promise<Bitcoind> {
  const peers = client.listening === undefined ? [] : [endpointText(client.listening)];
  const node = await Bitcoind.start({ peers, logsMessages: true, extraArgs });
  t.after(() => node.dispose());
  return node;
}

/** Options of a headlight that calls another. */
function caller({ client }: Follower, ...others: string[]): LightClientOptions {
  const peer = client.listening === undefined ? '' : endpointText(client.listening);
  return { network: 'regtest', connect: [peer, ...others] };
}

/** Whether a node that called headlight is connected still, and neither of them thinks ill of the other. */
async function assertContent(node: Bitcoind, server: Follower): Promise<void> {
  const [peer, ...others] = await node.rpc<{ id: number; subver: string }[]>('getpeerinfo');
  assert.deepEqual(others, []);
  assert.ok(peer !== undefined);
  assert.match(peer.subver, /^\/headlight:/);
  const aboutUs = node.log().filter((line) => new RegExp(`\\bpeer=${peer.id}\\b`).test(line));
  assert.ok(aboutUs.length > 10, 'its log tells of us');
  assert.deepEqual(
    aboutUs.filter((line) => COMPLAINT.test(line)),
    [],
  );
  assert.deepEqual(disconnects(server), []);
}

/** Why peers were lost. Each call of a bitcoind begins with one that is encrypted (BIP 324), which we do not speak. */
function disconnects({ events }: Follower): (ClientEvent & { event: 'peer-disconnected' })[] {
  return events.filter(
    (event) => event.event === 'peer-disconnected' && event.reason !== 'wrong-magic',
  ) as never;
}
