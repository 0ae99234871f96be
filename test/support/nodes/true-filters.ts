/** The blocks of a bitcoind, what they spend, and the filters that the node itself gives them. */
import assert from 'node:assert/strict';
import { fromHex, fromDisplayHex } from '../../../src/bytes/hex.ts';
import { type HashKey, hashKey } from '../../../src/bytes/hash-key.ts';
import { buildBasicFilter, filterElements } from '../../../src/filters/index.ts';
import { block as blockCodec } from '../../../src/wire/block.ts';
import { decode } from '../../../src/wire/codec.ts';
import { identify, type IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { keyOfOutput, type OutPointKey, outPointKey } from '../../../src/wire/outpoint-key.ts';
import type { Bitcoind } from './bitcoind.ts';
import { waitForFilter } from './paying-nodes.ts';

export interface TrueBlock {
  readonly height: number;
  /** Wire order. */
  readonly hash: Uint8Array;
  /** The coinbase first. */
  readonly transactions: readonly IdentifiedTx[];
  /** The output scripts that it spends. */
  readonly spentScripts: readonly Uint8Array[];
  /** What its filter is made of. */
  readonly elements: readonly Uint8Array[];
  readonly filter: Uint8Array;
}

/** Blocks that are read at a time. */
const BATCH_BLOCKS = 250;

export class TrueFilters {
  readonly #node: Bitcoind;
  /** From genesis on. */
  readonly #blocks: TrueBlock[] = [];
  readonly #heights = new Map<HashKey, number>();
  /** Scripts of all outputs there ever were. */
  readonly #scripts = new Map<OutPointKey, Uint8Array>();
  #growing: Promise<void> = Promise.resolve();

  private constructor(node: Bitcoind) {
    this.#node = node;
  }

  /** Those of all blocks that a node has. */
  static async of(node: Bitcoind): Promise<TrueFilters> {
    const filters = new TrueFilters(node);
    await filters.grow();
    return filters;
  }

  get blocks(): readonly TrueBlock[] {
    return this.#blocks;
  }

  /** Undefined for a block that was not read. @param hash wire order. */
  heightOf(hash: Uint8Array): number | undefined {
    return this.#heights.get(hashKey(hash));
  }

  /** Reads the blocks that came since. No branch may have been left. */
  async grow(): Promise<void> {
    this.#growing = this.#growing.then(async () => {
      const { height } = await this.#node.tip();
      await waitForFilter(this.#node, height);
      while (this.#blocks.length <= height)
        await this.#read(this.#blocks.length, Math.min(height, this.#blocks.length + BATCH_BLOCKS - 1));
    });
    await this.#growing;
  }

  async #read(first: number, last: number): Promise<void> {
    const heights = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const names = await this.#node.rpcBatch<string>(heights.map((height) => ['getblockhash', [height]]));
    const blocks = await this.#node.rpcBatch<string>(names.map((name) => ['getblock', [name, 0]]));
    const filters = await this.#node.rpcBatch<{ filter: string }>(
      names.map((name) => ['getblockfilter', [name]]),
    );
    for (const [i, height] of heights.entries())
      this.#add(
        height,
        fromDisplayHex(names[i] ?? ''),
        fromHex(blocks[i] ?? ''),
        fromHex(filters[i]?.filter ?? ''),
      );
  }

  #add(height: number, hash: Uint8Array, raw: Uint8Array, filter: Uint8Array): void {
    const transactions = decode(blockCodec, raw).transactions.map(identify);
    for (const { txid, tx } of transactions)
      for (const [vout, { script }] of tx.outputs.entries())
        this.#scripts.set(keyOfOutput(hashKey(txid), vout), script);
    const spentScripts = transactions.slice(1).flatMap(({ tx }) =>
      tx.inputs.map(({ previous }) => {
        const script = this.#scripts.get(outPointKey(previous));
        assert.ok(script !== undefined, `block ${height} spends an output of no block before`);
        return script;
      }),
    );
    const elements = filterElements(
      transactions.map(({ tx }) => tx),
      spentScripts,
    );
    // What a lie changes is then the one thing that is wrong with it.
    assert.deepEqual(buildBasicFilter(hash, elements), filter, `the filter of block ${height}`);
    this.#heights.set(hashKey(hash), height);
    this.#blocks.push({ height, hash, transactions, spentScripts, elements, filter });
  }
}
