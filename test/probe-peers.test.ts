import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LightClient } from '../src/light-client.ts';
import { regtest } from '../src/networks/regtest.ts';
import { type ProbeOptions, probePeers, type ProbeResult, type ProbeStart } from '../src/probe-peers.ts';
import { readPeers } from '../src/read-peers.ts';
import { saveBook } from './support/peer-books.ts';
import { answering, OTHERS } from './support/probed-peer.ts';
import { SocksServer } from './support/socks-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { WirePeer } from './support/wire-peer.ts';

/** Nobody listens there. */
const DEAD = '127.0.0.1:1';

async function probed(
  options: Omit<ProbeOptions, 'network'>,
): Promise<{ start: ProbeStart; results: ProbeResult[] }> {
  let start: ProbeStart | undefined;
  const results: ProbeResult[] = [];
  const onStart = (begun: ProbeStart): void => {
    start = begun;
  };
  for await (const result of probePeers({ network: regtest, timeoutSeconds: 1, onStart, ...options }))
    results.push(result);
  assert.ok(start !== undefined);
  return { start, results };
}

function endpointOf({ port }: WirePeer): { host: string; port: number } {
  return { host: '127.0.0.1', port };
}

test('each address is called once, and what became of it is told', async (t) => {
  const peer = await WirePeer.listen(t, answering());
  const silent = await WirePeer.listen(t);
  const addresses = [peer.address, DEAD, silent.address];
  const { start, results } = await probed({ addresses });
  assert.deepEqual(start, { addressCount: 3, notSaved: 'no folder is named' });
  const of = (address: string): ProbeResult | undefined =>
    results.find((result) => result.address === address);
  assert.equal(results.length, 3);
  const alive = of(peer.address);
  assert.ok(typeof alive?.latencyMs === 'number' && alive.latencyMs < 1_000);
  assert.deepEqual(alive, {
    address: peer.address,
    hostNetwork: 'ipv4',
    isAlive: true,
    version: 70_016,
    services: ['NETWORK', 'WITNESS'],
    latencyMs: alive.latencyMs,
    height: 12,
    userAgent: '/a?/',
    reason: null,
    detail: '',
  });
  assert.deepEqual([of(DEAD)?.isAlive, of(DEAD)?.reason, of(DEAD)?.version], [false, 'connect-failed', null]);
  assert.equal(of(silent.address)?.reason, 'handshake-timeout');
  assert.deepEqual([peer.connections.length, silent.connections.length], [1, 1]);
});

test('all known addresses are called, and what is learnt of them and from them is kept', async (t) => {
  const datadir = temporaryFolder(t);
  const peer = await WirePeer.listen(t, answering(OTHERS));
  await saveBook(datadir, [
    { endpoint: endpointOf(peer), services: 1n },
    { endpoint: { host: '127.0.0.1', port: 1 } },
  ]);
  const { start, results } = await probed({ datadir });
  assert.deepEqual(start, { addressCount: 2, notSaved: undefined });
  assert.equal(results.filter(({ isAlive }) => isAlive).length, 1);
  const { known } = await readPeers({ network: regtest, datadir });
  const of = (address: string) => known.find((entry) => entry.address === address);
  assert.deepEqual(
    [of(peer.address)?.isTried, of(peer.address)?.failures, of(peer.address)?.services],
    [true, 0, ['NETWORK', 'WITNESS']],
  );
  assert.deepEqual([of(DEAD)?.isTried, of(DEAD)?.failures], [false, 1]);
  assert.deepEqual([of('10.9.9.9:18444')?.isTried, of('10.9.9.8:18444')?.lastTry], [false, null]);
});

test('when nobody answers it may be our own line: no address is blamed', async (t) => {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, [{ endpoint: { host: '127.0.0.1', port: 1 } }]);
  await probed({ datadir });
  const [known] = (await readPeers({ network: regtest, datadir })).known;
  assert.deepEqual([known?.failures, known?.lastTry], [0, null]);
});

test('while a client runs its addresses are called, and nothing is kept', async (t) => {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, [{ endpoint: { host: '127.0.0.1', port: 1 } }]);
  const client = new LightClient({ network: regtest, datadir, dial: false });
  t.after(() => client.stop());
  await client.start();
  const { start, results } = await probed({ datadir });
  assert.equal(start.addressCount, 1);
  assert.match(start.notSaved ?? '', new RegExp(`running there \\(process ${process.pid}\\)`));
  assert.deepEqual(
    results.map(({ address }) => address),
    [DEAD],
  );
});

test('a folder without a book is left without one', async (t) => {
  const datadir = join(temporaryFolder(t), 'none');
  assert.deepEqual(await probed({ datadir }), {
    start: { addressCount: 0, notSaved: undefined },
    results: [],
  });
  assert.throws(() => readdirSync(datadir), { code: 'ENOENT' });
});

test('only networks that can be reached are called, unless an address is named', async (t) => {
  const datadir = temporaryFolder(t);
  const onion = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';
  await saveBook(datadir, [
    { endpoint: { host: '127.0.0.1', port: 1 } },
    { endpoint: { host: onion, port: 5 } },
  ]);
  assert.deepEqual(
    (await probed({ datadir })).results.map(({ hostNetwork }) => hostNetwork),
    ['ipv4'],
  );
  const proxy = await SocksServer.listen(t, { answer: () => ({ refusal: 5 }) });
  const throughProxy = await probed({
    datadir,
    proxy: `127.0.0.1:${proxy.endpoint.port}`,
    onlyNet: ['onion'],
  });
  assert.deepEqual(
    throughProxy.results.map(({ address, reason }) => [address, reason]),
    [[`${onion}:5`, 'connect-failed']],
  );
  assert.deepEqual(
    proxy.requests.map(({ host }) => host),
    [onion],
  );
  assert.throws(() => probePeers({ network: regtest, addresses: [onion] }), { name: 'TypeError' });
});

test('no more calls are under way than were allowed', async (t) => {
  const silent = await Promise.all(Array.from({ length: 6 }, () => WirePeer.listen(t)));
  const startMs = performance.now();
  const addresses = silent.map(({ address }) => address);
  const { results } = await probed({ addresses, parallel: 2, timeoutSeconds: 0.2 });
  assert.ok(results.every(({ reason }) => reason === 'handshake-timeout'));
  assert.ok(performance.now() - startMs > 550, 'three times as long as with all at once');
});

test('options that make no sense are refused at once', () => {
  for (const parallel of [0, 1.5, 1_001, Number.NaN])
    assert.throws(() => probePeers({ network: regtest, parallel }), /^RangeError: parallel is /);
  assert.throws(
    () => probePeers({ network: regtest, timeoutSeconds: 0 }),
    /^RangeError: timeoutSeconds is 0/,
  );
  assert.throws(() => probePeers({ network: regtest, addresses: ['a b'] }), TypeError);
  assert.throws(() => probePeers({ network: regtest, onlyNet: ['i2p'] }), TypeError);
});

async function stoppable(t: TestContext): Promise<{ datadir: string; peer: WirePeer; silent: WirePeer }> {
  const datadir = temporaryFolder(t);
  const peer = await WirePeer.listen(t, answering(OTHERS));
  const silent = await WirePeer.listen(t);
  await saveBook(
    datadir,
    [peer, silent].map((one) => ({ endpoint: endpointOf(one) })),
  );
  return { datadir, peer, silent };
}

test('a signal ends the calls; what was learnt until then is kept', async (t) => {
  const { datadir, peer, silent } = await stoppable(t);
  const stop = new AbortController();
  const results: ProbeResult[] = [];
  for await (const result of probePeers({
    network: regtest,
    datadir,
    timeoutSeconds: 60,
    signal: stop.signal,
  })) {
    results.push(result);
    stop.abort();
  }
  assert.deepEqual(
    results.map(({ address }) => address),
    [peer.address],
  );
  await silent.connections[0]?.ended();
  const { known } = await readPeers({ network: regtest, datadir });
  assert.deepEqual(
    known.filter(({ isTried }) => isTried).map(({ address }) => address),
    [peer.address],
  );
  const aborted = await probed({ datadir, signal: stop.signal });
  assert.deepEqual(aborted.results, []);
});

test('a reader that leaves ends the calls, too, and the book is closed', async (t) => {
  const { datadir, peer, silent } = await stoppable(t);
  for await (const { address } of probePeers({ network: regtest, datadir, timeoutSeconds: 60 })) {
    assert.equal(address, peer.address);
    break;
  }
  await silent.connections[0]?.ended();
  const { known } = await readPeers({ network: regtest, datadir });
  assert.equal(known.length, 2 + OTHERS.length);
});

test('a thousand dead addresses are gone through with no more sockets than allowed, and in bounded time', async () => {
  const addresses = Array.from({ length: 1_000 }, (_, i) => `127.9.${i >> 8}.${i & 255}:1`);
  const parallel = 20;
  const before = openSockets();
  let mostAtOnce = 0;
  let count = 0;
  for await (const { isAlive } of probePeers({ network: regtest, addresses, parallel, timeoutSeconds: 1 })) {
    assert.equal(isAlive, false);
    count++;
    mostAtOnce = Math.max(mostAtOnce, openSockets() - before);
  }
  assert.equal(count, 1_000);
  // While those that refused are closed, the next ones are opened.
  assert.ok(mostAtOnce <= 2 * parallel, `${mostAtOnce} sockets at once`);
  while (openSockets() > before) await sleep(1);
});

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
