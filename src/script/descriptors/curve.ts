/** Points of secp256k1, as far as public keys need them. Nothing here is secret, so nothing takes the same time for all. */

import type { WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { toHex } from '../../bytes/hex.ts';

export type Point = WeierstrassPoint<bigint>;

/** A key and the point that it stands for. */
export interface PublicKey {
  /** 33 bytes, or 65 when it is not compressed. */
  readonly bytes: Uint8Array;
  readonly point: Point;
}

const { Point } = secp256k1;

/** The key of 33 or 65 bytes; undefined where they are no point of the curve, and for the hybrid form. */
export function readPublicKey(bytes: Uint8Array): PublicKey | undefined {
  try {
    return { bytes, point: Point.fromBytes(bytes) };
  } catch {
    return undefined;
  }
}

/** The compressed key of a point. */
export function publicKeyOf(point: Point): PublicKey {
  return { bytes: point.toBytes(true), point };
}

/**
 * The point plus a multiple of the generator.
 *
 * @param scalar 32 bytes, big-endian. Hashes make it: that one is not below the order of the curve, or that the sum is no
 * point, has a chance of 1 in 2^127, and is a RangeError.
 */
export function plusGenerator(point: Point, scalar: Uint8Array): Point {
  const sum = Point.BASE.multiplyUnsafe(BigInt(`0x${toHex(scalar)}`)).add(point);
  if (sum.is0()) throw new RangeError('the sum is no point');
  return sum;
}

/** The x coordinate, 32 bytes: what a key is in Taproot (BIP 340). */
export function xOnly({ bytes }: PublicKey): Uint8Array {
  return bytes.subarray(1, 33);
}

/** The one of the two points with this x whose y is even (BIP 340, lift_x). The key has to be compressed. */
export function evenPoint({ bytes, point }: PublicKey): Point {
  return bytes[0] === 2 ? point : point.negate();
}
