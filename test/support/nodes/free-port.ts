/** Loopback ports for the nodes to listen on. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below 32,768, where Linux takes the local ports of outgoing connections from: a port found free here cannot be lost
 * to one of those before the node has bound it, as a port picked by the kernel could.
 */
const LOWEST_PORT = 12_000;
const HIGHEST_PORT = 32_000;
const ATTEMPTS = 100;

const handedOut = new Set<number>();

/** A TCP port that nobody listens on at any of some addresses; never the same one twice in this process. */
export async function freePort(...hosts: readonly string[]): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // Random, because other test files look for ports at the same time.
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    const areFree = await Promise.all(hosts.map((host) => canListen(host, port)));
    if (areFree.every(Boolean)) return port;
  }
  throw new Error(`no free port found in ${ATTEMPTS} attempts`);
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
