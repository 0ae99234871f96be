/** A TCP proxy on loopback that lets bytes to the client through slowly, so that a test can act in mid-transfer. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SlowProxyOptions {
  readonly targetPort: number;
  /** Bytes that go through at a time. */
  readonly chunkBytes: number;
  readonly pauseMs: number;
}

export class SlowProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start({ targetPort, chunkBytes, pauseMs }: SlowProxyOptions): Promise<SlowProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
    const { port } = server.address() as { port: number };
    const proxy = new SlowProxy(server, port);
    server.on('connection', (client) => {
      const target = connect({ host: '127.0.0.1', port: targetPort });
      proxy.#keep(client, target);
      client.pipe(target);
      void trickle(target, client, { chunkBytes, pauseMs });
    });
    return proxy;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #keep(...sockets: Socket[]): void {
    for (const socket of sockets) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        for (const other of sockets) other.destroy();
      });
    }
  }
}

async function trickle(
  from: Socket,
  to: Socket,
  options: { chunkBytes: number; pauseMs: number },
): Promise<void> {
  try {
    for await (const bytes of from as AsyncIterable<Buffer>) {
      for (let start = 0; start < bytes.length; start += options.chunkBytes) {
        to.write(bytes.subarray(start, start + options.chunkBytes));
        await sleep(options.pauseMs);
      }
    }
  } catch {
    // The other end is gone, which is what some tests are about.
  }
}
