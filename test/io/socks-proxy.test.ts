/** Connections through a SOCKS5 proxy on loopback: good ones, refusing ones, and bad ones. */

import assert from 'node:assert/strict';
import dns from 'node:dns';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { regtest } from '../../src/networks/regtest.ts';
import type { Endpoint } from '../../src/protocol/peer.ts';
import { encodeFrame } from '../../src/transport/v1.ts';
import { deafPort, SKIP_DEAF_PORT } from '../support/deaf-port.ts';
import { Dialled } from '../support/dialled.ts';
import { headersOf, pingOf } from '../support/messages.ts';
import { mine } from '../support/mine.ts';
import { freePort } from '../support/nodes/free-port.ts';
import { replyWith, SocksServer } from '../support/socks-server.ts';
import { WirePeer } from '../support/wire-peer.ts';

const PEER: Endpoint = { host: '192.0.2.1', port: 8333 };
const ONION = `${'a'.repeat(56)}.onion`;
/** Messages of 32 bytes that are more than one reading takes. */
const MANY = 6_000;
/** Runs of the test with random answers. */
const RUNS = 150;

test('messages go both ways through a proxy, in order, and the talk with the proxy is not counted', async (t) => {
  const long = headersOf(mine(2_000));
  const peer = await WirePeer.listen(t, async (connection) => {
    await connection.next('ping');
    connection.send(long, { command: 'verack', payload: {} });
  });
  const proxy = await SocksServer.listen(t, { answer: () => ({ port: peer.port }) });
  const dialled = dial(t, proxy);
  await dialled.connected;
  dialled.connection.send(pingOf(5n));
  await until(() => dialled.received.length === 2);
  assert.deepEqual(dialled.told, ['connected', 'headers', 'verack']);
  assert.deepEqual(dialled.received[0], long);
  assert.equal(dialled.connection.bytesIn, 162_027 + 24);
  assert.equal(dialled.connection.bytesOut, 32);
});

test('a peer is asked for as what it is, and no name is looked up here', async (t) => {
  const peer = await WirePeer.listen(t);
  const proxy = await SocksServer.listen(t, { answer: () => ({ port: peer.port }) });
  const lookup = t.mock.method(dns, 'lookup');
  const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
  const asked = [
    ['192.0.2.1', 'ipv4', '192.0.2.1'],
    ['2001:db8::ff01', 'ipv6', '2001:0db8:0000:0000:0000:0000:0000:ff01'],
    ['fc00::1', 'ipv6', 'fc00:0000:0000:0000:0000:0000:0000:0001'],
    [ONION, 'name', ONION],
    [`${'a'.repeat(52)}.b32.i2p`, 'name', `${'a'.repeat(52)}.b32.i2p`],
    ['node.example', 'name', 'node.example'],
    ['bücher.example', 'name', 'xn--bcher-kva.example'],
    [long, 'name', long],
  ] as const;
  for (const [host] of asked) await dial(t, proxy, { host, port: 48_333 }).connected;
  assert.deepEqual(
    proxy.requests.map(({ kind, host, port }) => [kind, host, port]),
    asked.map(([, kind, host]) => [kind, host, 48_333]),
  );
  assert.equal(lookup.mock.callCount(), 0);
});

test('a name that no proxy could take cannot be called', async (t) => {
  const proxy = await SocksServer.listen(t);
  for (const host of ['', 'two words.example', `${'a.'.repeat(127)}ab`]) {
    assert.equal((await dial(t, proxy, { host, port: 1 }).lost).reason, 'connect-failed');
  }
  assert.deepEqual(proxy.requests, []);
});

/** What a connection is put through while its peer's first bytes come together with the proxy's answer. */
const HOLDING: Readonly<Record<string, (dialled: Dialled) => Promise<void>>> = {
  'and right after it': () => Promise.resolve(),
  'when it is held meanwhile': async (dialled) => {
    dialled.connection.hold();
    await dialled.connected;
    await sleep(30);
    assert.deepEqual(dialled.told, ['connected']);
    dialled.connection.release();
  },
  'when it was held until then': async (dialled) => {
    dialled.connection.hold();
    await dialled.connected;
    dialled.connection.release();
  },
};

for (const [name, treat] of Object.entries(HOLDING)) {
  test(`nothing is lost or mixed up of what comes with the proxy's answer, ${name}`, async (t) => {
    const pings = Array.from({ length: MANY }, (_, i) => encodeFrame(regtest.magic, 'ping', nonce(i)));
    const proxy = await SocksServer.listen(t, {
      instead: (client) => {
        // More than is read at a time, in one piece with the answer.
        const steps = [Uint8Array.of(5, 0), Buffer.concat([replyWith(0), ...pings])];
        client.on('data', () => {
          const bytes = steps.shift() ?? new Uint8Array(0);
          if (steps.length === 0) client.end(bytes);
          else client.write(bytes);
        });
      },
    });
    const dialled = dial(t, proxy);
    await treat(dialled);
    await dialled.lost;
    assert.deepEqual(dialled.told, ['connected', ...pings.map(() => 'ping'), 'connection-lost']);
    const nonces = dialled.received.map(({ payload }) => (payload as { nonce: bigint }).nonce);
    assert.deepEqual(
      nonces,
      pings.map((_, i) => BigInt(i)),
    );
    assert.equal(dialled.connection.bytesIn, MANY * 32);
  });
}

test('a proxy is offered no password and one that is new for each connection', async (t) => {
  const peer = await WirePeer.listen(t);
  const options = { answer: () => ({ port: peer.port }) };
  const open = await SocksServer.listen(t, options);
  await dial(t, open).connected;
  assert.deepEqual(open.offers, [[0, 2]]);
  const isolating = await SocksServer.listen(t, { ...options, wants: 'password' });
  for (let i = 0; i < 3; i++) await dial(t, isolating).connected;
  const secrets = isolating.requests.flatMap(({ user, password }) => [user, password]);
  assert.equal(new Set(secrets).size, 6);
  for (const secret of secrets) assert.match(secret ?? '', /^[0-9a-f]{16}$/);
});

test('a proxy that admits only users of its own is no way to any peer', async (t) => {
  const proxy = await SocksServer.listen(t, { wants: 'password', admits: () => false });
  const { reason, detail } = await dial(t, proxy).lost;
  assert.equal(reason, 'proxy-failed');
  assert.match(detail, /authentication/i);
  await closed(proxy);
});

test('a peer that a proxy cannot reach is told from a proxy that does not work', async (t) => {
  const reasons: Record<string, string> = {};
  const details = new Set<string>();
  for (const refusal of [1, 2, 3, 4, 5, 6, 7, 8, 9, 240, 255]) {
    const proxy = await SocksServer.listen(t, { answer: () => ({ refusal }) });
    const dialled = dial(t, proxy);
    const { reason, detail } = await dialled.lost;
    reasons[refusal] = reason;
    details.add(detail);
    assert.deepEqual(dialled.told, [reason]);
    await closed(proxy);
  }
  assert.deepEqual(reasons, {
    1: 'connect-failed',
    2: 'connect-failed',
    3: 'connect-failed',
    4: 'connect-failed',
    5: 'connect-failed',
    6: 'connect-failed',
    // It makes no connections at all.
    7: 'proxy-failed',
    8: 'connect-failed',
    // Numbers of which the standard knows nothing, as Tor has some.
    9: 'connect-failed',
    240: 'connect-failed',
    255: 'connect-failed',
  });
  assert.equal(details.size, 9);
});

test('a proxy that nobody runs is told from a peer that cannot be reached', async (t) => {
  const proxy = { host: '127.0.0.1', port: await freePort() };
  const { reason, detail } = await new Dialled(t, PEER, { proxy }).lost;
  assert.equal(reason, 'proxy-failed');
  assert.match(detail, /refused/);
});

const GREETING = [5, 0];
/** What bad proxies write at once, and whether they close then. */
const BAD_PROXIES: Readonly<Record<string, { readonly writes: readonly number[]; readonly ends?: boolean }>> =
  {
    'closes at once': { writes: [], ends: true },
    'speaks HTTP': { writes: Array.from(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')) },
    'speaks SOCKS4': { writes: [4, 90] },
    'closes in the middle of its greeting': { writes: [5], ends: true },
    'accepts no way of signing in': { writes: [5, 255] },
    'wants Kerberos': { writes: [5, 1] },
    'closes after its greeting': { writes: GREETING, ends: true },
    'closes after it has asked for a password': { writes: [5, 2], ends: true },
    'goes on before the password has come': { writes: [5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0] },
    'answers in another version': { writes: [...GREETING, 4, 0, 0, 1, 0, 0, 0, 0, 0, 0] },
    'answers with an unknown kind of address': { writes: [...GREETING, 5, 0, 0, 9, 1, 2, 3, 4, 5, 6] },
    'closes in the middle of an answer': { writes: [...GREETING, 5, 0, 0, 1, 0, 0], ends: true },
    'closes in the middle of a name': { writes: [...GREETING, 5, 0, 0, 3, 255, 65, 66], ends: true },
  };

for (const [name, { writes, ends = false }] of Object.entries(BAD_PROXIES)) {
  test(`a proxy that ${name} has failed, once, and no socket is left`, async (t) => {
    const proxy = await SocksServer.listen(t, {
      instead: (client) => {
        client.resume();
        client.write(Uint8Array.from(writes));
        if (ends) client.end();
      },
    });
    const dialled = dial(t, proxy);
    assert.equal((await dialled.lost).reason, 'proxy-failed');
    await closed(proxy);
    await sleep(5);
    assert.deepEqual(dialled.told, ['proxy-failed']);
  });
}

test('a proxy that breaks off has failed', async (t) => {
  const proxy = await SocksServer.listen(t, {
    instead: (client) => client.once('data', () => client.resetAndDestroy()),
  });
  assert.equal((await dial(t, proxy).lost).reason, 'proxy-failed');
});

test('a proxy that sends bytes without end, before the connection or as the peer, ends like any rubbish', async (t) => {
  for (const [prefix, reason] of [
    [[], 'proxy-failed'],
    [[...GREETING, ...replyWith(0)], 'wrong-magic'],
  ] as const) {
    const proxy = await SocksServer.listen(t, {
      instead: (client) => {
        client.resume();
        client.write(Uint8Array.from(prefix));
        pourInto(client);
      },
    });
    assert.equal((await dial(t, proxy).lost).reason, reason);
    await closed(proxy);
  }
});

test('whatever a proxy writes ends in one value', async (t) => {
  let answer: Uint8Array = new Uint8Array(0);
  const proxy = await SocksServer.listen(t, {
    instead: (client) => {
      client.resume();
      // In two pieces, and no more.
      client.write(answer.subarray(0, answer.length >> 1));
      setImmediate(() => client.end(answer.subarray(answer.length >> 1)));
    },
  });
  const byte = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 5, 255), fc.nat(255));
  const bytes = fc.oneof(
    fc.array(byte, { maxLength: 300 }),
    fc.array(byte, { maxLength: 300 }).map((rest) => [...GREETING, ...rest]),
    fc.array(byte, { maxLength: 300 }).map((rest) => [...GREETING, 5, 0, 0, ...rest]),
    fc.array(byte, { maxLength: 300 }).map((rest) => [5, 2, 1, 0, 5, 0, 0, ...rest]),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (written) => {
      answer = Uint8Array.from(written);
      const dialled = dial(t, proxy);
      const { reason } = await dialled.lost;
      const isConnected = dialled.told[0] === 'connected';
      const possible = isConnected
        ? ['connection-lost', 'wrong-magic', 'oversized-message']
        : ['proxy-failed', 'connect-failed'];
      assert.ok(possible.includes(reason), reason);
      assert.equal(dialled.told.length, isConnected ? 2 : 1);
    }),
    { numRuns: RUNS },
  );
  await closed(proxy);
});

test('a proxy has twenty seconds for a connection, and a call can be taken back meanwhile', async (t) => {
  const proxy = await SocksServer.listen(t, { answer: () => 'silence' });
  // Time is handed on by hand; the sockets are real.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const dialled = dial(t, proxy);
  const takenBack = dial(t, proxy);
  while (proxy.requests.length < 2) await turn();
  t.mock.timers.tick(19_999);
  assert.equal(dialled.disconnect, undefined);
  takenBack.connection.close();
  t.mock.timers.tick(1);
  const { reason, detail } = await dialled.lost;
  assert.equal(reason, 'connect-timeout');
  assert.match(detail, /20 s/);
  assert.deepEqual(takenBack.told, []);
  t.mock.timers.reset();
  await closed(proxy);
});

test('a call that is taken back at any moment leaves no socket', async (t) => {
  const peer = await WirePeer.listen(t);
  const proxy = await SocksServer.listen(t, { answer: () => ({ port: peer.port }) });
  let connectedCount = 0;
  for (let turns = 0; turns < 40; turns++) {
    const dialled = dial(t, proxy);
    for (let i = 0; i < turns; i++) await turn();
    connectedCount += dialled.told.length;
    dialled.connection.close();
    await closed(proxy);
    await turn();
    assert.ok(dialled.told.length <= 1 && dialled.disconnect === undefined, dialled.told.join());
  }
  assert.ok(connectedCount > 0 && connectedCount < 40, `${connectedCount} had come about`);
});

test('a proxy that does not answer the call itself has failed', { skip: SKIP_DEAF_PORT }, async (t) => {
  const port = await deafPort(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const dialled = new Dialled(t, PEER, { proxy: { host: '127.0.0.1', port } });
  t.mock.timers.tick(4_999);
  assert.equal(dialled.disconnect, undefined);
  t.mock.timers.tick(1);
  assert.equal((await dialled.lost).reason, 'proxy-failed');
});

function dial(t: TestContext, proxy: SocksServer, endpoint = PEER): Dialled {
  return new Dialled(t, endpoint, { proxy: proxy.endpoint });
}

/** Resolves when nothing is connected to the proxy any more, which may take a moment. */
async function closed(proxy: SocksServer): Promise<void> {
  await until(() => proxy.openCount === 0);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(1);
}

/** One turn of the event loop, whatever has become of the timers. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Writes what is taken, until nothing is any more. */
function pourInto(client: Socket): void {
  const many = Buffer.alloc(64 * 1024, 7);
  while (!client.destroyed && client.write(many));
  client.once('drain', () => pourInto(client));
}

function nonce(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
