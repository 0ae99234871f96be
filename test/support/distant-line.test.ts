import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { DistantLine } from './distant-line.ts';

test('what goes through a distant line comes late, whole and no faster than the line is wide', async (t) => {
  const sent = Buffer.alloc(100_000).map((_, i) => i % 251);
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(sent));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port: targetPort } = server.address() as { port: number };
  const line = await DistantLine.start({ targetPort, lines: 2, delayMs: 40, bytesPerSecond: 1_000_000 });
  t.after(() => line.stop());
  assert.equal(new Set(line.ports).size, 2);

  const socket = connect({ host: '127.0.0.1', port: line.ports[1] as number });
  await once(socket, 'connect');
  const askedMs = performance.now();
  socket.write('?');
  let firstMs = 0;
  const received: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    firstMs ||= performance.now() - askedMs;
    received.push(chunk);
  }
  const lastMs = performance.now() - askedMs;
  assert.deepEqual(Buffer.concat(received), sent);
  // There and back; and the last byte waits for all before it.
  assert.ok(firstMs >= 80, `the first byte came after ${firstMs} ms`);
  assert.ok(lastMs >= 180, `the last byte came after ${lastMs} ms`);
});
