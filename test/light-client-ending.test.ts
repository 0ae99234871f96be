/** How a client ends when something goes wrong, or when it is asked to in the middle of something. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HeaderChain } from '../src/header-chain.ts';
import { LightClient } from '../src/light-client.ts';
import { regtest } from '../src/networks/regtest.ts';
import { Outcome } from '../src/outcome.ts';
import { chainOf, hashOf, openChain } from './support/chains.ts';
import { HeadersChain } from './support/headers-chain.ts';
import { headersOf } from './support/messages.ts';
import { headerAt, mine } from './support/mine.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { honestly, WirePeer } from './support/wire-peer.ts';

const HEADERS = mine(100);

test('a listener that stops the client when it hears of an error does not hide the error', async (t) => {
  const datadir = temporaryFolder(t);
  const client = new LightClient({ network: regtest, datadir, follow: false, dnsSeeds: false });
  const stopping = new Promise<void>((resolve) => {
    client.onEvent(({ event }) => {
      if (event === 'error') resolve(client.stop());
    });
  });
  const ended = assert.rejects(client.ended(), { code: 'no-peer' });
  await client.start();
  await stopping;
  // Nobody has it open any more.
  await (await openChain(datadir)).close();
  await ended;
});

async function unclosable(): Promise<HeaderChain> {
  const chain = await openChain();
  chain.store.close = () => Promise.reject(new Error('stuck'));
  return chain;
}

test('a store that cannot be closed is the error that the client ends with', async () => {
  const wanted = { name: 'ClientError', message: 'stuck' };
  for (const moment of ['never started', 'following'] as const) {
    const client = new LightClient({ chain: await unclosable(), dial: false });
    const told: string[] = [];
    client.onEvent(({ event }) => told.push(event));
    if (moment === 'following') await client.start();
    await client.stop();
    await assert.rejects(client.ended(), wanted);
    await assert.rejects(client.synced(), wanted);
    assert.deepEqual(told, ['error']);
  }
});

test('a store that cannot be closed after something else failed does not hide what failed', async () => {
  const client = new LightClient({ chain: await unclosable(), follow: false, dnsSeeds: false });
  await client.start();
  await assert.rejects(client.ended(), { code: 'no-peer' });
  await assert.rejects(client.synced(), { code: 'no-peer' });
});

test('a header that is asked for in the middle of a change of branch waits for the disk', async (t) => {
  const branch = mine(3, { parent: headerAt(HEADERS, 98), salt: 1 });
  const peer = await WirePeer.listen(t, honestly(new HeadersChain(HEADERS)));
  const chain = await chainOf(HEADERS);
  const client = await followingClient(t, chain, peer);
  const gate = new Outcome<void>();
  const commit = chain.store.commit.bind(chain.store);
  chain.store.commit = async (change) => {
    await gate.promise();
    await commit(change);
  };
  peer.connections[0]?.send(headersOf(branch));
  while (client.tip?.height !== 102) await sleep(1);
  const hashes = [0, 1, 2].map((index) => hashOf(headerAt(branch, index)));
  const old = hashOf(headerAt(HEADERS, 99));
  const asked = Promise.all([client.header(100), client.header(hashes[2] as string), client.header(old)]);
  // Far longer than a look at the store may be repeated.
  await sleep(1_500);
  gate.resolve();
  const [byHeight, byHash, byOldHash] = await asked;
  assert.deepEqual([byHeight?.hash, byHeight?.confirmations], [hashes[0], 3]);
  assert.deepEqual([byHash?.height, byHash?.confirmations], [102, 1]);
  assert.deepEqual([byOldHash?.height, byOldHash?.confirmations], [100, -1]);
});

async function followingClient(t: TestContext, chain: HeaderChain, peer: WirePeer): Promise<LightClient> {
  const client = new LightClient({ network: regtest, chain, connect: [peer.address] });
  t.after(() => client.stop());
  await client.start();
  await client.synced();
  return client;
}
