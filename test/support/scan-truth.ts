/** What some scripts were paid and spent on a chain, worked out anew from what its blocks truly spend: slow and obvious. */
import { toHex } from '../../src/bytes/hex.ts';
import type { BlockPayments } from '../../src/ledger/payment.ts';
import { ancestorAt, blocksBetween, type ScanBlock } from './scan-blocks.ts';

/** What a scan has to tell of a chain. */
export interface Truth {
  /** One line for each transaction that touches the scripts. */
  readonly lines: readonly string[];
  readonly balanceSats: bigint;
  readonly receivedSats: bigint;
  readonly spentSats: bigint;
  readonly immatureSats: bigint;
  readonly payments: number;
  readonly unspent: number;
  readonly unknownSpends: number;
}

const COINBASE_MATURITY = 100;

export class Truths {
  readonly #lowest: number;
  readonly #watched: ReadonlySet<string>;
  /** Whether a block has anything to do with the scripts. */
  readonly #touching = new WeakMap<ScanBlock, boolean>();

  /** @param scripts that are looked for, in blocks from a height on. */
  constructor(fromHeight: number, scripts: readonly Uint8Array[]) {
    // What the first block pays cannot be spent.
    this.#lowest = Math.max(fromHeight, 1);
    this.#watched = new Set(scripts.map(toHex));
  }

  /** Of the chain that ends with a block. */
  of(tip: ScanBlock): Truth {
    const lowest = this.#lowest;
    const lines: string[] = [];
    const unspent = new Map<string, { sats: bigint; height: number; isNew: boolean }>();
    let [receivedSats, spentSats, unknownSpends] = [0n, 0n, 0];
    const blocks = lowest > tip.height ? [] : blocksBetween(ancestorAt(tip, lowest - 1), tip);
    for (const { height, hash, made } of blocks.filter((block) => this.#touches(block))) {
      made.forEach(({ identified: { txid, tx }, spends }, index) => {
        const name = toHex(txid);
        const facts: string[] = [];
        spends.forEach((coin, vin) => {
          if (!this.#isWatched(coin.owner.script)) return;
          const from = `${toHex(coin.txid)}:${coin.vout}`;
          if (coin.height >= lowest) {
            spentSats += coin.valueSats;
            unspent.delete(from);
            facts.push(`-${vin}:${from}=${coin.valueSats}`);
          } else if (coin.owner.isShown) {
            unknownSpends++;
            facts.push(`?${vin}:${from}`);
          }
        });
        tx.outputs.forEach(({ script, valueSats }, vout) => {
          if (!this.#isWatched(script)) return;
          receivedSats += valueSats;
          unspent.set(`${name}:${vout}`, { sats: valueSats, height, isNew: index === 0 });
          facts.push(`+${vout}=${valueSats}`);
        });
        if (facts.length > 0) lines.push(lineOf(height, hash, index, name, facts));
      });
    }
    let immatureSats = 0n;
    for (const { sats, height, isNew } of unspent.values())
      if (isNew && tip.height - height + 1 <= COINBASE_MATURITY) immatureSats += sats;
    return {
      lines,
      balanceSats: receivedSats - spentSats,
      receivedSats,
      spentSats,
      immatureSats,
      payments: lines.length,
      unspent: unspent.size,
      unknownSpends,
    };
  }

  #touches(block: ScanBlock): boolean {
    let touches = this.#touching.get(block);
    if (touches === undefined) {
      touches = block.elements.some((script) => this.#isWatched(script));
      this.#touching.set(block, touches);
    }
    return touches;
  }

  #isWatched(script: Uint8Array): boolean {
    return this.#watched.has(toHex(script));
  }
}

/** The same lines of what a scan found in a block. */
export function linesOf({ height, hash, payments }: BlockPayments): string[] {
  return payments.map(({ txid, index, received, spent, unknownSpends }) => {
    const inputs = [
      ...spent.map((coin) => ({
        ...coin,
        text: `-${coin.vin}:${toHex(coin.txid)}:${coin.vout}=${coin.valueSats}`,
      })),
      ...unknownSpends.map((coin) => ({ ...coin, text: `?${coin.vin}:${toHex(coin.txid)}:${coin.vout}` })),
    ].toSorted((a, b) => a.vin - b.vin);
    const outputs = received.map(({ vout, valueSats }) => `+${vout}=${valueSats}`);
    return lineOf(height, hash, index, toHex(txid), [...inputs.map(({ text }) => text), ...outputs]);
  });
}

function lineOf(
  height: number,
  hash: Uint8Array,
  index: number,
  txid: string,
  facts: readonly string[],
): string {
  return `${height} ${toHex(hash)} ${index} ${txid} ${facts.join(' ')}`;
}
