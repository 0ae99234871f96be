/** What a ledger has to say, worked out anew each time from all blocks: slow and obvious. */
import { toHex } from '../../src/bytes/hex.ts';
import type { ExaminedBlock, Ledger } from '../../src/ledger/ledger.ts';
import type { OutPoint } from '../../src/wire/tx.ts';

interface Coin {
  readonly height: number;
  readonly isNew: boolean;
  readonly valueSats: bigint;
  readonly isWatched: boolean;
}

/** What is compared. */
export interface Standing {
  readonly balanceSats: bigint;
  readonly unspentCount: number;
  /** For the height of the last block and some above it. */
  readonly immatureSats: readonly bigint[];
  readonly unknownSpendCount: number;
}

/** How far above the last block the immature part is asked for. */
const DISTANCES = [0, 1, 50, 90, 98, 99, 100, 101, 200];

/**
 * The outputs that are there after some blocks, of which the ledger saw those from a height on.
 *
 * @param blocks with all that they spend.
 */
export function standingAfter(
  blocks: readonly ExaminedBlock[],
  fromHeight: number,
  scripts: readonly Uint8Array[],
): Standing {
  const watched = new Set(scripts.map(toHex));
  const coins = new Map<string, Coin>();
  let unknownSpendCount = 0;
  for (const { height, transactions } of blocks) {
    transactions.forEach(({ tx, txid }, index) => {
      for (const { previous, witness } of tx.inputs) {
        const coin = coins.get(nameOf(previous));
        const isShown = witness.length === 2;
        if (coin?.isWatched === true && isShown && coin.height < fromHeight && height >= fromHeight)
          unknownSpendCount++;
        coins.delete(nameOf(previous));
      }
      tx.outputs.forEach(({ script, valueSats }, vout) => {
        const name = nameOf({ txid, vout });
        const coin = { height, isNew: index === 0, valueSats, isWatched: watched.has(toHex(script)) };
        // The same once more changes nothing, but for what was there before the ledger began.
        const before = coins.get(name);
        if (before === undefined || before.height < fromHeight) coins.set(name, coin);
      });
    });
  }
  const known = [...coins.values()].filter(({ isWatched, height }) => isWatched && height >= fromHeight);
  const tip = blocks.at(-1)?.height ?? 0;
  const isImmature = ({ height, isNew }: Coin, at: number): boolean => isNew && at - height + 1 <= 100;
  return {
    balanceSats: sum(known),
    unspentCount: known.length,
    immatureSats: DISTANCES.map((more) => sum(known.filter((coin) => isImmature(coin, tip + more)))),
    unknownSpendCount,
  };
}

/** The same as a ledger tells it. */
export function standingOf(ledger: Ledger, tip: number): Standing {
  return {
    balanceSats: ledger.balanceSats,
    unspentCount: ledger.unspentCount,
    immatureSats: DISTANCES.map((more) => ledger.immatureSats(tip + more)),
    unknownSpendCount: ledger.unknownSpendCount,
  };
}

function nameOf({ txid, vout }: OutPoint): string {
  return `${toHex(txid)}:${vout}`;
}

function sum(coins: readonly Coin[]): bigint {
  return coins.reduce((total, { valueSats }) => total + valueSats, 0n);
}
