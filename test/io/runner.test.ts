import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { sha256d } from '../../src/bytes/hash.ts';
import { toHex } from '../../src/bytes/hex.ts';
import type { AddressResolver } from '../../src/io/dns.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { HeadersChain } from '../support/headers-chain.ts';
import { headersOf } from '../support/messages.ts';
import { lastOf, mine } from '../support/mine.ts';
import { benchFor, heightOf, watchCommits } from '../support/runner-bench.ts';
import { answer, honestly, WireConnection, WirePeer } from '../support/wire-peer.ts';

const HEADERS = mine(4_500);
/** More than may wait for the disk. */
const LONG = new HeadersChain(mine(130_000));

test('what is reported was on disk before', async (t) => {
  const chain = new HeadersChain(HEADERS);
  const more = mine(3, { parent: lastOf(HEADERS), salt: 1 });
  const peer = await WirePeer.listen(t, async (connection) => {
    await connection.shakeHands({ startHeight: chain.height });
    void answer(connection, chain);
    await connection.next('sendheaders');
    connection.send(headersOf(more));
  });
  const bench = await benchFor(t, { connect: [{ host: '127.0.0.1', port: peer.port }], follow: true });
  watchCommits(bench.store);
  bench.runner.start();
  while (bench.events.filter(([event]) => event === 'block').length < 3) await sleep(2);
  const told = bench.events.filter(([event]) => event !== 'progress');
  assert.deepEqual(told, [
    ['peer-connected', 0],
    ['synced', 4_500],
    ['block', 4_503],
    ['block', 4_503],
    ['block', 4_503],
  ]);
  assert.equal((await bench.store.tip())?.height, 4_503);
});

test('a disk that refuses ends the work, with its error and without the news that is not safe', async (t) => {
  for (const writesLeft of [0, 1, 2]) {
    const peer = await WirePeer.listen(t, honestly(new HeadersChain(HEADERS)));
    const bench = await benchFor(t, { connect: [{ host: '127.0.0.1', port: peer.port }] });
    watchCommits(bench.store);
    bench.database.writesLeft = writesLeft;
    bench.runner.start();
    const failure = await bench.finished;
    assert.ok(failure instanceof StoreError && failure.code === 'store-write-failed', inspect(failure));
    assert.ok(!bench.events.some(([event]) => event === 'synced'));
    assert.equal(bench.runner.storeError, failure);
    await peer.connections[0]?.ended();
    const height = heightOf(bench.store);
    assert.equal((await bench.store.tip())?.height, height);
    assert.ok(height < 4_500);
  }
});

test('a disk that refuses only once the last header has come is not passed over', async (t) => {
  const peer = await WirePeer.listen(t, honestly(new HeadersChain(HEADERS)));
  const bench = await benchFor(t, { connect: [{ host: '127.0.0.1', port: peer.port }] });
  bench.database.hold();
  bench.database.writesLeft = 1;
  bench.runner.start();
  // The first commit waits at the disk while the node takes in everything and is done.
  while (bench.tree.tip.height < 4_500) await sleep(2);
  bench.database.letGo();
  const failure = await bench.finished;
  assert.ok(failure instanceof StoreError, inspect(failure));
  assert.ok(!bench.events.some(([event]) => event === 'synced'));
});

test('a disk that refuses while everything is being stopped is told of', async (t) => {
  const peer = await WirePeer.listen(t, honestly(new HeadersChain(HEADERS)));
  const bench = await benchFor(t, { connect: [{ host: '127.0.0.1', port: peer.port }], follow: true });
  bench.database.hold();
  bench.database.writesLeft = 0;
  bench.runner.start();
  while (bench.tree.tip.height < 4_500) await sleep(2);
  const stopped = bench.runner.stop();
  bench.database.letGo();
  await stopped;
  assert.ok(bench.runner.storeError instanceof StoreError);
});

test('stopping waits until all that was received is on disk', async (t) => {
  const peer = await WirePeer.listen(t, honestly(new HeadersChain(HEADERS)));
  const bench = await benchFor(t, { connect: [{ host: '127.0.0.1', port: peer.port }], follow: true });
  bench.database.hold();
  bench.runner.start();
  while (bench.tree.tip.height < 4_500) await sleep(2);
  const stopped = bench.runner.stop();
  await sleep(20);
  assert.equal((await bench.store.tip())?.height, 0);
  bench.database.letGo();
  await stopped;
  assert.equal((await bench.store.tip())?.height, 4_500);
  assert.equal(toHex(await bench.store.read(1, 4_500)), toHex(HEADERS));
  assert.equal(bench.runner.storeError, undefined);
});

test('while the disk is far behind nothing is read from peers, and then it goes on', async (t) => {
  const peer = await WirePeer.listen(t, honestly(LONG));
  const options = { connect: [{ host: '127.0.0.1', port: peer.port }], headersTimeoutMs: 30_000 };
  const bench = await benchFor(t, options);
  bench.database.hold();
  bench.runner.start();
  let height = -1;
  while (bench.tree.tip.height !== height) {
    height = bench.tree.tip.height;
    await sleep(400);
  }
  // Eight megabytes are 104,858 headers; one more message may have been on its way.
  assert.ok(height > 100_000 && height <= 110_000, `stopped at ${height}`);
  bench.database.letGo();
  assert.equal(await bench.finished, undefined);
  assert.equal((await bench.store.tip())?.height, 130_000);
});

test('time in which our own disk holds us up does not count against a peer, nor against the whole', async (t) => {
  const peer = await WirePeer.listen(t, honestly(LONG));
  const bench = await benchFor(t, {
    connect: [{ host: '127.0.0.1', port: peer.port }],
    headersTimeoutMs: 1_000,
    pingIntervalMs: 700,
    silenceTimeoutMs: 1_000,
    progressTimeoutMs: 1_000,
  });
  bench.database.hold();
  bench.runner.start();
  while (bench.tree.tip.height < 100_000) await sleep(2);
  await sleep(2_500);
  bench.database.letGo();
  assert.equal(await bench.finished, undefined);
  assert.ok(!bench.events.some(([event]) => event === 'peer-disconnected'));
  assert.equal((await bench.store.tip())?.height, 130_000);
});

test('a peer is served what is on disk by then, not what the disk had when it asked', async (t) => {
  const more = mine(3, { parent: lastOf(HEADERS), salt: 1 });
  const peer = await WirePeer.listen(t, async (connection) => {
    await connection.shakeHands({ startHeight: 4_500 });
    await answer(connection, new HeadersChain(HEADERS));
  });
  const bench = await benchFor(t, { connect: [{ host: '127.0.0.1', port: peer.port }], follow: true });
  bench.runner.start();
  while (!bench.events.some(([event]) => event === 'synced')) await sleep(2);
  const connection = peer.connections[0] as WireConnection;
  bench.database.hold();
  connection.send(headersOf(more));
  while (bench.tree.tip.height < 4_503) await sleep(2);
  const locator = [sha256d(lastOf(HEADERS))];
  connection.send({ command: 'getheaders', payload: { version: 70016, locator, stop: new Uint8Array(32) } });
  await sleep(50);
  bench.database.letGo();
  assert.deepEqual(await connection.next('headers'), headersOf(more));
});

test("stopping cancels what DNS seeds are asked, and the answer is nobody's business", async (t) => {
  let openCount = 0;
  const newResolver = (): AddressResolver => {
    const ends: ((error: Error) => void)[] = [];
    const never = (): Promise<string[]> => {
      openCount++;
      return new Promise((_, reject) => ends.push(reject));
    };
    const cancel = (): void => {
      for (const end of ends) end(new Error('cancelled'));
      openCount -= ends.length;
    };
    return { resolve4: never, resolve6: never, cancel };
  };
  const network = { ...regtest, dnsSeeds: ['one.example', 'two.example'] };
  const options = { network, usesDnsSeeds: true, follow: true };
  const bench = await benchFor(t, options, { newResolver });
  bench.runner.start();
  assert.equal(openCount, 4);
  await bench.runner.stop();
  assert.equal(openCount, 0);
  await sleep(1);
  assert.deepEqual(bench.events, []);
});

test('a call that comes while everything is being stopped is turned away', async (t) => {
  const bench = await benchFor(t, { isDialling: false, follow: true });
  await bench.runner.stop();
  const { port } = await bench.runner.listen({ host: '127.0.0.1', port: 0 });
  const caller = new WireConnection(connect({ host: '127.0.0.1', port }));
  await caller.ended();
  assert.deepEqual(caller.received, []);
});

test('an address that somebody listens on already is refused', async (t) => {
  const options = { isDialling: false, follow: true };
  const [one, other] = [await benchFor(t, options), await benchFor(t, options)];
  const { host, port } = await one.runner.listen({ host: '127.0.0.1', port: 0 });
  assert.ok(port > 0);
  await assert.rejects(other.runner.listen({ host, port }), { code: 'EADDRINUSE' });
});
