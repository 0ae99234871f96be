/** The output key of Taproot: a key and a tree of scripts in one (BIP 341). */

import { concat } from '../../bytes/concat.ts';
import { sha256 } from '../../bytes/hash.ts';
import { Writer } from '../../bytes/writer.ts';
import { writeCompactSize } from '../../wire/compact-size.ts';
import { evenPoint, plusGenerator, type PublicKey, publicKeyOf, xOnly } from './curve.ts';
import { compareBytes } from './templates.ts';

/** Version of the leaves that BIP 342 gives a meaning. */
const TAPSCRIPT_LEAF = 0xc0;

const LEAF_TAG = tagBytes('TapLeaf');
const BRANCH_TAG = tagBytes('TapBranch');
const TWEAK_TAG = tagBytes('TapTweak');

export function leafHash(script: Uint8Array): Uint8Array {
  const size = new Writer(9);
  writeCompactSize(size, BigInt(script.length));
  return sha256(concat([LEAF_TAG, Uint8Array.of(TAPSCRIPT_LEAF), size.finish(), script]));
}

/** The hash of two subtrees: which of them is the left one does not matter. */
export function branchHash(a: Uint8Array, b: Uint8Array): Uint8Array {
  return sha256(concat(compareBytes(a, b) < 0 ? [BRANCH_TAG, a, b] : [BRANCH_TAG, b, a]));
}

/** @param root the hash of the tree; without one there are no scripts. */
export function outputKey(internalKey: PublicKey, root?: Uint8Array): Uint8Array {
  const x = xOnly(internalKey);
  const tweak = sha256(concat(root === undefined ? [TWEAK_TAG, x] : [TWEAK_TAG, x, root]));
  return xOnly(publicKeyOf(plusGenerator(evenPoint(internalKey), tweak)));
}

/** What a tagged hash begins with (BIP 340). */
function tagBytes(tag: string): Uint8Array {
  const hash = sha256(new TextEncoder().encode(tag));
  return concat([hash, hash]);
}
