/** Network addresses as messages carry them: 16-byte ones of old, and those of any length from BIP 155. */

import { DecodeError } from '../bytes/decode-error.ts';
import { toHex } from '../bytes/hex.ts';
import { bytes, type Codec, compactSize, field, struct, u16be, u32, u64, u8, varBytes } from './codec.ts';

/** An address in a `version` message. */
export interface NetAddress {
  /** Service bits; a hint, when it comes from a third party. */
  readonly services: bigint;
  /** IPv6 in network order, IPv4 as ::ffff:a.b.c.d, 16 bytes. */
  readonly ip: Uint8Array;
  readonly port: number;
}

export const netAddress: Codec<NetAddress> = struct<NetAddress>({
  services: u64,
  ip: bytes(16),
  port: u16be,
});

/** An address in an `addr` message. */
export interface TimedAddress extends NetAddress {
  /** When it was last seen, Unix seconds, as claimed. */
  readonly time: number;
}

export const timedAddress: Codec<TimedAddress> = struct<TimedAddress>({
  time: u32,
  services: u64,
  ip: bytes(16),
  port: u16be,
});

/** BIP 155 network ids and the length of their addresses, in bytes. */
export const ADDRESS_NETWORKS = {
  ipv4: { id: 1, sizeBytes: 4 },
  ipv6: { id: 2, sizeBytes: 16 },
  /** No longer in use; kept so that old gossip parses. */
  torv2: { id: 3, sizeBytes: 10 },
  torv3: { id: 4, sizeBytes: 32 },
  i2p: { id: 5, sizeBytes: 32 },
  cjdns: { id: 6, sizeBytes: 16 },
  yggdrasil: { id: 7, sizeBytes: 16 },
} as const;

/** Longest address of any network, known or not, in bytes (BIP 155). */
export const MAX_ADDRESS_SIZE_BYTES = 512;

/** An address in an `addrv2` message. An unknown network id is no error: the entry is to be ignored. */
export interface AddressV2 {
  readonly time: number;
  readonly services: bigint;
  /** BIP 155 network id. */
  readonly network: number;
  readonly address: Uint8Array;
  readonly port: number;
}

const addressBytes = varBytes(MAX_ADDRESS_SIZE_BYTES);

export const addressV2: Codec<AddressV2> = {
  minSize: 4 + compactSize.minSize + 1 + addressBytes.minSize + 2,
  read(reader) {
    const time = field('time', () => reader.u32());
    const services = field('services', () => compactSize.read(reader));
    const network = field('network', () => u8.read(reader));
    const start = reader.offset;
    const address = field('address', () => addressBytes.read(reader));
    const known = Object.values(ADDRESS_NETWORKS).find(({ id }) => id === network);
    if (known !== undefined && known.sizeBytes !== address.length) {
      const detail = `network ${network} has addresses of ${known.sizeBytes} bytes, not ${address.length}`;
      throw new DecodeError('bad-value', detail, start, 'address');
    }
    const port = field('port', () => reader.u16be());
    return { time, services, network, address, port };
  },
  write(writer, value) {
    writer.u32(value.time);
    compactSize.write(writer, value.services);
    writer.u8(value.network);
    addressBytes.write(writer, value.address);
    writer.u16be(value.port);
  },
};

const IPV4_IN_IPV6 = '00000000000000000000ffff';

/** An IP address as text: dotted for IPv4 (also inside IPv6), RFC 5952 for IPv6. */
export function ipText(ip: Uint8Array): string {
  if (ip.length === 4) return ip.join('.');
  if (ip.length !== 16) throw new RangeError(`an IP address has 4 or 16 bytes, not ${ip.length}`);
  if (toHex(ip.subarray(0, 12)) === IPV4_IN_IPV6) return ip.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((ip[2 * i] ?? 0) << 8) | (ip[2 * i + 1] ?? 0)).toString(16),
  );
  const zeros = longestRunOfZeros(groups);
  if (zeros.length < 2) return groups.join(':');
  return `${groups.slice(0, zeros.start).join(':')}::${groups.slice(zeros.start + zeros.length).join(':')}`;
}

function longestRunOfZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
