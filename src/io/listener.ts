/** Accepts TCP connections. */

import { createServer, type Server, type Socket } from 'node:net';
import type { Endpoint } from '../protocol/peer.ts';
import { hostText, parseHost } from '../wire/host.ts';

export interface ListenerOptions {
  /** Sockets to accept at a time; further callers are turned away. */
  readonly maxSockets: number;
  /** Takes over a socket, and says where its other end is. */
  readonly accept: (socket: Socket, endpoint: Endpoint) => void;
}

export class Listener {
  /** Where it listens, with the port that it was given. */
  readonly endpoint: Endpoint;
  readonly #server: Server;

  private constructor(server: Server, endpoint: Endpoint) {
    this.#server = server;
    this.endpoint = endpoint;
  }

  /**
   * @param endpoint where to listen; port 0 takes a free one.
   * @throws the system's error when that is not to be had.
   */
  static async open(endpoint: Endpoint, { maxSockets, accept }: ListenerOptions): Promise<Listener> {
    const server = createServer((socket) => {
      const { remoteAddress, remotePort } = socket;
      // A caller that is gone already has no address.
      if (remoteAddress === undefined || remotePort === undefined) socket.destroy();
      else accept(socket, { host: canonical(remoteAddress), port: remotePort });
    });
    server.maxConnections = maxSockets;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: endpoint.host, port: endpoint.port, exclusive: true }, resolve);
    });
    // The system may be too short of means to take a call; the next one may be luckier.
    server.on('error', () => undefined);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('listen: no TCP address');
    return new Listener(server, { host: address.address, port: address.port });
  }

  /** Accepts no more; what was accepted goes on. */
  close(): void {
    this.#server.close();
  }
}

/** An address as it is written everywhere else: a listener for both families gives IPv4 addresses in IPv6's clothes. */
function canonical(address: string): string {
  const host = parseHost(address);
  return host === undefined ? address : hostText(host);
}
