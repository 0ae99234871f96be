/** A chain with payments that peers can lie about: nodes that pay each other, what their filters hold, and what our wallet has. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { toHex } from '../../../src/bytes/hex.ts';
import { regtest } from '../../../src/networks/regtest.ts';
import { checkScan, deriveScripts } from '../../../src/scan-options.ts';
import { PayingNodes } from './paying-nodes.ts';
import { type TrueBlock, TrueFilters } from './true-filters.ts';
import { RANGE, type WalletTruth, walletTruth } from './wallet-history.ts';

/** With those before and after them over a thousand, so that the payments are on both sides of a checkpoint. */
const QUIET_BLOCKS = 865;
const PAYING_BLOCKS = 40;

export class LiedAbout {
  readonly nodes: PayingNodes;
  readonly filters: TrueFilters;
  /** What our wallet says of the chain as it is at the beginning. */
  readonly wallet: WalletTruth;
  /** Hexadecimal; the scripts of our wallet that occur in the chain. */
  readonly scripts: ReadonlySet<string>;

  private constructor(
    nodes: PayingNodes,
    filters: TrueFilters,
    wallet: WalletTruth,
    scripts: ReadonlySet<string>,
  ) {
    this.nodes = nodes;
    this.filters = filters;
    this.wallet = wallet;
    this.scripts = scripts;
  }

  static async start(t: Pick<TestContext, 'after'>, seed: number): Promise<LiedAbout> {
    const nodes = await PayingNodes.start(t, seed, QUIET_BLOCKS);
    const { ours } = nodes;
    const [coin] = await ours.coins([await ours.newScript('bech32m')]);
    assert.ok(coin !== undefined);
    await ours.node.mineExactly([await ours.pay(coin)]);
    await nodes.pay(PAYING_BLOCKS);
    const filters = await TrueFilters.of(ours.node);
    const descriptors = (await nodes.descriptors()).map((descriptor) => ({ descriptor, range: RANGE }));
    const { scripts } = await deriveScripts(checkScan({ descriptors }, regtest));
    // To match those that nobody has used takes time and finds nothing.
    const used = new Set(filters.blocks.flatMap(({ elements }) => elements.map(toHex)));
    const ourScripts = scripts.map(toHex).filter((script) => used.has(script));
    return new LiedAbout(nodes, filters, await walletTruth(nodes), new Set(ourScripts));
  }

  /** What to look for. */
  get wanted(): { readonly scripts: readonly string[]; readonly fromHeight: number } {
    return { scripts: Array.from(this.scripts), fromHeight: 0 };
  }

  /** The first block above a height in which we are paid by more than its coinbase. */
  payingAbove(above: number): TrueBlock {
    return this.#first(
      ({ height, transactions }) =>
        height > above &&
        transactions
          .slice(1)
          .some(({ tx }) => tx.outputs.some(({ script }) => this.scripts.has(toHex(script)))),
    );
  }

  /** A block that spends a Taproot output of ours by its key and pays to that script no more, and the script. */
  get spentByKey(): { readonly block: TrueBlock; readonly script: string } {
    for (const block of this.filters.blocks) {
      for (const script of block.spentScripts.map(toHex))
        if (script.startsWith('5120') && this.scripts.has(script) && !paysTo(block, script))
          return { block, script };
    }
    throw new Error('no block spends a Taproot output of ours');
  }

  /** A block of which everything is known: it has a coinbase and nothing else. */
  get empty(): TrueBlock {
    return this.#first(({ height, transactions }) => height > 200 && transactions.length === 1);
  }

  #first(passes: (block: TrueBlock) => boolean): TrueBlock {
    const found = this.filters.blocks.find(passes);
    assert.ok(found !== undefined);
    return found;
  }
}

function paysTo({ transactions }: TrueBlock, wanted: string): boolean {
  return transactions.some(({ tx }) => tx.outputs.some(({ script }) => toHex(script) === wanted));
}
