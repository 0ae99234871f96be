import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Listener } from '../../src/io/listener.ts';
import type { Endpoint } from '../../src/protocol/peer.ts';

/** Who called a listener, and their sockets. */
async function listen(
  t: TestContext,
  host: string,
  maxSockets = 10,
): Promise<{ listener: Listener; callers: Endpoint[]; sockets: Socket[] }> {
  const callers: Endpoint[] = [];
  const sockets: Socket[] = [];
  const accept = (socket: Socket, endpoint: Endpoint): void => {
    callers.push(endpoint);
    sockets.push(socket);
  };
  const listener = await Listener.open({ host, port: 0 }, { maxSockets, accept });
  t.after(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return { listener, callers, sockets };
}

async function call(t: TestContext, endpoint: Endpoint): Promise<Socket> {
  const socket = connect({ host: endpoint.host, port: endpoint.port });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

test('a caller is told by its address and port', async (t) => {
  const { listener, callers } = await listen(t, '127.0.0.1');
  assert.ok(listener.endpoint.port > 0);
  const socket = await call(t, listener.endpoint);
  while (callers.length === 0) await sleep(1);
  assert.deepEqual(callers, [{ host: '127.0.0.1', port: socket.localPort }]);
});

test(
  'a listener for both families knows an IPv4 caller as one',
  { skip: !hasIpv6 && 'no IPv6 here' },
  async (t) => {
    const { listener, callers } = await listen(t, '::');
    const { port } = listener.endpoint;
    await call(t, { host: '127.0.0.1', port });
    while (callers.length < 1) await sleep(1);
    await call(t, { host: '::1', port });
    while (callers.length < 2) await sleep(1);
    assert.deepEqual(
      callers.map(({ host }) => host),
      ['127.0.0.1', '::1'],
    );
  },
);

test(
  'a caller that is gone before it is seen is nobody',
  { skip: process.platform !== 'linux' && 'elsewhere the system tells of no such caller' },
  async (t) => {
    const { listener, callers } = await listen(t, '127.0.0.1');
    // It calls and breaks off while we are busy waiting for it to end.
    const program = `
      const socket = require('node:net').connect(${listener.endpoint.port}, '127.0.0.1');
      socket.on('connect', () => socket.resetAndDestroy());`;
    assert.equal(spawnSync(process.execPath, ['-e', program]).status, 0);
    await call(t, listener.endpoint);
    while (callers.length === 0) await sleep(1);
    await sleep(5);
    assert.equal(callers.length, 1);
    assert.equal(callers[0]?.host, '127.0.0.1');
  },
);

test('callers beyond so many are turned away, and there is room again when one has left', async (t) => {
  const { listener, callers, sockets } = await listen(t, '127.0.0.1', 2);
  for (let i = 0; i < 2; i++) (await call(t, listener.endpoint)).resume();
  while (callers.length < 2) await sleep(1);
  const late = (await call(t, listener.endpoint)).resume();
  await once(late, 'close');
  sockets[0]?.destroy();
  await sleep(5);
  await call(t, listener.endpoint);
  while (callers.length < 3) await sleep(1);
});

test('an address that is taken, or not ours, is refused with the system’s error', async (t) => {
  const { listener } = await listen(t, '127.0.0.1');
  const options = { maxSockets: 1, accept: (): void => undefined };
  await assert.rejects(Listener.open(listener.endpoint, options), { code: 'EADDRINUSE' });
  await assert.rejects(Listener.open({ host: '192.0.2.1', port: 0 }, options), { code: 'EADDRNOTAVAIL' });
});
