/**
 * Hosts that nodes have addresses at: as text, in `addrv2` (BIP 155) and in `addr`, whose 16 bytes hold IPv4 and IPv6
 * alone. Text is IPv4 with dots, IPv6 as in RFC 4291, Tor's version 3 (rend-spec-v3.txt) or I2P's base 32 name.
 */

import { sha3_256 } from '@noble/hashes/sha3.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { base32nopad } from '@scure/base';
import { concat } from '../bytes/concat.ts';
import { equalBytes } from '../bytes/hash.ts';
import { ADDRESS_NETWORKS, ipText } from './net-address.ts';

/** Kinds of network that an address can be of, those in use. */
export type HostNetwork = 'ipv4' | 'ipv6' | 'onion' | 'i2p' | 'cjdns';

export const HOST_NETWORKS: readonly HostNetwork[] = ['ipv4', 'ipv6', 'onion', 'i2p', 'cjdns'];

/** The functions of this file make hosts for which `parseHost(hostText(host))` is the same host again. */
export interface Host {
  readonly network: HostNetwork;
  /** 4, 16, 32 (a public key), 32 (a hash) or 16 bytes, in the order of HOST_NETWORKS. */
  readonly bytes: Uint8Array;
}

const BIP155: Readonly<Record<HostNetwork, { readonly id: number; readonly sizeBytes: number }>> = {
  ipv4: ADDRESS_NETWORKS.ipv4,
  ipv6: ADDRESS_NETWORKS.ipv6,
  onion: ADDRESS_NETWORKS.torv3,
  i2p: ADDRESS_NETWORKS.i2p,
  cjdns: ADDRESS_NETWORKS.cjdns,
};

/** ::ffff:0:0/96: IPv4 as IPv6 carries it. */
const IPV4_MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);
/** fd87:d87e:eb43::/48: OnionCat, in which version 2 of Tor's addresses, no longer in use, were carried. */
const ONION_CAT = Uint8Array.of(0xfd, 0x87, 0xd8, 0x7e, 0xeb, 0x43);
/** fc00::/8: all of CJDNS, whose addresses are IPv6 to look at but not to be reached over the internet. */
const CJDNS = Uint8Array.of(0xfc);

/** No host has a longer text than an onion has: whoever sends more is not read. */
const MAX_TEXT_LENGTH = 62;

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
/** No leading zeros: some programs take 010 for 10, others for 8. */
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;
const ONION = /^[a-z2-7]{56}\.onion$/i;
/** The last character has one bit of the hash, and four that are zero. */
const I2P = /^[a-z2-7]{51}[aq]\.b32\.i2p$/i;

/** The host that a text stands for, in any of its spellings; undefined for names and anything else. */
export function parseHost(text: string): Host | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  if (text.includes(':')) {
    const ip = parseIpv6(text);
    return ip && (hostOfIpv4Mapped(ip) ?? { network: startsWith(ip, CJDNS) ? 'cjdns' : 'ipv6', bytes: ip });
  }
  if (ONION.test(text)) return parseOnion(text);
  if (I2P.test(text)) return { network: 'i2p', bytes: fromBase32(text.slice(0, 52)) };
  const bytes = parseIpv4(text);
  return bytes && { network: 'ipv4', bytes };
}

/** The one canonical text of a host: lower case, IPv6 as in RFC 5952. */
export function hostText({ network, bytes }: Host): string {
  switch (network) {
    case 'ipv4':
    case 'ipv6':
    case 'cjdns':
      return ipText(bytes);
    case 'onion':
      return `${toBase32(concat([bytes, onionEnding(bytes)]))}.onion`;
    case 'i2p':
      return `${toBase32(bytes)}.b32.i2p`;
  }
}

/**
 * The host of an entry of `addrv2`; undefined when the entry is to be passed over: a network that is unknown or no
 * longer in use, a wrong length, or an address that belongs to another network than the one it is said to be of.
 */
export function hostOfAddressV2({ network: id, address }: AddressBytes): Host | undefined {
  const network = HOST_NETWORKS.find((known) => BIP155[known].id === id);
  if (network === undefined || address.length !== BIP155[network].sizeBytes) return undefined;
  switch (network) {
    case 'ipv6':
      return startsWith(address, IPV4_MAPPED) ? undefined : hostOfIp(address);
    case 'cjdns':
      return startsWith(address, CJDNS) ? { network, bytes: address } : undefined;
    case 'ipv4':
    case 'onion':
    case 'i2p':
      return { network, bytes: address };
  }
}

/** The host of the 16 bytes of `addr`; undefined for what is no address of the internet: OnionCat and CJDNS. */
export function hostOfIp(ip: Uint8Array): Host | undefined {
  if (ip.length !== BIP155.ipv6.sizeBytes || startsWith(ip, ONION_CAT) || startsWith(ip, CJDNS))
    return undefined;
  return hostOfIpv4Mapped(ip) ?? { network: 'ipv6', bytes: ip };
}

/** An address as `addrv2` carries it. */
interface AddressBytes {
  /** BIP 155 network id. */
  readonly network: number;
  readonly address: Uint8Array;
}

export function addressV2Of({ network, bytes }: Host): AddressBytes {
  return { network: BIP155[network].id, address: bytes };
}

/** The 16 bytes of a host for `addr`; undefined for the networks that only `addrv2` can carry. */
export function ipOf({ network, bytes }: Host): Uint8Array | undefined {
  switch (network) {
    case 'ipv4':
      return concat([IPV4_MAPPED, bytes]);
    case 'ipv6':
      return bytes;
    case 'onion':
    case 'i2p':
    case 'cjdns':
      return undefined;
  }
}

function hostOfIpv4Mapped(ip: Uint8Array): Host | undefined {
  return startsWith(ip, IPV4_MAPPED) ? { network: 'ipv4', bytes: ip.subarray(12) } : undefined;
}

function parseIpv4(text: string): Uint8Array | undefined {
  return IPV4.test(text) ? Uint8Array.from(text.split('.'), Number) : undefined;
}

/** The 16 bytes of an IPv6 address, without a zone (RFC 4291, section 2.2). */
function parseIpv6(text: string): Uint8Array | undefined {
  const halves = withoutDots(text).split('::');
  if (halves.length > 2) return undefined;
  const [before = [], after] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const left = 8 - before.length - (after?.length ?? 0);
  // Two colons stand for at least one group.
  if (after === undefined ? left !== 0 : left < 1) return undefined;
  const groups = [...before, ...Array<string>(left).fill('0'), ...(after ?? [])];
  if (!groups.every((group) => IPV6_GROUP.test(group))) return undefined;
  const ip = new Uint8Array(16);
  groups.forEach((group, i) => {
    const value = Number.parseInt(group, 16);
    ip[2 * i] = value >>> 8;
    ip[2 * i + 1] = value & 0xff;
  });
  return ip;
}

/** IPv6 text whose last four bytes, should they be written as in IPv4, are two groups like the others. */
function withoutDots(text: string): string {
  const start = text.lastIndexOf(':') + 1;
  const [a, b, c, d] = parseIpv4(text.slice(start)) ?? [];
  if (a === undefined || b === undefined || c === undefined || d === undefined) return text;
  return `${text.slice(0, start)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

const ONION_VERSION = Uint8Array.of(3);
const ONION_CHECKSUM_PREFIX = utf8ToBytes('.onion checksum');

function parseOnion(text: string): Host | undefined {
  const decoded = fromBase32(text.slice(0, 56));
  const key = decoded.subarray(0, 32);
  return equalBytes(decoded.subarray(32), onionEnding(key)) ? { network: 'onion', bytes: key } : undefined;
}

/** What follows the public key in the text of an onion: two bytes of checksum, and the version. */
function onionEnding(key: Uint8Array): Uint8Array {
  const hash = sha3_256(concat([ONION_CHECKSUM_PREFIX, key, ONION_VERSION]));
  return concat([hash.subarray(0, 2), ONION_VERSION]);
}

function toBase32(bytes: Uint8Array): string {
  return base32nopad.encode(bytes).toLowerCase();
}

/** Text of the alphabet alone whose bits left over are zero: with anything else the library would throw. */
function fromBase32(text: string): Uint8Array {
  return base32nopad.decode(text.toUpperCase());
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}
