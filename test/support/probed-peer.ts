/** Peers as a probe meets them. */

import { ipOf, parseHost } from '../../src/wire/host.ts';
import type { Message } from '../../src/wire/message.ts';
import { pongOf } from './messages.ts';
import type { Behaviour } from './wire-peer.ts';

/** What a peer that is asked for addresses tells: one alone would be taken for its own. */
export const OTHERS: readonly string[] = ['10.9.9.9', '10.9.9.8'];

/** Shakes hands and answers a ping; before that getaddr, when it comes, with these addresses. */
export function answering(told?: readonly string[]): Behaviour {
  return async (connection) => {
    await connection.shakeHands({ startHeight: 12, userAgent: '/a\u0007/' });
    if (told !== undefined && (await connection.next('getaddr')) !== undefined) connection.send(addrOf(told));
    const ping = await connection.next('ping');
    connection.send(pongOf(ping?.payload.nonce ?? 0n));
  };
}

/** An `addr` of IPv4 addresses, seen just now. */
function addrOf(hosts: readonly string[]): Message {
  const time = Math.floor(Date.now() / 1000);
  const addresses = hosts.map((host) => {
    const ip = parseHost(host);
    return { time, services: 9n, ip: (ip && ipOf(ip)) ?? new Uint8Array(16), port: 18_444 };
  });
  return { command: 'addr', payload: { addresses } };
}
