/** Descriptors of every form for property tests, valid by the rules of Core; keys are made from one seed. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { HDKey } from '@scure/bip32';
import * as fc from 'fast-check';
import { toHex } from '../../src/bytes/hex.ts';
import type { Network } from '../../src/networks/network.ts';

type KeyForm = 'any' | 'compressed' | 'x-only';

/** How the keys of one descriptor are written. */
interface KeyStyle {
  readonly network: Network;
  /** Values of a step with several; 1 for no such steps. */
  readonly variants: number;
  /** Whether extended keys end in a star. */
  readonly isRanged: boolean;
}

/** Extended private keys of mainnet; others are written with this version too, as nobody looks at it here. */
const PRIVATE_VERSION = 0x0488ade4;
const KEY_COUNT = 24;
/** Bitcoin Knots takes no more; Core takes 128. */
const MAX_TREE_DEPTH = 7;
const HARDENED_MARKS = ['', "'", 'h'] as const;
/** Numbers that steps and the star have now and then. */
const stepNumber = fc.oneof(fc.nat(3), fc.nat(0x7fffffff), fc.constant(0x7fffffff));

const keysByVersion = new Map<number, readonly HDKey[]>();

/** Extended keys of a network, always the same. */
export function extendedKeys({ xpubVersion }: Network): readonly HDKey[] {
  const known = keysByVersion.get(xpubVersion);
  if (known !== undefined) return known;
  const versions = { private: PRIVATE_VERSION, public: xpubVersion };
  const root = HDKey.fromMasterSeed(new Uint8Array(32).fill(42), versions);
  const keys = Array.from({ length: KEY_COUNT }, (_, i) => root.derive(`m/48'/1'/${i}'`));
  keysByVersion.set(xpubVersion, keys);
  return keys;
}

/** Any descriptor but addr() and raw(). */
export function descriptorText(network: Network): fc.Arbitrary<string> {
  const style = fc.record({
    network: fc.constant(network),
    variants: fc.constantFrom(1, 1, 2, 3),
    isRanged: fc.boolean(),
  });
  return style.chain((chosen) => topScript(new KeyMaker(chosen)));
}

function topScript(maker: KeyMaker): fc.Arbitrary<string> {
  const any = maker.key('any');
  const compressed = maker.key('compressed');
  const nested = fc.oneof(
    multisig(['multi', 'sortedmulti'], compressed, 20),
    called(['pk', 'pkh'], compressed),
  );
  const inSh = fc.oneof(
    called(['pk', 'pkh'], any),
    called(['wpkh'], compressed),
    multisig(['multi', 'sortedmulti'], any, 7),
    multisig(['multi', 'sortedmulti'], compressed, 15),
    called(['wsh'], nested),
  );
  return fc.oneof(
    called(['pk', 'pkh', 'combo'], any),
    called(['wpkh'], compressed),
    multisig(['multi', 'sortedmulti'], any, 3),
    called(['sh'], inSh),
    called(['wsh'], nested),
    called(['tr', 'rawtr'], maker.key('x-only')),
    called(
      ['tr'],
      fc.tuple(maker.key('x-only'), tree(maker)).map(([key, leaves]) => `${key},${leaves}`),
    ),
  );
}

function tree(maker: KeyMaker): fc.Arbitrary<string> {
  const key = maker.key('x-only');
  const leaf = fc.oneof(called(['pk'], key), multisig(['multi_a', 'sortedmulti_a'], key, 24));
  return fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', maxDepth: MAX_TREE_DEPTH, withCrossShrink: true },
      leaf,
      fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => `{${left},${right}}`),
    ),
  })).tree;
}

function called(names: readonly string[], inner: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...names), inner).map(([name, text]) => `${name}(${text})`);
}

function multisig(
  names: readonly string[],
  key: fc.Arbitrary<string>,
  maxLength: number,
): fc.Arbitrary<string> {
  const few = fc.array(key, { minLength: 1, maxLength: 3 });
  const keys = fc.oneof(
    { weight: 5, arbitrary: few },
    { weight: 1, arbitrary: fc.array(key, { minLength: 1, maxLength, size: 'max' }) },
  );
  return fc.tuple(fc.constantFrom(...names), keys, fc.nat()).map(([name, texts, number]) => {
    return `${name}(${[1 + (number % texts.length), ...texts].join(',')})`;
  });
}

class KeyMaker {
  readonly #style: KeyStyle;
  readonly #extended: readonly HDKey[];

  constructor(style: KeyStyle) {
    this.#style = style;
    this.#extended = extendedKeys(style.network);
  }

  key(form: KeyForm): fc.Arbitrary<string> {
    const bare = fc.oneof(
      { weight: 1, arbitrary: this.#hex(form) },
      { weight: 3, arbitrary: this.#derived() },
    );
    return fc.tuple(fc.option(origin, { freq: 3 }), bare).map(([before, key]) => `${before ?? ''}${key}`);
  }

  #hex(form: KeyForm): fc.Arbitrary<string> {
    const compressed = fc
      .constantFrom(...this.#extended)
      .map(({ publicKey }) => toHex(publicKey as Uint8Array));
    if (form === 'compressed') return compressed;
    const other = form === 'x-only' ? compressed.map((hex) => hex.slice(2)) : compressed.map(uncompressed);
    return fc.tuple(fc.oneof(compressed, other), fc.boolean()).map(([hex, isUpper]) => {
      return isUpper ? hex.toUpperCase() : hex;
    });
  }

  #derived(): fc.Arbitrary<string> {
    const { variants, isRanged } = this.#style;
    const steps = fc.oneof(fc.constant([]), fc.array(stepNumber.map(String), { maxLength: 2 }));
    const values = fc.uniqueArray(stepNumber, { minLength: variants, maxLength: variants });
    return fc
      .tuple(fc.constantFrom(...this.#extended), steps, values, steps, fc.boolean(), fc.boolean())
      .map(([key, before, several, after, hasSeveral, hasStar]) => {
        const step = variants > 1 && hasSeveral ? [`<${several.join(';')}>`] : [];
        const star = isRanged && hasStar ? ['*'] : [];
        return [key.publicExtendedKey, ...before, ...step, ...after, ...star].join('/');
      });
  }
}

const origin = fc
  .tuple(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.array(fc.tuple(stepNumber, fc.constantFrom(...HARDENED_MARKS)), { maxLength: 3 }),
  )
  .map(
    ([fingerprint, steps]) => `[${[toHex(fingerprint), ...steps.map((step) => step.join(''))].join('/')}]`,
  );

function uncompressed(hex: string): string {
  return secp256k1.Point.fromHex(hex).toHex(false);
}

/** A text with a few of its characters left out, doubled, exchanged or replaced, as by a hand that slips. */
export function mutated(text: fc.Arbitrary<string>, characters: string): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat(), fc.nat(4), fc.constantFrom(...characters.split('')), fc.nat(12));
  return fc.tuple(text, fc.array(change, { minLength: 1, maxLength: 3 })).map(([original, changes]) => {
    return changes.reduce((body, [place, kind, character, length]) => {
      const at = place % (body.length + 1);
      const before = body.slice(0, at);
      const after = body.slice(at);
      if (kind === 0) return before + after.slice(length);
      if (kind === 1) return before + character + after;
      if (kind === 2) return before + character + after.slice(1);
      if (kind === 3) return before + after.slice(0, length) + after;
      return before + (after[1] ?? '') + (after[0] ?? '') + after.slice(2);
    }, original);
  });
}
