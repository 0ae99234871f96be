/** Extended public keys (BIP 32): a key and a chain code, from which other keys follow without any secret. */

import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { base58 } from '@scure/base';
import { equalBytes, sha256d } from '../../bytes/hash.ts';
import { NETWORKS } from '../../networks/by-name.ts';
import type { Network } from '../../networks/network.ts';
import { type Point, type PublicKey, plusGenerator, publicKeyOf, readPublicKey } from './curve.ts';
import { badSyntax, Refusal } from './refusal.ts';

/** Children from here on are hardened: their parent's private key makes them. */
export const HARDENED = 0x80000000;
/** Generations that the one byte can count. */
export const MAX_DEPTH = 255;

/** Version 4, depth 1, fingerprint of the parent 4, number of the child 4, chain code 32, key 33. */
const PAYLOAD_BYTES = 78;
const CHECKSUM_BYTES = 4;
/** What 82 bytes are at most in base58; decoding takes time that grows with the square of it. */
const MAX_CHARACTERS = 112;
const BASE58_TEXT = /^[1-9A-HJ-NP-Za-km-z]+$/;
/** The same with a version of its own for each kind of script (SLIP 132). */
const SLIP132_PREFIX = /^[yzuvYZUV]pub/;

export class ExtendedKey {
  /** How many generations below the first key. */
  readonly depth: number;
  readonly #key: PublicKey;
  readonly #chainCode: Uint8Array;

  constructor(key: PublicKey, chainCode: Uint8Array, depth: number) {
    this.#key = key;
    this.#chainCode = chainCode;
    this.depth = depth;
  }

  get key(): PublicKey {
    return this.#key;
  }

  /** The child with a number below {@link HARDENED}. */
  child(index: number): ExtendedKey {
    const { point, chainCode } = this.#derive(index);
    return new ExtendedKey(publicKeyOf(point), chainCode, this.depth + 1);
  }

  /** The key of that child. */
  childKey(index: number): PublicKey {
    return publicKeyOf(this.#derive(index).point);
  }

  /** CKDpub. */
  #derive(index: number): { point: Point; chainCode: Uint8Array } {
    const data = new Uint8Array(37);
    data.set(this.#key.bytes);
    new DataView(data.buffer).setUint32(33, index, false);
    const digest = hmac(sha512, this.#chainCode, data);
    const point = plusGenerator(this.#key.point, digest.subarray(0, 32));
    return { point, chainCode: digest.subarray(32) };
  }
}

/** Reads an xpub, or a tpub on the networks for tests; throws a {@link Refusal} for anything else. */
export function readExtendedKey(text: string, network: Network): ExtendedKey {
  if (SLIP132_PREFIX.test(text)) {
    const detail = 'an extended key like ypub or zpub: write it as xpub (tpub), the function says the rest';
    throw new Refusal('descriptor-unsupported', detail);
  }
  if (text.length > MAX_CHARACTERS || !BASE58_TEXT.test(text)) throw badSyntax('a key in no known form');
  const bytes = base58.decode(text);
  if (bytes.length !== PAYLOAD_BYTES + CHECKSUM_BYTES) throw badSyntax('a key in no known form');
  const payload = bytes.subarray(0, PAYLOAD_BYTES);
  if (!equalBytes(sha256d(payload).subarray(0, CHECKSUM_BYTES), bytes.subarray(PAYLOAD_BYTES))) {
    throw badSyntax('the checksum of an extended key does not fit: a character is wrong');
  }
  checkVersion(new DataView(payload.buffer, payload.byteOffset).getUint32(0, false), network);
  const depth = payload[4] as number;
  const key = readPublicKey(payload.subarray(45));
  const isFirst = payload.subarray(5, 13).every((byte) => byte === 0);
  if (key === undefined || (depth === 0 && !isFirst)) throw badSyntax('an extended key that cannot be');
  return new ExtendedKey(key, payload.subarray(13, 45), depth);
}

function checkVersion(version: number, network: Network): void {
  if (version === network.xpubVersion) return;
  const others = Object.values(NETWORKS).filter(({ xpubVersion }) => xpubVersion === version);
  if (others.length === 0) throw badSyntax('an extended key of a kind that we do not know');
  const names = others.map(({ name }) => name).join(', ');
  throw new Refusal('descriptor-network', `an extended key of ${names}, not of ${network.name}`);
}
