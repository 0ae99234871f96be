/** Keys in descriptors (BIP 380, BIP 389): in hexadecimal, or extended with a path; where they come from is read over. */

import { fromHex } from '../../bytes/hex.ts';
import type { Network } from '../../networks/network.ts';
import { type PublicKey, readPublicKey } from './curve.ts';
import { type ExtendedKey, HARDENED, MAX_DEPTH, readExtendedKey } from './extended-key.ts';
import { type KeyPath, parseKeyPath, parseStep } from './key-path.ts';
import { badSyntax, Refusal } from './refusal.ts';

/** Which keys may stand in a place: the old scripts take all, SegWit compressed ones, and Taproot the x alone as well. */
export type KeyForm = 'any' | 'compressed' | 'x-only';

/** Which of the scripts of a descriptor is meant. */
export interface Place {
  /** Which value of a step that has several, from 0. */
  readonly variant: number;
  /** What stands for the `*`. */
  readonly index: number;
}

export interface KeyExpression {
  /** Length of its keys. */
  readonly sizeBytes: number;
  readonly isRanged: boolean;
  /** How many values its step with several values has; 1 without such a step. */
  readonly variants: number;
  /** Derivations that lead to one key at most, and 1 when there is nothing to derive: what it costs. */
  readonly effort: number;
  at(place: Place): PublicKey;
}

const HEX_TEXT = /^(?:[0-9a-fA-F]{2})+$/;
const FINGERPRINT = /^[0-9a-fA-F]{8}$/;
/** An extended private key; or one for importing, not compressed or compressed, of mainnet or for tests. */
const PRIVATE_KEY = /^(?:[a-zA-Z]prv|[59][1-9A-HJ-NP-Za-km-z]{50}$|[KLc][1-9A-HJ-NP-Za-km-z]{51}$)/;

const PASTE_PUBLIC =
  'paste the public descriptor, as listdescriptors and getdescriptorinfo of bitcoind print it';

/** @throws {Refusal} for all that is no key of the network in a form that may stand here. */
export function parseKey(text: string, form: KeyForm, network: Network): KeyExpression {
  const [head = '', tail, ...more] = text.split(']');
  if (more.length > 0) throw badSyntax('a key with more than one ]');
  if (tail !== undefined) checkOrigin(head);
  const [key = '', ...path] = (tail ?? head).split('/');
  if (PRIVATE_KEY.test(key)) {
    throw new Refusal('descriptor-private-key', `a private key, which nothing here needs: ${PASTE_PUBLIC}`);
  }
  if (path.length === 0 && HEX_TEXT.test(key)) return fixedKey(fromHex(key), form);
  if (key === '') throw badSyntax('a key is missing');
  return derivedKey(readExtendedKey(key, network), path);
}

/** [FINGERPRINT/STEP/STEP…], up to the bracket: nothing in it has to do with the scripts. */
function checkOrigin(text: string): void {
  if (!text.startsWith('[')) throw badSyntax('a key with a ] but no [ before it');
  const [fingerprint = '', ...steps] = text.slice(1).split('/');
  if (!FINGERPRINT.test(fingerprint)) throw badSyntax('a fingerprint that is not eight hexadecimal digits');
  for (const step of steps) parseStep(step);
}

function fixedKey(bytes: Uint8Array, form: KeyForm): KeyExpression {
  const isBareX = bytes.length === 32;
  if (isBareX && form !== 'x-only') throw badSyntax('a key of 32 bytes, which only tr() and rawtr() take');
  const key = readPublicKey(isBareX ? Uint8Array.of(2, ...bytes) : bytes);
  if (key === undefined) throw badSyntax('a key that is no point of the curve, or not of a length for one');
  const sizeBytes = key.bytes.length;
  if (sizeBytes === 65 && form !== 'any') throw badSyntax('a key that is not compressed, where it has to be');
  return { sizeBytes, isRanged: false, variants: 1, effort: 1, at: () => key };
}

function derivedKey(root: ExtendedKey, elements: readonly string[]): KeyExpression {
  const path = parseKeyPath(elements);
  const { before, values, after, last } = path;
  if (last === 'any-hardened' || [before, values, after].some((steps) => steps.some(isHardened))) {
    const detail = `a hardened step after a public key, which only the private key can take: ${PASTE_PUBLIC}`;
    throw new Refusal('descriptor-private-key', detail);
  }
  if (root.depth + elements.length > MAX_DEPTH) throw badSyntax('a path to a depth that BIP 32 cannot count');
  return new DerivedKey(root, path, Math.max(1, elements.length));
}

function isHardened(step: number): boolean {
  return step >= HARDENED;
}

/** The key before the last step is kept: each index costs one derivation. */
class DerivedKey implements KeyExpression {
  readonly sizeBytes = 33;
  readonly isRanged: boolean;
  readonly variants: number;
  readonly effort: number;
  readonly #root: ExtendedKey;
  readonly #path: KeyPath;
  /** By variant, as they are first asked for. */
  readonly #parents: ExtendedKey[] = [];
  /** Other keys may have variants where this one has none: it is asked for the same key again then. */
  #newest: { readonly variant: number; readonly index: number; readonly key: PublicKey } | undefined;

  constructor(root: ExtendedKey, path: KeyPath, effort: number) {
    this.#root = root;
    this.#path = path;
    this.isRanged = path.last === 'any';
    this.variants = Math.max(1, path.values.length);
    this.effort = effort;
  }

  at(place: Place): PublicKey {
    const variant = this.variants === 1 ? 0 : place.variant;
    if (!this.isRanged) return this.#parent(variant).key;
    const { index } = place;
    if (this.#newest?.variant === variant && this.#newest.index === index) return this.#newest.key;
    const key = this.#parent(variant).childKey(index);
    this.#newest = { variant, index, key };
    return key;
  }

  #parent(variant: number): ExtendedKey {
    const { before, values, after } = this.#path;
    const steps = [...before, ...values.slice(variant, variant + 1), ...after];
    return (this.#parents[variant] ??= steps.reduce((key, step) => key.child(step), this.#root));
  }
}
