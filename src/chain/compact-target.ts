/** The compact form of a 256-bit proof-of-work target, as headers carry it (Core: src/arith_uint256.cpp). */

import { toBufferLE } from 'bigint-buffer';

const TWO_TO_256 = 1n << 256n;

/** What compact bits say. Only a target that is neither negative nor overflown nor zero can be met. */
export interface ExpandedBits {
  /** The number without its sign, modulo 2^256. */
  readonly target: bigint;
  readonly negative: boolean;
  readonly overflow: boolean;
}

/** Expands compact bits, whatever they say (Core: SetCompact). */
export function expandBits(bits: number): ExpandedBits {
  const size = bits >>> 24;
  const word = size <= 3 ? (bits & 0x007fffff) >>> (8 * (3 - size)) : bits & 0x007fffff;
  const target = size <= 3 ? BigInt(word) : (BigInt(word) << BigInt(8 * (size - 3))) % TWO_TO_256;
  return {
    target,
    negative: word !== 0 && (bits & 0x00800000) !== 0,
    overflow: word !== 0 && (size > 34 || (word > 0xff && size > 33) || (word > 0xffff && size > 32)),
  };
}

/** The target that bits stand for, or undefined when no hash could ever meet it (Core: src/pow.cpp, DeriveTarget). */
export function targetOf(bits: number, powLimit: bigint): bigint | undefined {
  const { target, negative, overflow } = expandBits(bits);
  return negative || overflow || target === 0n || target > powLimit ? undefined : target;
}

/** The compact form of a number below 2^256; it keeps the 23 or so highest bits (Core: GetCompact). */
export function toBits(target: bigint): number {
  let size = Math.ceil(bitLength(target) / 8);
  let mantissa = Number(size <= 3 ? target << BigInt(8 * (3 - size)) : target >> BigInt(8 * (size - 3)));
  // The mantissa's highest bit is its sign, so a number that would set it moves down a byte.
  if (mantissa >= 0x800000) {
    mantissa >>>= 8;
    size++;
  }
  return ((size << 24) | mantissa) >>> 0;
}

/** A target as the 32 bytes, lowest first, that a hash in wire order is compared with. */
export function targetBytes(target: bigint): Uint8Array {
  return toBufferLE(target, 32);
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** Compact bits as the 8 hexadecimal digits that bitcoind prints. */
export function compactHex(bits: number): string {
  return bits.toString(16).padStart(8, '0');
}
