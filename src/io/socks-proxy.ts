/** Asks a SOCKS5 proxy (RFC 1928) for a connection. Names are handed to it as they are: nothing is looked up here. */

import { randomBytes } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Disconnect, Endpoint } from '../protocol/peer.ts';

/** Bytes of chance in a user's name and in a password; they are sent as twice as many hexadecimal digits. */
const SECRET_SIZE_BYTES = 8;
/** What fits behind the one byte that says how long a name is. */
const MAX_NAME_SIZE_BYTES = 255;

/** Whether a host is a name that only an anonymity network can reach: no name service may hear of it (RFC 7686). */
export function isReachedByProxyOnly(host: string): boolean {
  return /\.(onion|i2p)\.?$/i.test(host);
}

/**
 * Resolves to undefined when the peer is at the other end of the socket, and to what went wrong otherwise; never rejects.
 * A user and password are offered that are new each time, as well as none at all: Tor sends connections with different
 * ones along different ways, so that nobody at their ends can tell that they are ours (Core: -proxyrandomize).
 *
 * Whoever awaits this has to listen to the socket at once. Bytes of the peer that came with the proxy's answer are
 * emitted as `data` in the next turn of the event loop, and what comes after them flows from then on.
 *
 * @param socket connected to the proxy and not yet read from. Destroying it ends the work.
 */
export async function askProxy(socket: Socket, destination: Endpoint): Promise<Disconnect | undefined> {
  const host = isIP(destination.host) === 0 ? domainToASCII(destination.host) : destination.host;
  if (host === '' || host.length > MAX_NAME_SIZE_BYTES) {
    return { reason: 'connect-failed', detail: 'not a name that a proxy could look up' };
  }
  try {
    // Loaded here because few need it, and it takes a while.
    const { SocksClient } = await import('socks');
    if (socket.destroyed) return { reason: 'proxy-failed', detail: 'the proxy closed the connection' };
    const { remoteHost } = await SocksClient.createConnection({
      command: 'connect',
      destination: { host, port: destination.port },
      // The socket is connected already; of these only the user and the password count.
      proxy: { host: '', port: 0, type: 5, userId: secret(), password: secret() },
      existing_socket: socket,
    });
    // An answer with an address of no known kind is taken for a success, though nobody knows where it ends.
    if (remoteHost !== undefined) return undefined;
    return { reason: 'proxy-failed', detail: 'the answer of the proxy makes no sense' };
  } catch (error) {
    return failureOf(error as Error);
  }
}

function secret(): string {
  return randomBytes(SECRET_SIZE_BYTES).toString('hex');
}

/** What proxies answer when it is the peer that cannot be reached, by the package's names for RFC 1928's numbers. */
const PLAIN_WORDS: Readonly<Record<string, string>> = {
  Failure: 'it could not connect',
  NotAllowed: 'it is not allowed to connect there',
  NetworkUnreachable: 'no network that leads there',
  HostUnreachable: 'no route to the host',
  ConnectionRefused: 'connection refused: nobody listens there',
  TTLExpired: 'no answer',
  AddressNotSupported: 'it does not know this kind of address',
  // Tor has numbers of its own, from 240 on, for what may be wrong with an onion service.
  undefined: 'it could not connect, for a reason that is not in RFC 1928',
};

/** The package tells the proxy's answers apart by its message alone; a test holds each of them. */
function failureOf({ message }: Error): Disconnect {
  const answer = /^Socks5 proxy rejected connection - (\w+)$/.exec(message)?.[1];
  const words = answer === undefined ? undefined : PLAIN_WORDS[answer];
  if (words !== undefined) return { reason: 'connect-failed', detail: `the proxy says: ${words}` };
  return { reason: 'proxy-failed', detail: `no SOCKS5 connection: ${message}` };
}
