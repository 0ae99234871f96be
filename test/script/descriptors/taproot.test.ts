/** Output keys of Taproot: the vectors of BIP 341, read in place as they are no part of the repository, and examples. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toHex } from '../../../src/bytes/hex.ts';
import { mainnet } from '../../../src/networks/mainnet.ts';
import { parseDescriptor } from '../../../src/script/descriptor.ts';
import { readPublicKey } from '../../../src/script/descriptors/curve.ts';
import { branchHash, leafHash, outputKey } from '../../../src/script/descriptors/taproot.ts';
import { sharedData, skipWithoutSharedData } from '../../support/repository.ts';

interface Leaf {
  readonly script: string;
  readonly leafVersion: number;
}
type Tree = Leaf | readonly [Tree, Tree];

interface Vector {
  readonly given: { readonly internalPubkey: string; readonly scriptTree: Tree | null };
  readonly intermediary: { readonly merkleRoot: string | null; readonly tweakedPubkey: string };
  readonly expected: { readonly scriptPubKey: string };
}

/** The version that BIP 342 gives a meaning, and the only one that descriptors can write. */
const TAPSCRIPT = 192;

test('output keys are those of BIP 341', { skip: skipWithoutSharedData }, () => {
  const known = vectors().filter(({ given }) => leavesOf(given.scriptTree).every(isTapscript));
  assert.ok(known.length >= 6);
  for (const { given, intermediary } of known) {
    const root = given.scriptTree === null ? undefined : rootOf(given.scriptTree);
    assert.equal(root === undefined ? null : toHex(root), intermediary.merkleRoot);
    const key = readPublicKey(fromHex(`02${given.internalPubkey}`));
    assert.ok(key !== undefined);
    assert.equal(toHex(outputKey(key, root)), intermediary.tweakedPubkey);
  }
});

test('tr() stands for the output scripts of BIP 341', { skip: skipWithoutSharedData }, () => {
  const known = vectors().filter(({ given }) => leavesOf(given.scriptTree).every(isSingleKey));
  assert.ok(known.length >= 5);
  for (const { given, expected } of known) {
    const tree = given.scriptTree === null ? '' : `,${written(given.scriptTree)}`;
    const descriptor = parseDescriptor(`tr(${given.internalPubkey}${tree})`, mainnet);
    assert.ok(!('code' in descriptor));
    assert.deepEqual(descriptor.scriptsAt(0).map(toHex), [expected.scriptPubKey]);
  }
});

test('it does not matter which of two subtrees is the left one', () => {
  const a = leafHash(Uint8Array.of(1));
  const b = leafHash(Uint8Array.of(2));
  assert.deepEqual(branchHash(a, b), branchHash(b, a));
  assert.notDeepEqual(branchHash(a, a), branchHash(a, b));
});

function vectors(): readonly Vector[] {
  const file = sharedData('vectors', 'core_bip341_wallet_vectors.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly scriptPubKey: readonly Vector[] })
    .scriptPubKey;
}

function leavesOf(tree: Tree | null): readonly Leaf[] {
  if (tree === null) return [];
  return 'script' in tree ? [tree] : tree.flatMap(leavesOf);
}

function isTapscript({ leafVersion }: Leaf): boolean {
  return leafVersion === TAPSCRIPT;
}

function isSingleKey(leaf: Leaf): boolean {
  return isTapscript(leaf) && /^20[0-9a-f]{64}ac$/.test(leaf.script);
}

function rootOf(tree: Tree): Uint8Array {
  if ('script' in tree) return leafHash(fromHex(tree.script));
  return branchHash(rootOf(tree[0]), rootOf(tree[1]));
}

function written(tree: Tree): string {
  if ('script' in tree) return `pk(${tree.script.slice(2, 66)})`;
  return `{${written(tree[0])},${written(tree[1])}}`;
}
