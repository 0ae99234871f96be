/** Blocks that pay to some scripts and spend from them, with true filters; no work is done for them, so they are cheap. */
import { type HashKey, hashKey } from '../../src/bytes/hash-key.ts';
import type { ChainPoint } from '../../src/chain/tree-change.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';
import {
  buildBasicFilter,
  filterElements,
  filterHash,
  filterHeader,
  NO_FILTER_HEADER,
} from '../../src/filters/index.ts';
import type { Block } from '../../src/wire/block.ts';
import { type Header, headerHash } from '../../src/wire/header.ts';
import { identify, type IdentifiedTx } from '../../src/wire/identified-tx.ts';
import { outPointKey } from '../../src/wire/outpoint-key.ts';
import { hasWitness, type OutPoint, type Tx } from '../../src/wire/tx.ts';
import { aCoinbase, anOutput, commitmentScript, commitmentTo, RESERVED } from './made-blocks.ts';
import type { MadeScript } from './scan-scripts.ts';

/** An output that can be spent. */
export interface Coin extends OutPoint {
  readonly valueSats: bigint;
  readonly owner: MadeScript;
  /** Height of the block that made it. */
  readonly height: number;
}

/** A transaction of a block and what it truly spends, in the order of its inputs; of a coinbase nothing. */
export interface MadeTx {
  readonly identified: IdentifiedTx;
  readonly spends: readonly Coin[];
}

export interface ScanBlock extends ChainPoint {
  readonly parent: ScanBlock | undefined;
  readonly header: Header;
  readonly made: readonly MadeTx[];
  /** As peers send it. */
  readonly block: Block;
  /** Output scripts made and spent. */
  readonly elements: readonly Uint8Array[];
  readonly filter: Uint8Array;
  readonly filterHash: Uint8Array;
  readonly filterHeader: Uint8Array;
  /** Outputs that may be spent above it: a few. */
  readonly coins: readonly Coin[];
}

/** What a transaction does: spends coins and pays to scripts. */
export interface Deal {
  readonly spends: readonly Coin[];
  readonly pays: readonly (readonly [owner: MadeScript, sats: number])[];
}

/** Coins that are remembered from block to block. */
const MAX_COINS = 16;
const BITS = 0x207fffff;
const FIRST_TIME = 1_600_000_000;

/** Makes transactions and the block that holds them. */
export class BlockDraft {
  readonly #parent: ScanBlock | undefined;
  readonly #made: MadeTx[] = [];
  readonly #coins = new Map<string, Coin>();

  /** @param parent undefined for the first block. */
  constructor(parent: ScanBlock | undefined) {
    this.#parent = parent;
    for (const coin of parent?.coins ?? []) this.#coins.set(outPointKey(coin), coin);
  }

  get height(): number {
    return (this.#parent?.height ?? -1) + 1;
  }

  /** Outputs that are there to be spent, those of transactions of the same block included. */
  get coins(): Coin[] {
    return Array.from(this.#coins.values());
  }

  add({ spends, pays }: Deal): void {
    const inputs = spends.map((coin) => coin.owner.spend({ txid: coin.txid, vout: coin.vout }));
    const outputs = pays.map(([{ script }, sats]) => anOutput(BigInt(sats), script));
    const identified = identify({ version: 2, inputs, outputs, lockTime: 0 });
    this.#take({ identified, spends }, pays);
  }

  /** Takes in a transaction of another branch, if all that it spends is there. */
  repeat({ identified, spends }: MadeTx, ownerOf: (script: Uint8Array) => MadeScript): void {
    if (spends.length === 0 || !spends.every((coin) => this.#coins.has(outPointKey(coin)))) return;
    const here = spends.map((coin) => this.#coins.get(outPointKey(coin)) as Coin);
    const pays = identified.tx.outputs.map(
      ({ script, valueSats }) => [ownerOf(script), Number(valueSats)] as const,
    );
    this.#take({ identified, spends: here }, pays);
  }

  /**
   * @param reward whom the coinbase pays; nobody for an output that no filter has.
   * @param salt unlike ones make unlike blocks of the same transactions.
   */
  finish(reward: MadeScript | undefined, salt: number): ScanBlock {
    const { height } = this;
    const others = this.#made.map(({ identified }) => identified.tx);
    const coinbase = identify(coinbaseFor(others, { salt, height, reward }));
    const all = [{ identified: coinbase, spends: [] }, ...this.#made];
    const header = {
      version: 0x2000_0000,
      prev: this.#parent?.hash ?? new Uint8Array(32),
      merkleRoot: merkleRoot(all.map(({ identified }) => identified.txid)).root,
      time: FIRST_TIME + 600 * height,
      bits: BITS,
      nonce: salt,
    };
    const hash = headerHash(header);
    if (reward !== undefined && height > 0) {
      const coin = { txid: coinbase.txid, vout: 0, valueSats: 50_0000_0000n, owner: reward, height };
      this.#coins.set(outPointKey(coin), coin);
    }
    const transactions = all.map(({ identified }) => identified.tx);
    const elements = filterElements(
      transactions,
      this.#made.flatMap(({ spends }) => spends.map(({ owner }) => owner.script)),
    );
    const filter = buildBasicFilter(hash, elements);
    const ownHash = filterHash(filter);
    return {
      height,
      hash,
      parent: this.#parent,
      header,
      made: all,
      block: { header, transactions },
      elements,
      filter,
      filterHash: ownHash,
      filterHeader: filterHeader(ownHash, this.#parent?.filterHeader ?? NO_FILTER_HEADER),
      coins: this.coins.slice(-MAX_COINS),
    };
  }

  #take(one: MadeTx, pays: Deal['pays']): void {
    const { txid } = one.identified;
    for (const coin of one.spends) this.#coins.delete(outPointKey(coin));
    pays.forEach(([owner, sats], vout) => {
      const coin = { txid, vout, valueSats: BigInt(sats), owner, height: this.height };
      this.#coins.set(outPointKey(coin), coin);
    });
    this.#made.push(one);
  }
}

function coinbaseFor(
  others: readonly Tx[],
  { salt, height, reward }: { salt: number; height: number; reward: MadeScript | undefined },
): Tx {
  const plain = aCoinbase(height & 0xffff, {
    outputs:
      reward === undefined ? [anOutput(0n, Uint8Array.of(0x6a))] : [anOutput(50_0000_0000n, reward.script)],
    lockTime: salt,
  });
  if (!others.some(hasWitness)) return plain;
  return {
    ...plain,
    inputs: plain.inputs.map((input) => ({ ...input, witness: [RESERVED] })),
    outputs: [...plain.outputs, anOutput(0n, commitmentScript(commitmentTo(others)))],
  };
}

/** The last block that two have in common. */
export function forkOf(a: ScanBlock, b: ScanBlock): ScanBlock {
  let [one, other] = [a, b];
  while (one !== other) {
    if (one.height >= other.height) one = one.parent as ScanBlock;
    else other = other.parent as ScanBlock;
  }
  return one;
}

/** From a block, which is left out, up to another above it. */
export function blocksBetween(fork: ScanBlock, tip: ScanBlock): ScanBlock[] {
  const blocks: ScanBlock[] = [];
  for (let block = tip; block !== fork; block = block.parent as ScanBlock) blocks.push(block);
  return blocks.toReversed();
}

export function ancestorAt(tip: ScanBlock, height: number): ScanBlock {
  let block = tip;
  while (block.height > height) block = block.parent as ScanBlock;
  return block;
}

export function keyOf({ hash }: ChainPoint): HashKey {
  return hashKey(hash);
}
