import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../src/io/connection.ts';
import { regtest } from '../../src/networks/regtest.ts';
import type { Disconnect } from '../../src/protocol/peer.ts';
import { MessageStream } from '../../src/transport/message-stream.ts';
import { encodeFrame, V1Transport } from '../../src/transport/v1.ts';
import type { Message } from '../../src/wire/message.ts';
import { deafPort, SKIP_DEAF_PORT } from '../support/deaf-port.ts';
import { Dialled } from '../support/dialled.ts';
import { headersOf, pingOf } from '../support/messages.ts';
import { mine } from '../support/mine.ts';
import { freePort } from '../support/nodes/free-port.ts';
import { WirePeer } from '../support/wire-peer.ts';

/** Enough that the system's own buffers do not matter. */
const ANSWERS = 150;
/** 162,003 bytes and the frame's 24, as the answer to a getheaders. */
const LONG: Message = headersOf(mine(2_000));

function dial(t: TestContext, port: number, host = '127.0.0.1'): Dialled {
  return new Dialled(t, { host, port });
}

test('messages go both ways, in order', async (t) => {
  const peer = await WirePeer.listen(t, async (connection) => {
    await connection.next('ping');
    connection.send(LONG, { command: 'verack', payload: {} });
  });
  const dialled = dial(t, peer.port);
  await dialled.connected;
  dialled.connection.send(pingOf(5n));
  while (dialled.received.length < 2) await sleep(1);
  assert.deepEqual(dialled.told, ['connected', 'headers', 'verack']);
  assert.deepEqual(dialled.received[0], LONG);
});

test('a port on which nobody listens is a connection that failed', async (t) => {
  const { reason, detail } = await dial(t, await freePort()).lost;
  assert.equal(reason, 'connect-failed');
  assert.match(detail, /refused/);
});

test('a name whose addresses all refuse is a connection that failed', async (t) => {
  assert.equal((await dial(t, await freePort(), 'localhost').lost).reason, 'connect-failed');
});

test('a peer that breaks off an established connection is lost, and did not fail to connect', async (t) => {
  const peer = await WirePeer.listen(t, async ({ socket }) => {
    await sleep(20);
    socket.resetAndDestroy();
  });
  const dialled = dial(t, peer.port);
  assert.equal((await dialled.lost).reason, 'connection-lost');
  assert.deepEqual(dialled.told, ['connected', 'connection-lost']);
});

test('a peer that closes is lost, once', async (t) => {
  const peer = await WirePeer.listen(t, ({ socket }) => void socket.end());
  const dialled = dial(t, peer.port);
  assert.equal((await dialled.lost).reason, 'connection-lost');
  await sleep(20);
  assert.deepEqual(dialled.told, ['connected', 'connection-lost']);
});

test('after a fault in the bytes nothing more is told, and the connection is closed', async (t) => {
  const peer = await WirePeer.listen(t, (connection) => {
    connection.send(pingOf(1n));
    connection.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    connection.send(pingOf(2n));
  });
  const dialled = dial(t, peer.port);
  assert.equal((await dialled.lost).reason, 'wrong-magic');
  await peer.connections[0]?.ended();
  assert.deepEqual(dialled.told, ['connected', 'ping', 'wrong-magic']);
});

test('what was sent before closing arrives', async (t) => {
  const peer = await WirePeer.listen(t);
  const dialled = dial(t, peer.port);
  await dialled.connected;
  for (let i = 0; i < 20; i++) dialled.connection.send(LONG);
  dialled.connection.close();
  while (peer.connections.length === 0) await sleep(1);
  await peer.connections[0]?.ended();
  assert.equal(peer.connections[0]?.received.length, 20);
  assert.deepEqual(dialled.told, ['connected']);
});

test('a peer that reads nothing does not keep a closed connection open', async (t) => {
  const peer = await WirePeer.listen(t, ({ socket }) => void socket.pause());
  const sockets = tcpSockets();
  const dialled = dial(t, peer.port);
  await dialled.connected;
  for (let i = 0; i < 90; i++) dialled.connection.send(LONG);
  assert.equal(tcpSockets(), sockets + 2);
  dialled.connection.close();
  for (let waited = 0; tcpSockets() > sockets + 1 && waited < 5_000; waited += 50) await sleep(50);
  // The peer's own end is still there.
  assert.equal(tcpSockets(), sockets + 1);
});

test('a peer that leaves sixteen megabytes unread is given up', async (t) => {
  const peer = await WirePeer.listen(t, ({ socket }) => void socket.pause());
  const dialled = dial(t, peer.port);
  await dialled.connected;
  let sent = 0;
  for (; dialled.disconnect === undefined && sent < 1_000; sent++) dialled.connection.send(LONG);
  const { reason, detail } = await dialled.lost;
  assert.equal(reason, 'connection-lost');
  assert.match(detail, /unread/);
  assert.ok(sent > 50, `${sent} messages`);
});

test('a peer that asks and asks and does not read is not listened to, and costs little', async (t) => {
  const answer: Message = { command: 'headers', payload: headersOf(mine(10)).payload };
  let served: Connection | undefined;
  let asked = 0;
  const server = createServer((socket) => {
    served = Connection.accept(socket, new MessageStream(new V1Transport(regtest.magic)), {
      connected: () => undefined,
      received: () => {
        asked++;
        served?.send(answer);
      },
      lost: () => undefined,
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  t.after(() => {
    client.destroy();
    served?.close();
    server.close();
  });
  client.pause();
  const question = encodeFrame(regtest.magic, 'ping', new Uint8Array(8));
  const questions = Buffer.concat(Array.from({ length: 1_000 }, () => question));
  for (let i = 0; i < 200; i++) client.write(questions);
  // It stops listening: nothing more is asked for a while.
  let before = -1;
  while (asked !== before) {
    before = asked;
    await sleep(500);
  }
  // What arrived in one piece is answered still.
  assert.ok(asked < 20_000, `${asked} of 200,000 questions were answered`);
  client.resume();
  await until(() => asked > before);
});

test('answers that take time leave in the order of the questions, one at a time', async (t) => {
  const peer = await WirePeer.listen(t);
  const dialled = dial(t, peer.port);
  await dialled.connected;
  let underWay = 0;
  for (const nonce of [1n, 2n, 3n]) {
    dialled.connection.sendLater(async () => {
      assert.equal(underWay++, 0);
      await sleep(Number(4n - nonce) * 10);
      underWay--;
      return pingOf(nonce);
    });
  }
  while ((peer.connections[0]?.received.length ?? 0) < 3) await sleep(1);
  assert.deepEqual(peer.connections[0]?.received, [1n, 2n, 3n].map(pingOf));
});

test('an answer that cannot be had ends the connection', async (t) => {
  const peer = await WirePeer.listen(t);
  const dialled = dial(t, peer.port);
  await dialled.connected;
  dialled.connection.sendLater(() => Promise.reject(new Error('the disk is gone')));
  assert.deepEqual(await dialled.lost, { reason: 'connection-lost', detail: 'the disk is gone' });
});

test('many long answers to a slow reader are sent without a warning, and it is not read meanwhile', async (t) => {
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const peer = await WirePeer.listen(t);
  const dialled = dial(t, peer.port);
  await dialled.connected;
  const socket = peer.connections[0]?.socket;
  assert.ok(socket !== undefined);
  socket.pause();
  // Only counted: to look into so many would take long.
  let byteCount = 0;
  socket.removeAllListeners('data').on('data', (chunk: Buffer) => (byteCount += chunk.length));
  socket.pause();
  let prepared = 0;
  for (let i = 0; i < ANSWERS; i++) {
    dialled.connection.sendLater(() => {
      prepared++;
      // With these it is more than may wait, however much the system takes off our hands.
      dialled.connection.send(LONG);
      dialled.connection.send(LONG);
      return Promise.resolve(LONG);
    });
  }
  peer.connections[0]?.send(pingOf(9n));
  await sleep(200);
  assert.ok(prepared < ANSWERS, `${prepared} prepared for a peer that reads nothing`);
  assert.equal(dialled.received.length, 0);
  socket.resume();
  await until(() => byteCount >= ANSWERS * 3 * 162_027 && dialled.received.length > 0);
  assert.equal(byteCount, ANSWERS * 3 * 162_027);
  assert.deepEqual(warnings, []);
});

test('a held connection is not read until it was released as often', async (t) => {
  const peer = await WirePeer.listen(t, (connection) => connection.send(pingOf(1n)));
  const dialled = dial(t, peer.port);
  dialled.connection.hold();
  dialled.connection.hold();
  await dialled.connected;
  await sleep(50);
  assert.deepEqual(dialled.received, []);
  dialled.connection.release();
  await sleep(50);
  assert.deepEqual(dialled.received, []);
  dialled.connection.release();
  while (dialled.received.length === 0) await sleep(1);
  assert.deepEqual(dialled.received, [pingOf(1n)]);
});

test('what goes over the line is counted, both ways', async (t) => {
  const peer = await WirePeer.listen(t, (connection) => connection.send(LONG, pingOf(1n)));
  const dialled = dial(t, peer.port);
  await dialled.connected;
  dialled.connection.send(pingOf(2n));
  await until(() => dialled.received.length === 2 && peer.connections[0]?.received.length === 1);
  assert.equal(dialled.connection.bytesIn, 162_027 + 32);
  assert.equal(dialled.connection.bytesOut, 32);
});

test('a peer that sends byte by byte is heard when its message is whole, and not before', async (t) => {
  const frame = encodeFrame(regtest.magic, 'ping', Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0));
  const peer = await WirePeer.listen(t);
  const dialled = dial(t, peer.port);
  await dialled.connected;
  await until(() => peer.connections.length > 0);
  for (let i = 0; i < frame.length; i++) {
    assert.deepEqual(dialled.told, ['connected']);
    peer.connections[0]?.write(frame.subarray(i, i + 1));
    await until(() => dialled.connection.bytesIn === i + 1);
  }
  assert.deepEqual(dialled.received, [pingOf(7n)]);
});

test('an onion or I2P address without a proxy cannot be called, and no name service hears of it', async (t) => {
  const port = await freePort();
  const lookup = t.mock.method(dns, 'lookup');
  for (const host of [`${'a'.repeat(56)}.onion`, 'Name.ONION', 'name.onion.', `${'a'.repeat(52)}.b32.i2p`]) {
    const dialled = new Dialled(t, { host, port: 1 });
    // Not before whoever called knows of the connection.
    assert.deepEqual(dialled.told, []);
    const { reason, detail } = await dialled.lost;
    assert.equal(reason, 'connect-failed');
    assert.match(detail, /proxy/);
  }
  const takenBack = new Dialled(t, { host: 'name.onion', port: 1 });
  takenBack.connection.close();
  await sleep(5);
  assert.deepEqual(takenBack.told, []);
  assert.equal(lookup.mock.callCount(), 0);
  // That it would have been noticed:
  await dial(t, port, 'localhost').lost;
  assert.equal(lookup.mock.callCount(), 1);
});

test('an accepted connection is told of as a dialled one is', async (t) => {
  const server = createServer();
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const { port } = server.address() as { port: number };
  const caller = connect({ host: '127.0.0.1', port });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const stream = new MessageStream(new V1Transport(regtest.magic));
  const lost = new Promise<Disconnect>((resolve) => {
    Connection.accept(socket, stream, {
      connected: () => assert.fail('it was connected all along'),
      received: () => undefined,
      lost: resolve,
    });
  });
  caller.resetAndDestroy();
  assert.equal((await lost).reason, 'connection-lost');
});

test(
  'a call that nobody answers is given up in time, and can be taken back',
  { skip: SKIP_DEAF_PORT },
  async (t) => {
    const port = await deafPort(t);
    // Time is handed on by hand; the sockets are real.
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const dialled = dial(t, port);
    const takenBack = dial(t, port);
    t.mock.timers.tick(4_999);
    assert.equal(dialled.disconnect, undefined);
    takenBack.connection.close();
    t.mock.timers.tick(1);
    assert.equal((await dialled.lost).reason, 'connect-timeout');
    assert.deepEqual(takenBack.told, []);
    t.mock.timers.reset();
    await sleep(10);
    assert.equal(tcpSockets(), 0);
  },
);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

/** Sockets that would keep this process running. */
function tcpSockets(): number {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /^(TCPSocketWrap|TCPConnectWrap|PipeConnectWrap)$/.test(name)).length;
}
