/**
 * Basic filters written down as BIP 158 says it, with BigInt and text of ones and zeros, and nothing of ours: slow, and easy
 * to hold against the standard. What the tests compare the real thing with, and the benchmark too.
 */

const P = 19;
const M = 784_931n;
const WORD = 2n ** 64n;

/** SipHash-2-4 (https://www.aumasson.jp/siphash/siphash.pdf, section 2). @param key 16 bytes. */
export function referenceSipHash(key: Uint8Array, message: Uint8Array): bigint {
  const k0 = littleEndian(key.subarray(0, 8));
  const k1 = littleEndian(key.subarray(8, 16));
  const v: [bigint, bigint, bigint, bigint] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const padded = new Uint8Array(8 * (Math.floor(message.length / 8) + 1));
  padded.set(message);
  padded[padded.length - 1] = message.length % 256;
  for (let start = 0; start < padded.length; start += 8) {
    const word = littleEndian(padded.subarray(start, start + 8));
    v[3] ^= word;
    sipRound(v);
    sipRound(v);
    v[0] ^= word;
  }
  v[2] ^= 0xffn;
  for (let i = 0; i < 4; i++) sipRound(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

function sipRound(v: [bigint, bigint, bigint, bigint]): void {
  v[0] = (v[0] + v[1]) % WORD;
  v[1] = rotate(v[1], 13n) ^ v[0];
  v[0] = rotate(v[0], 32n);
  v[2] = (v[2] + v[3]) % WORD;
  v[3] = rotate(v[3], 16n) ^ v[2];
  v[0] = (v[0] + v[3]) % WORD;
  v[3] = rotate(v[3], 21n) ^ v[0];
  v[2] = (v[2] + v[1]) % WORD;
  v[1] = rotate(v[1], 17n) ^ v[2];
  v[2] = rotate(v[2], 32n);
}

function rotate(value: bigint, by: bigint): bigint {
  return ((value << by) | (value >> (64n - by))) % WORD;
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

/** The number that stands for a script in a filter of `count`. */
export function referenceNumber(script: Uint8Array, blockHash: Uint8Array, count: number): bigint {
  return (referenceSipHash(blockHash.subarray(0, 16), script) * BigInt(count) * M) >> 64n;
}

/** @param scripts no two alike, and fewer than 253. */
export function referenceFilter(blockHash: Uint8Array, scripts: readonly Uint8Array[]): Uint8Array {
  const numbers = scripts
    .map((script) => referenceNumber(script, blockHash, scripts.length))
    .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return Uint8Array.of(scripts.length, ...bytesOf(bitsOf(numbers)));
}

/** Golomb-Rice coding of ascending numbers, as text. */
export function bitsOf(numbers: readonly bigint[]): string {
  return numbers
    .map((number, i) => number - (numbers[i - 1] ?? 0n))
    .map((difference) => {
      const quotient = Number(difference >> BigInt(P));
      const remainder = difference % 2n ** BigInt(P);
      return `${'1'.repeat(quotient)}0${remainder.toString(2).padStart(P, '0')}`;
    })
    .join('');
}

/** Bits as bytes; the last one is filled with zeros. */
export function bytesOf(bits: string): Uint8Array {
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Uint8Array.from(bytes, (eight) => Number.parseInt(eight.padEnd(8, '0'), 2));
}

/** Whether a filter that is as it should be, of fewer than 253, holds one of the scripts. */
export function referenceMatch(
  filter: Uint8Array,
  blockHash: Uint8Array,
  scripts: readonly Uint8Array[],
): boolean {
  const [count = 0, ...bytes] = filter;
  const wanted = new Set(scripts.map((script) => referenceNumber(script, blockHash, count)));
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let at = 0;
  let number = 0n;
  for (let i = 0; i < count; i++) {
    const zero = bits.indexOf('0', at);
    number += (BigInt(zero - at) << BigInt(P)) + BigInt(`0b${bits.slice(zero + 1, zero + 1 + P)}`);
    at = zero + 1 + P;
    if (wanted.has(number)) return true;
  }
  return false;
}
