/** The functions of descriptors and what may stand in which (BIP 381 to 387; Core: src/script/descriptor.cpp, ParseScript). */

import { fromHex } from '../../bytes/hex.ts';
import type { Network } from '../../networks/network.ts';
import { parseAddress } from '../address.ts';
import type { Cursor } from './cursor.ts';
import { xOnly } from './curve.ts';
import { type KeyExpression, type KeyForm, parseKey, type Place } from './key-expression.ts';
import { badSyntax, Refusal } from './refusal.ts';
import { branchHash, leafHash, outputKey } from './taproot.ts';
import {
  countedMultisig,
  multisig,
  payToKey,
  payToKeyHash,
  payToScriptHash,
  payToTaproot,
  payToWitnessKeyHash,
  payToWitnessScriptHash,
  sortedKeys,
} from './templates.ts';

/** What a function stands in: nothing, sh(), wsh(), or the tree of tr(). */
type Context = 'top' | 'sh' | 'wsh' | 'leaf';
type Template = (place: Place) => Uint8Array;

const NESTED = ['top', 'sh', 'wsh'] as const;
/** Where each function may stand. */
const FUNCTIONS = {
  pk: ['top', 'sh', 'wsh', 'leaf'],
  pkh: NESTED,
  wpkh: ['top', 'sh'],
  combo: ['top'],
  multi: NESTED,
  sortedmulti: NESTED,
  multi_a: ['leaf'],
  sortedmulti_a: ['leaf'],
  sh: ['top'],
  wsh: ['top', 'sh'],
  tr: ['top'],
  rawtr: ['top'],
  addr: ['top'],
  raw: ['top'],
} as const satisfies Readonly<Record<string, readonly Context[]>>;

type FunctionName = keyof typeof FUNCTIONS;

/** What Miniscript writes beside the functions above; its wrappers stand before a colon (BIP 379). */
const MINISCRIPT =
  /^(?:[a-z]+:.*|pk_[kh]|pkh|older|after|sha256|hash256|ripemd160|hash160|andor|and_[vbn]|or_[bcdi]|thresh)$/s;

const CONTEXT_NAMES = { top: 'on its own', sh: 'in sh()', wsh: 'in wsh()', leaf: 'in the tree of tr()' };

/** Keys of a multisig script, and how many of them where it is the output's own (Core: MAX_PUBKEYS_PER_MULTISIG). */
const MAX_MULTISIG_KEYS = 20;
const MAX_BARE_KEYS = 3;
/** Bytes of a script that is pushed to be hashed: one element of the stack (Core: MAX_SCRIPT_ELEMENT_SIZE). */
const MAX_REDEEM_SCRIPT_BYTES = 520;
/** Keys of a multisig script in Taproot: 1,000 elements may be on the stack (Core: MAX_PUBKEYS_PER_MULTI_A). */
const MAX_COUNTED_KEYS = 999;
/** Levels of a tree of scripts (Core: TAPROOT_CONTROL_MAX_NODE_COUNT). */
const MAX_TREE_DEPTH = 128;

/** The scripts that an expression stands for, and the keys in it. */
export class ScriptParser {
  /** All of them, once the parsing is done. */
  readonly keys: KeyExpression[] = [];
  readonly #cursor: Cursor;
  readonly #network: Network;

  constructor(cursor: Cursor, network: Network) {
    this.#cursor = cursor;
    this.#network = network;
  }

  /** @throws {Refusal} for all that is no descriptor. */
  parse(): (place: Place) => Uint8Array[] {
    const name = this.#functionName('top');
    const scripts = name === 'combo' ? this.#combo() : single(this.#arguments(name, 'top'));
    this.#cursor.expect(')', name);
    if (!this.#cursor.isAtEnd) throw badSyntax('something stands behind the last bracket');
    return scripts;
  }

  #script(context: Context): Template {
    const name = this.#functionName(context);
    const template = this.#arguments(name, context);
    this.#cursor.expect(')', name);
    return template;
  }

  /** Goes past the bracket behind it. */
  #functionName(context: Context): FunctionName {
    const name = this.#cursor.word();
    if (!this.#cursor.skip('(')) throw badSyntax(`a function is missing ${CONTEXT_NAMES[context]}`);
    const isKnown = isFunctionName(name);
    if (isKnown && (FUNCTIONS[name] as readonly Context[]).includes(context)) return name;
    if ((context === 'wsh' || context === 'leaf') && MINISCRIPT.test(name)) {
      throw new Refusal(
        'descriptor-unsupported',
        `Miniscript ${CONTEXT_NAMES[context]}, which is not known here`,
      );
    }
    if (context === 'top' && name === 'unused') {
      throw new Refusal('descriptor-unsupported', 'unused() stands for no script');
    }
    throw badSyntax(
      isKnown ? `${name}() may not stand ${CONTEXT_NAMES[context]}` : 'a function of no known name',
    );
  }

  #arguments(name: FunctionName, context: Context): Template {
    switch (name) {
      case 'pk':
        return this.#pk(context);
      case 'pkh': {
        const key = this.#key(formIn(context));
        return (place) => payToKeyHash(key.at(place).bytes);
      }
      case 'wpkh': {
        const key = this.#key('compressed');
        return (place) => payToWitnessKeyHash(key.at(place).bytes);
      }
      case 'multi':
      case 'sortedmulti':
        return this.#multi(name, context);
      case 'multi_a':
      case 'sortedmulti_a':
        return this.#countedMulti(name);
      case 'sh': {
        const script = this.#script('sh');
        return (place) => payToScriptHash(script(place));
      }
      case 'wsh': {
        const script = this.#script('wsh');
        return (place) => payToWitnessScriptHash(script(place));
      }
      case 'tr':
        return this.#tr();
      case 'rawtr': {
        const key = this.#key('x-only');
        return (place) => payToTaproot(xOnly(key.at(place)));
      }
      case 'addr':
        return this.#address();
      case 'raw':
        return this.#raw();
      case 'combo':
        throw new TypeError('combo() makes more than one script and stands in nothing');
    }
  }

  #pk(context: Context): Template {
    const key = this.#key(formIn(context));
    if (context === 'leaf') return (place) => payToKey(xOnly(key.at(place)));
    return (place) => payToKey(key.at(place).bytes);
  }

  #combo(): (place: Place) => Uint8Array[] {
    const key = this.#key('any');
    return (place) => {
      const { bytes } = key.at(place);
      const old = [payToKey(bytes), payToKeyHash(bytes)];
      if (bytes.length !== 33) return old;
      const witness = payToWitnessKeyHash(bytes);
      return [...old, witness, payToScriptHash(witness)];
    };
  }

  #multi(name: 'multi' | 'sortedmulti', context: Context): Template {
    const { needed, keys } = this.#keysOfMultisig(name, formIn(context));
    const limit = context === 'top' ? MAX_BARE_KEYS : MAX_MULTISIG_KEYS;
    if (keys.length > limit) {
      throw badSyntax(`${name}(): ${keys.length} keys, at most ${limit} ${CONTEXT_NAMES[context]}`);
    }
    const sizeBytes = keys.reduce((sum, key) => sum + key.sizeBytes + 1, 3);
    if (context === 'sh' && sizeBytes > MAX_REDEEM_SCRIPT_BYTES) {
      throw badSyntax(
        `${name}(): a script of ${sizeBytes} bytes, at most ${MAX_REDEEM_SCRIPT_BYTES} in sh()`,
      );
    }
    const order = name === 'sortedmulti' ? sortedKeys : asTheyAre;
    return (place) => multisig(needed, order(keys.map((key) => key.at(place).bytes)));
  }

  #countedMulti(name: 'multi_a' | 'sortedmulti_a'): Template {
    const { needed, keys } = this.#keysOfMultisig(name, 'x-only');
    if (keys.length > MAX_COUNTED_KEYS) {
      throw badSyntax(`${name}(): ${keys.length} keys, at most ${MAX_COUNTED_KEYS}`);
    }
    const order = name === 'sortedmulti_a' ? sortedKeys : asTheyAre;
    return (place) => countedMultisig(needed, order(keys.map((key) => xOnly(key.at(place)))));
  }

  /** How many have to sign, and the keys. */
  #keysOfMultisig(name: FunctionName, form: KeyForm): { needed: number; keys: KeyExpression[] } {
    const text = this.#cursor.word();
    const keys: KeyExpression[] = [];
    while (this.#cursor.skip(',')) keys.push(this.#key(form));
    if (keys.length === 0) throw badSyntax(`${name}(): no keys`);
    const needed = /^\d+$/.test(text) ? Number(text) : 0;
    if (needed < 1 || needed > keys.length) {
      throw badSyntax(`${name}(): the number of keys that have to sign is none from 1 to ${keys.length}`);
    }
    return { needed, keys };
  }

  #tr(): Template {
    const key = this.#key('x-only');
    if (!this.#cursor.skip(',')) return (place) => payToTaproot(outputKey(key.at(place)));
    const root = this.#tree(0);
    return (place) => payToTaproot(outputKey(key.at(place), root(place)));
  }

  /** The hash of a tree that stands so many levels below the root. */
  #tree(depth: number): Template {
    if (!this.#cursor.skip('{')) {
      const script = this.#script('leaf');
      return (place) => leafHash(script(place));
    }
    if (depth === MAX_TREE_DEPTH) throw badSyntax(`tr(): more than ${MAX_TREE_DEPTH} levels`);
    const left = this.#tree(depth + 1);
    this.#cursor.expect(',', 'tr()');
    const right = this.#tree(depth + 1);
    this.#cursor.expect('}', 'tr()');
    return (place) => branchHash(left(place), right(place));
  }

  #address(): Template {
    const parsed = parseAddress(this.#cursor.word(), this.#network);
    if ('script' in parsed) return () => parsed.script.slice();
    const code = parsed.code === 'address-network' ? 'descriptor-network' : 'descriptor-syntax';
    throw new Refusal(code, `addr(): ${parsed.detail}`);
  }

  #raw(): Template {
    const text = this.#cursor.word();
    if (!/^(?:[0-9a-fA-F]{2})+$/.test(text))
      throw badSyntax('raw(): no hexadecimal digits, or half a byte too many');
    const script = fromHex(text);
    return () => script.slice();
  }

  #key(form: KeyForm): KeyExpression {
    const text = this.#cursor.word();
    if (text === 'musig') throw new Refusal('descriptor-unsupported', 'musig(), which is not known here');
    const key = parseKey(text, form, this.#network);
    this.keys.push(key);
    return key;
  }
}

function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}

function formIn(context: Context): KeyForm {
  if (context === 'leaf') return 'x-only';
  return context === 'wsh' ? 'compressed' : 'any';
}

function single(template: Template): (place: Place) => Uint8Array[] {
  return (place) => [template(place)];
}

function asTheyAre(keys: readonly Uint8Array[]): readonly Uint8Array[] {
  return keys;
}
