import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { toHex } from '../../src/bytes/hex.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { systemClock } from '../../src/io/clock.ts';
import { systemRandom } from '../../src/io/random.ts';
import { Runner } from '../../src/io/runner.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { Outcome } from '../../src/outcome.ts';
import type { NodeEvent } from '../../src/protocol/events.ts';
import { LightNode, type LightNodeOptions, type NodeFailure } from '../../src/protocol/light-node.ts';
import { HeaderStore } from '../../src/store/header-store.ts';
import type { BatchOperation } from '../../src/store/key-value.ts';
import { MemoryKeyValue } from '../../src/store/memory.ts';
import { restore } from '../../src/store/restore.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { HeadersChain } from '../support/headers-chain.ts';
import { blockInv, headersOf } from '../support/messages.ts';
import { lastOf, mine } from '../support/mine.ts';
import { answer, honestly, WireConnection, WirePeer } from '../support/wire-peer.ts';

const HEADERS = mine(4_500);

/** A database that takes its time, or refuses, when the test says so. */
class FickleKeyValue extends MemoryKeyValue {
  /** Batches that are still to be written before all others are refused. */
  writesLeft = Number.POSITIVE_INFINITY;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  hold(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  letGo(): void {
    this.#open();
  }

  override async write(batch: BatchOperation[]): Promise<void> {
    await this.#gate;
    if (--this.writesLeft < 0) throw new StoreError('store-write-failed', 'no room');
    await super.write(batch);
  }
}

interface Bench {
  readonly runner: Runner;
  readonly database: FickleKeyValue;
  readonly store: HeaderStore;
  readonly tree: HeaderTree;
  /** Each with the height that the disk had when it was told. */
  readonly events: (readonly [NodeEvent['event'], number])[];
  readonly finished: Promise<NodeFailure | Error | undefined>;
}

async function benchFor(t: TestContext, options: Partial<LightNodeOptions> = {}): Promise<Bench> {
  const database = new FickleKeyValue();
  const store = await HeaderStore.open(database, regtest.name);
  const tree = new HeaderTree(regtest);
  await restore(store, tree);
  const nodeOptions: LightNodeOptions = {
    network: regtest,
    userAgent: '/test/',
    connect: [],
    addPeers: [],
    usesDnsSeeds: false,
    isDialling: true,
    follow: false,
    minChainwork: 0n,
    progressTimeoutMs: 20_000,
    ...options,
  };
  const events: Bench['events'][number][] = [];
  const finished = new Outcome<NodeFailure | Error | undefined>();
  const runner = new Runner({
    node: new LightNode(tree, nodeOptions, systemRandom),
    store,
    magic: regtest.magic,
    clock: systemClock,
    // Reading back at that moment tells what is safe: the store reads no further than it has committed.
    onEvent: (event) => {
      events.push([event.event, heightOf(store)]);
    },
    onFinish: (failure) => finished.resolve(failure),
  });
  t.after(() => {
    database.letGo();
    return runner.stop();
  });
  return { runner, database, store, tree, events, finished: finished.promise() };
}

const lastCommitted = new WeakMap<HeaderStore, number>();

/** Notes each commit of a store that is done. */
function watchCommits(store: HeaderStore): void {
  const commit = store.commit.bind(store);
  store.commit = async (change) => {
    await commit(change);
    lastCommitted.set(store, change.tip.height);
  };
}

function heightOf(store: HeaderStore): number {
  return lastCommitted.get(store) ?? 0;
}

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
  const chain = new HeadersChain(mine(130_000));
  const peer = await WirePeer.listen(t, honestly(chain));
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

test('callers beyond the thirty-second are turned away, and there is room again when one has left', async (t) => {
  const bench = await benchFor(t, { isDialling: false, follow: true });
  const { port } = await bench.runner.listen({ host: '127.0.0.1', port: 0 });
  const callers = Array.from({ length: 32 }, () => new WireConnection(connect({ host: '127.0.0.1', port })));
  t.after(() => callers.forEach(({ socket }) => socket.destroy()));
  await Promise.all(callers.map((caller) => caller.callAndShakeHands()));
  const late = new WireConnection(connect({ host: '127.0.0.1', port }));
  await late.ended();
  callers[0]?.socket.end();
  await callers[0]?.ended();
  await sleep(20);
  const later = new WireConnection(connect({ host: '127.0.0.1', port }));
  await later.callAndShakeHands();
  later.send(blockInv(new Uint8Array(32)));
  later.send({ command: 'ping', payload: { nonce: 3n } });
  assert.deepEqual((await later.next('pong'))?.payload, { nonce: 3n });
  later.socket.destroy();
});

test('an address that somebody listens on already is refused', async (t) => {
  const [one, other] = [await benchFor(t), await benchFor(t)];
  const { host, port } = await one.runner.listen({ host: '127.0.0.1', port: 0 });
  assert.ok(port > 0);
  await assert.rejects(other.runner.listen({ host, port }), { code: 'EADDRINUSE' });
});
