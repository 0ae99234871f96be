/** The child process of distant-line.ts: `node distant-line-main.js OPTIONS` prints the ports that it listens at. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { DistantLineOptions } from './distant-line.ts';

/** So small that the line is seldom a piece late: 4 ms of 16 Mbit/s. */
const PIECE_BYTES = 8 * 1024;
/** Bytes under way beyond which nothing more is read: far more than such a line holds. */
const MAX_UNDER_WAY_BYTES = 1024 * 1024;

const options = JSON.parse(process.argv[2] ?? '{}') as DistantLineOptions;
const ports: number[] = [];
for (let line = 0; line < options.lines; line++) {
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: options.targetPort });
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
    }
    carry(near, far);
    carry(far, near);
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  ports.push((server.address() as { port: number }).port);
}
process.stdout.write(`${JSON.stringify(ports)}\n`);

/** Carries the bytes of one end to the other. */
function carry(from: Socket, to: Socket): void {
  const underWay: { readonly bytes: Uint8Array; readonly arrivesMs: number }[] = [];
  let underWayBytes = 0;
  /** When the line can take the next piece. */
  let freeMs = 0;
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;

  const deliver = (): void => {
    timer = undefined;
    const nowMs = performance.now();
    let next = underWay[0];
    while (next !== undefined && next.arrivesMs <= nowMs) {
      underWay.shift();
      underWayBytes -= next.bytes.length;
      to.write(next.bytes);
      next = underWay[0];
    }
    if (underWayBytes < MAX_UNDER_WAY_BYTES) from.resume();
    if (next !== undefined) timer = setTimeout(deliver, Math.max(1, next.arrivesMs - nowMs));
    else if (hasEnded) to.end();
  };

  from.on('data', (chunk: Buffer) => {
    freeMs = Math.max(freeMs, performance.now());
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      const bytes = chunk.subarray(start, start + PIECE_BYTES);
      freeMs += (1000 * bytes.length) / options.bytesPerSecond;
      underWay.push({ bytes, arrivesMs: freeMs + options.delayMs });
      underWayBytes += bytes.length;
    }
    if (underWayBytes >= MAX_UNDER_WAY_BYTES) from.pause();
    timer ??= setTimeout(deliver, Math.max(1, (underWay[0]?.arrivesMs ?? 0) - performance.now()));
  });
  from.on('end', () => {
    hasEnded = true;
    if (timer === undefined) to.end();
  });
  from.on('close', () => {
    if (!hasEnded) to.destroy();
  });
}
