/** One header after another is handed to bitcoind and to our own judges; what they say, and what they then hold, must be the same. */
import assert from 'node:assert/strict';
import { fromHex, toDisplayHex, toHex } from '../../../src/bytes/hex.ts';
import type { HeaderTree } from '../../../src/chain/header-tree.ts';
import type { CoreReason, OracleTree } from '../oracle-tree.ts';
import { assertSameTree } from '../replica.ts';
import { submitInRuns, submitToTree } from '../tree-judge.ts';
import type { HeaderNode, HeaderTip, NodeReason } from './header-node.ts';

/** Who is compared with bitcoind. */
export interface Judges {
  readonly oracle?: OracleTree;
  /** Gets headers one by one, as bitcoind does. */
  readonly tree?: HeaderTree;
  /** Gets them as they would come in messages, as many in a run as are linked. */
  readonly treeOfRuns?: HeaderTree;
}

/** How often bitcoind gave each answer. */
export type Tally = ReadonlyMap<NodeReason | 'accepted', number>;

export class Differential {
  readonly #node: HeaderNode;
  readonly #judges: Judges;
  readonly #tally = new Map<NodeReason | 'accepted', number>();
  #count = 0;

  constructor(node: HeaderNode, judges: Judges) {
    this.#node = node;
    this.#judges = judges;
  }

  get tally(): Tally {
    return this.#tally;
  }

  /**
   * Hands on headers in order, while all clocks show `nowSeconds`.
   *
   * @param said what the oracle has said of each before; else it is asked now.
   */
  async feed(
    headers: readonly Uint8Array[],
    nowSeconds: number,
    said?: readonly (CoreReason | undefined)[],
  ): Promise<void> {
    const { tree, treeOfRuns, oracle } = this.#judges;
    const answers = await this.#node.submit(headers);
    const ofOracle = said ?? (oracle && headers.map((header) => oracle.submit(header, nowSeconds)));
    for (const [i, header] of headers.entries()) {
      const answer = answers[i];
      const about = `header ${this.#count++}, ${toHex(header)}`;
      if (ofOracle !== undefined) assert.equal(ofOracle[i], answer, `oracle: ${about}`);
      if (tree !== undefined) assert.equal(submitToTree(tree, header, nowSeconds), answer, `tree: ${about}`);
      this.#tally.set(answer ?? 'accepted', (this.#tally.get(answer ?? 'accepted') ?? 0) + 1);
    }
    if (treeOfRuns !== undefined) submitInRuns(treeOfRuns, headers, answers, nowSeconds);
  }

  /** All ends of branches with their work, and which of them is the best. */
  async compareTips(): Promise<void> {
    const { tree, treeOfRuns, oracle } = this.#judges;
    const tips = await this.#node.tips();
    const bestHeight = await this.#node.bestHeight();
    if (oracle !== undefined) {
      const ofOracle = oracle.tips().map((tip) => ({ ...tip, hash: toDisplayHex(fromHex(tip.hash)) }));
      assert.deepEqual(textOf(ofOracle), textOf(tips), 'tips of the oracle');
      assert.equal(oracle.best.height, bestHeight, 'best height of the oracle');
    }
    if (tree !== undefined) {
      const ofTree = tree.tips().map((tip) => ({ ...tip, hash: toDisplayHex(tip.hash) }));
      assert.deepEqual(textOf(ofTree), textOf(tips), 'tips of the tree');
      assert.equal(tree.tip.height, bestHeight, 'best height of the tree');
      const best = tips.find(({ hash }) => hash === toDisplayHex(tree.tip.hash));
      assert.equal(tree.medianTimeAt(bestHeight), best?.medianTime, 'median time past of the best');
    }
    // What was first of several with the same work, bitcoind does not tell, but the oracle knows when each came.
    if (tree !== undefined && oracle !== undefined) {
      assert.equal(toHex(tree.tip.hash), oracle.best.hash, 'best of the tree');
    }
    if (tree !== undefined && treeOfRuns !== undefined) assertSameTree(treeOfRuns, tree);
  }
}

function textOf(tips: readonly Pick<HeaderTip, 'hash' | 'height' | 'chainwork'>[]): string[] {
  return tips.map(({ hash, height, chainwork }) => `${height} ${hash} ${chainwork}`).toSorted();
}
