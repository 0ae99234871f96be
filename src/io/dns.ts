/** Asks DNS seeds for addresses of nodes. */

import { lookup } from 'node:dns/promises';
import { BlockList } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A seed that is silent must not hold up the others. */
const LOOKUP_TIMEOUT_MS = 10_000;

/** IPv4 addresses that no node of the public network has: a seed must not send us into somebody's own network. */
const PRIVATE_IPV4 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE_IPV4.addSubnet(network, prefix);
}

/** The part of IPv6 that is in public use. */
const PUBLIC_IPV6 = new BlockList();
PUBLIC_IPV6.addSubnet('2000::', 3, 'ipv6');

/** The public addresses that a name stands for; an error is a value, since a dead seed is an everyday thing. */
export async function lookUp(name: string): Promise<{ addresses: string[]; error?: string }> {
  const giveUp = new AbortController();
  const timeout = sleep(LOOKUP_TIMEOUT_MS, undefined, { signal: giveUp.signal, ref: false }).then(
    () => ({ addresses: [], error: `no answer in ${LOOKUP_TIMEOUT_MS / 1000} s` }),
    () => ({ addresses: [] }),
  );
  try {
    const answer = lookup(name, { all: true }).then((found) => ({
      addresses: found.filter(isPublic).map(({ address }) => address),
    }));
    return await Promise.race([answer, timeout]);
  } catch (error) {
    return { addresses: [], error: error instanceof Error ? error.message : String(error) };
  } finally {
    giveUp.abort();
  }
}

/** Whether an address is one of the public network. */
export function isPublic({
  address,
  family,
}: {
  readonly address: string;
  readonly family: number;
}): boolean {
  return family === 6 ? PUBLIC_IPV6.check(address, 'ipv6') : !PRIVATE_IPV4.check(address);
}
