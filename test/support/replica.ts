/** A store in its simplest form: it knows of a tree only what the changes tell. */
import assert from 'node:assert/strict';
import { sha256d } from '../../src/bytes/hash.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { TreeChange } from '../../src/chain/tree-change.ts';
import { fromHex } from '../../src/bytes/hex.ts';
import type { Network } from '../../src/networks/network.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import { concatenated } from './concatenated.ts';
import { hexOf } from './tree.ts';

interface Entry {
  /** Hexadecimal, wire order. */
  readonly hash: string;
  readonly header: Uint8Array;
}

interface SideEntry extends Entry {
  readonly height: number;
}

export class Replica {
  readonly #network: Network;
  /** The best chain, genesis first. */
  readonly best: Entry[];
  /** Headers off the best chain, by hash. */
  readonly side: Map<string, SideEntry> = new Map();

  constructor(network: Network) {
    this.#network = network;
    this.best = [entryOf(fromHex(network.genesisHeaderHex))];
  }

  /** Does what a change says, and nothing that it does not say. */
  apply(change: TreeChange): void {
    const { fork, removed, added, promoted, appended, branched, forgotten, tip } = change;
    assert.equal(hexOf(fork.hash), this.best[fork.height]?.hash, 'the fork is on the best chain');
    const cut = this.best.splice(fork.height + 1);
    assert.deepEqual(removed.map(hexOf), hashesOf(cut).toReversed(), 'all above the fork is removed');
    for (const [i, entry] of cut.entries()) {
      this.side.set(entry.hash, { ...entry, height: fork.height + 1 + i });
    }
    for (const hash of promoted.map(hexOf)) {
      const entry = this.side.get(hash);
      assert.ok(entry !== undefined, 'what is promoted was on the side');
      this.side.delete(hash);
      this.best.push(entry);
    }
    for (let at = 0; at < appended.length; at += HEADER_SIZE_BYTES) {
      this.best.push(entryOf(appended.slice(at, at + HEADER_SIZE_BYTES)));
    }
    const above = hashesOf(this.best.slice(fork.height + 1));
    assert.deepEqual(added.map(hexOf), above, 'what is added is what is promoted and appended');
    for (const { hash, bytes, height } of branched) {
      const entry = entryOf(bytes.slice());
      assert.equal(hexOf(hash), entry.hash);
      assert.ok(!this.side.has(entry.hash), 'what is branched is new');
      this.side.set(entry.hash, { ...entry, height });
    }
    for (const hash of forgotten) assert.ok(this.side.delete(hexOf(hash)), 'what is forgotten was there');
    assert.deepEqual([tip.height, hexOf(tip.hash)], [this.best.length - 1, this.best.at(-1)?.hash]);
  }

  /** A tree put back from what is here, as at the next start. */
  restore(options: { readonly maxSideHeaders?: number } = {}): HeaderTree {
    const tree = new HeaderTree(this.#network, options);
    const headers = concatenated(...this.best.slice(1).map(({ header }) => header));
    tree.restoreBest(HeaderRun.linked(headers, fromHex(this.best.at(-1)?.hash ?? '')));
    const entries = [...this.side.values()].toSorted((a, b) => a.height - b.height);
    for (const { header } of entries) assert.ok(tree.restoreSide(header), 'its parent is there');
    return tree;
  }
}

function entryOf(header: Uint8Array): Entry {
  return { hash: hexOf(sha256d(header)), header };
}

function hashesOf(entries: readonly Entry[]): string[] {
  return entries.map(({ hash }) => hash);
}

/** Checks that two trees, or what two trees say of themselves, are the same; branches of equal work in any order. */
export function assertSameTree(actual: HeaderTree, expected: HeaderTree): void {
  assert.deepEqual(actual.tip, expected.tip);
  assert.deepEqual(sortedTips(actual), sortedTips(expected));
  for (let height = 0; height <= expected.tip.height; height++) {
    const hash = expected.hashAt(height);
    assert.deepEqual(actual.hashAt(height), hash);
    assert.equal(actual.heightOf(hash), height);
    assert.equal(actual.timeAt(height), expected.timeAt(height));
    assert.equal(actual.bitsAt(height), expected.bitsAt(height));
    assert.equal(actual.medianTimeAt(height), expected.medianTimeAt(height));
    assert.equal(actual.chainworkAt(height), expected.chainworkAt(height));
  }
  for (const { hash } of expected.tips()) assert.deepEqual(actual.locator(hash), expected.locator(hash));
}

function sortedTips(tree: HeaderTree): string[] {
  return tree
    .tips()
    .map(({ hash, height, chainwork, branchLength }) =>
      [hexOf(hash), height, chainwork, branchLength].join(' '),
    )
    .toSorted();
}
