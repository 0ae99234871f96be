/** A client whose store begins at an anchor, against a peer that has the whole chain. */

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { HeaderChain } from '../src/header-chain.ts';
import { importHeaders } from '../src/import-headers.ts';
import { LightClient } from '../src/light-client.ts';
import type { LightClientOptions } from '../src/light-client-options.ts';
import { mainnet } from '../src/networks/mainnet.ts';
import { verifyChain } from '../src/verify-chain.ts';
import { NOW_SECONDS } from './support/chains.ts';
import { readFixture } from './support/repository.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const REAL = readFixture('headers', 'mainnet-0-32261.headers');

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** A peer on loopback with the headers up to a height. */
async function peerWith(t: TestContext, height: number): Promise<string> {
  const chain = await HeaderChain.open({ network: mainnet, datadir: undefined, create: true });
  await importHeaders(chain, pieces(REAL.subarray(0, 80 * (height + 1))), NOW_SECONDS);
  const server = new LightClient({ chain, dial: false, listen: '127.0.0.1:0' });
  t.after(() => server.stop());
  await server.start();
  return `127.0.0.1:${server.listening?.port}`;
}

function newClient(t: TestContext, options: LightClientOptions): LightClient {
  const client = new LightClient({ follow: false, minChainwork: 0n, ...options });
  t.after(() => client.stop());
  return client;
}

for (const start of [2_015, 20_000, 30_239]) {
  test(`a client that starts at ${start} comes to the tip, with the chainwork of the whole chain`, async (t) => {
    const datadir = temporaryFolder(t);
    const client = newClient(t, { datadir, start, connect: [await peerWith(t, 32_260)] });
    await client.start();
    const tip = await client.synced();
    assert.deepEqual(tip, {
      height: 32_260,
      hash: '0000000007bfbe7ec5510ccf80c5a291bf8fc603dd79f5d6a69fae6039f8a35e',
      chainwork: '00000000000000000000000000000000000000000000000000007e066822ed1a',
    });
    await client.ended();
    const chain = await HeaderChain.open({ network: mainnet, datadir, create: false });
    assert.equal(chain.startHeight, start === 20_000 ? 18_143 : start);
    assert.equal((await verifyChain(chain)).fault, undefined);
    await chain.close();
  });
}

test('one that has synced goes on from where it was, and answers others from its anchor on', async (t) => {
  const datadir = temporaryFolder(t);
  const first = newClient(t, { datadir, start: 30_239, connect: [await peerWith(t, 31_000)] });
  await first.start();
  assert.equal((await first.synced()).height, 31_000);
  await first.ended();
  const second = newClient(t, {
    datadir,
    follow: true,
    listen: '127.0.0.1:0',
    connect: [await peerWith(t, 32_260)],
  });
  await second.start();
  assert.equal((await second.synced()).height, 32_260);
  // Whoever began at the same place, or above it, can have the rest from there.
  const address = `127.0.0.1:${second.listening?.port}`;
  const third = newClient(t, { start: 30_239, connect: [address] });
  await third.start();
  assert.equal((await third.synced()).height, 32_260);
});

test('a peer whose chain ends below the anchor is no use, and is not believed', async (t) => {
  const client = newClient(t, {
    start: 30_239,
    connect: [await peerWith(t, 20_000)],
    timeoutSeconds: 5,
  });
  await client.start();
  await assert.rejects(client.synced(), { name: 'ClientError' });
  assert.equal(client.tip?.height, 30_239);
});
