/** Which hosts can be reached from anywhere, and which of them one operator can easily have many of. */

import { toHex } from '../../bytes/hex.ts';
import { type Host, type HostNetwork, hostText, parseHost } from '../../wire/host.ts';

/** IPv4 that no node of the public network has (Core: CNetAddr::IsRoutable, which lets most of the last row pass). */
const UNROUTABLE_IPV4: readonly Prefix[] = [
  '0.0.0.0/8', // RFC 1122: this network
  '10.0.0.0/8', // RFC 1918: private
  '100.64.0.0/10', // RFC 6598: shared by the customers of a provider
  '127.0.0.0/8', // RFC 1122: loopback
  '169.254.0.0/16', // RFC 3927: link-local
  '172.16.0.0/12', // RFC 1918
  '192.0.2.0/24', // RFC 5737: documentation
  '192.168.0.0/16', // RFC 1918
  '198.18.0.0/15', // RFC 2544: benchmarks
  '198.51.100.0/24', // RFC 5737
  '203.0.113.0/24', // RFC 5737
  '224.0.0.0/3', // RFC 1112: multicast, and the rest that is reserved; RFC 919: broadcast
].map(prefix);

/**
 * IPv6 in public use. Outside of it is what Core calls unroutable, `::`, `::1`, fc00::/7 (RFC 4193) and fe80::/10 (RFC
 * 4291) among it, and, what Core lets pass, multicast and all that is not assigned to anybody.
 */
const PUBLIC_IPV6: readonly Prefix[] = [
  '2000::/3', // RFC 4291: global unicast
  '64:ff9b::/96', // RFC 6052: NAT64, how an IPv6-only network reaches IPv4
].map(prefix);

/** Parts of PUBLIC_IPV6 that no node has. */
const UNROUTABLE_IPV6: readonly Prefix[] = [
  '2001:10::/28', // RFC 4843: ORCHID, names of keys
  '2001:20::/28', // RFC 7343: ORCHID, version 2
  '2001:db8::/32', // RFC 3849: documentation
].map(prefix);

/** IPv6 that leads to the IPv4 address inside it, and is worth what that is: where its four bytes begin. */
const IPV4_INSIDE: readonly { within: Prefix; offset: number; isInverted: boolean }[] = [
  { within: prefix('2002::/16'), offset: 2, isInverted: false }, // RFC 3056: 6to4
  { within: prefix('2001::/32'), offset: 12, isInverted: true }, // RFC 4380: Teredo, each bit inverted
  { within: prefix('64:ff9b::/96'), offset: 12, isInverted: false }, // RFC 6052: NAT64
];

const LOOPBACK: Readonly<Partial<Record<HostNetwork, Prefix>>> = {
  ipv4: prefix('127.0.0.0/8'),
  ipv6: prefix('::1/128'),
};

/** Hurricane Electric, whose many customers would otherwise be one group (Core: CNetAddr::IsHeNet). */
const HE_NET = prefix('2001:470::/32');

/** Whether a host can be reached from anywhere. Onions, I2P and CJDNS have no private part. */
export function isRoutable({ network, bytes }: Host): boolean {
  switch (network) {
    case 'ipv4':
      return !isIn(UNROUTABLE_IPV4, bytes);
    case 'ipv6': {
      if (!isIn(PUBLIC_IPV6, bytes) || isIn(UNROUTABLE_IPV6, bytes)) return false;
      const inside = ipv4Inside(bytes);
      return inside === undefined || !isIn(UNROUTABLE_IPV4, inside);
    }
    case 'onion':
    case 'i2p':
    case 'cjdns':
      return true;
  }
}

/** Whether a host is this machine itself. */
export function isLoopback({ network, bytes }: Host): boolean {
  const loopback = LOOPBACK[network];
  return loopback !== undefined && isWithin(loopback, bytes);
}

/**
 * Key of the group that one operator can easily have many addresses of (Core: NetGroupManager::GetGroup). A name that
 * is no address is a group of its own, and all unroutable hosts are one.
 *
 * @param separatesPrivate whether each unroutable host is a group of its own instead: for networks whose nodes live at
 * private addresses, as those of regtest do.
 */
export function networkGroup(host: string, separatesPrivate: boolean): string {
  const parsed = parseHost(host);
  if (parsed === undefined) return `name:${host.toLowerCase()}`;
  if (!isRoutable(parsed)) return separatesPrivate ? `unroutable:${hostText(parsed)}` : 'unroutable';
  const { network, bytes } = parsed;
  switch (network) {
    case 'ipv4':
      return groupKey(network, bytes, 16);
    case 'ipv6': {
      const inside = ipv4Inside(bytes);
      if (inside !== undefined) return groupKey('ipv4', inside, 16);
      return groupKey(network, bytes, isWithin(HE_NET, bytes) ? 36 : 32);
    }
    case 'onion':
    case 'i2p':
      return groupKey(network, bytes, 4);
    case 'cjdns':
      // As onions and I2P: four bits that chance gave. The eight before them are the same in all.
      return groupKey(network, bytes, 12);
  }
}

/** @param bits a multiple of 4: a hexadecimal digit each. */
function groupKey(network: HostNetwork, bytes: Uint8Array, bits: number): string {
  return `${network}:${toHex(bytes.subarray(0, Math.ceil(bits / 8))).slice(0, bits / 4)}`;
}

function ipv4Inside(ipv6: Uint8Array): Uint8Array | undefined {
  const found = IPV4_INSIDE.find(({ within }) => isWithin(within, ipv6));
  if (found === undefined) return undefined;
  const ipv4 = ipv6.subarray(found.offset, found.offset + 4);
  return found.isInverted ? ipv4.map((byte) => byte ^ 0xff) : ipv4;
}

/** All addresses that begin with the same bits. */
interface Prefix {
  readonly start: Uint8Array;
  readonly bits: number;
}

/** From its text, `ADDRESS/BITS`; only for the tables above. */
function prefix(text: string): Prefix {
  const [address = '', bits] = text.split('/');
  const host = parseHost(address);
  if (host === undefined) throw new TypeError(`${text} is no prefix`);
  return { start: host.bytes, bits: Number(bits) };
}

function isIn(prefixes: readonly Prefix[], bytes: Uint8Array): boolean {
  return prefixes.some((each) => isWithin(each, bytes));
}

function isWithin({ start, bits }: Prefix, bytes: Uint8Array): boolean {
  for (let i = 0; 8 * i < bits; i++) {
    const different = (start[i] ?? 0) ^ (bytes[i] ?? 0);
    if (different >>> Math.max(0, 8 - (bits - 8 * i)) !== 0) return false;
  }
  return true;
}
