/** Output script descriptors (BIP 380 to 387 and 389; Core: doc/descriptors.md): texts that stand for output scripts. */

import type { Network } from '../networks/network.ts';
import { CHECKSUM_CHARACTERS, checksumOf } from './descriptors/checksum.ts';
import { Cursor } from './descriptors/cursor.ts';
import { HARDENED } from './descriptors/extended-key.ts';
import type { KeyExpression } from './descriptors/key-expression.ts';
import { badSyntax, Refusal, type WrongDescriptor } from './descriptors/refusal.ts';
import { ScriptParser } from './descriptors/script-expression.ts';

export { descriptorChecksum } from './descriptors/checksum.ts';
export type { DescriptorFault, WrongDescriptor } from './descriptors/refusal.ts';

export interface Descriptor {
  /** Whether it has a `*`: then it stands for other scripts at each index. */
  readonly isRanged: boolean;
  /** The eight characters that belong behind its `#`, whether they were written there or not. */
  readonly checksum: string;
  /**
   * Its scripts at an index from 0 to 2^31 - 1, which means nothing unless it is ranged. One, but four of combo() with a
   * compressed key and two with another; and so many for each value of a step like `<0;1>`, value after value.
   *
   * @throws {RangeError} for an index that is no such number.
   */
  scriptsAt(index: number): Uint8Array[];
}

/** Longest text that is looked at: 999 extended keys with origins and paths, as many as any function takes, are shorter. */
const MAX_CHARACTERS = 200_000;
/** Derivations for one index, counting those that are only made once: some seconds of work. Nodes have no such limit. */
const MAX_EFFORT = 10_000;

/**
 * The scripts that a descriptor stands for, or what is wrong with the text. A checksum is verified if there is one.
 *
 * Keys are public ones. Not taken are Miniscript, musig() and hardened steps after a key, which need its private key.
 */
export function parseDescriptor(text: string, network: Network): Descriptor | WrongDescriptor {
  try {
    return parse(text, network);
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, detail: error.detail };
    throw error;
  }
}

function parse(text: string, network: Network): Descriptor {
  if (text.length > MAX_CHARACTERS) {
    throw new Refusal('descriptor-unsupported', `${text.length} characters, at most ${MAX_CHARACTERS}`);
  }
  const [body = '', given, ...more] = text.split('#');
  const checksum = checksumOf(body);
  if (checksum === undefined) throw badSyntax('a character that no descriptor has');
  if (given !== undefined) checkChecksum(given, checksum, more.length);
  const parser = new ScriptParser(new Cursor(body), network);
  const scriptsOf = parser.parse();
  const variants = variantsOf(parser.keys);
  return {
    isRanged: parser.keys.some((key) => key.isRanged),
    checksum,
    scriptsAt(index) {
      if (!Number.isInteger(index) || index < 0 || index >= HARDENED) {
        throw new RangeError(`index must be an integer from 0 to ${HARDENED - 1}, not ${index}`);
      }
      return Array.from({ length: variants }, (_, variant) => scriptsOf({ variant, index })).flat();
    },
  };
}

function checkChecksum(given: string, right: string, furtherParts: number): void {
  if (furtherParts > 0) throw new Refusal('descriptor-checksum', 'more than one #');
  if (given.length !== CHECKSUM_CHARACTERS) {
    const detail = `${given.length} characters behind the #, where a checksum has ${CHECKSUM_CHARACTERS}`;
    throw new Refusal('descriptor-checksum', detail);
  }
  if (given !== right) {
    throw new Refusal('descriptor-checksum', 'the checksum does not fit: a character is wrong');
  }
}

/** How many values the steps with several values have: all the same number (BIP 389). */
function variantsOf(keys: readonly KeyExpression[]): number {
  const counts = new Set(keys.map((key) => key.variants));
  counts.delete(1);
  if (counts.size > 1) throw badSyntax('steps with several values that are not equally many');
  const [variants = 1] = counts;
  const effort = variants * keys.reduce((sum, key) => sum + key.effort, 0);
  if (effort > MAX_EFFORT) {
    throw new Refusal(
      'descriptor-unsupported',
      `${effort} keys to derive for one index, at most ${MAX_EFFORT}`,
    );
  }
  return variants;
}
