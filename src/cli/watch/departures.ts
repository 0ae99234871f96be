/**
 * What is said of transactions that leave the list: a block takes hundreds, so they are counted, and only conflicts have a
 * line of their own. Those that were replaced are told by what replaced them.
 */

import type { TxRemovalReason, TxRemovedEvent } from '../../index.ts';
import { formatCount } from '../format.ts';
import { cutMiddle } from '../table.ts';

/** Time without news of a block after which all was told of it. */
const QUIET_MS = 200;
/** What leaves without a block is summed up no more often than this. */
const SUM_INTERVAL_MS = 60_000;
/** Conflicts of a block that are told one by one. */
const MAX_CONFLICT_LINES = 20;

interface BlockTally {
  readonly height: number;
  readonly hash: string;
  confirmed: number;
  conflicts: number;
}

export interface DeparturesOptions {
  readonly say: (line: string) => void;
  /** Columns of the screen as it is now. */
  readonly width: () => number;
}

export class Departures {
  readonly #options: DeparturesOptions;
  #block: BlockTally | undefined;
  #blockTimer: NodeJS.Timeout | undefined;
  readonly #others = new Map<TxRemovalReason, number>();
  #othersTimer: NodeJS.Timeout | undefined;

  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  note(event: TxRemovedEvent): void {
    switch (event.reason) {
      case 'confirmed':
        this.#tallyOf(event).confirmed++;
        return;
      case 'conflict':
        this.#noteConflict(event, this.#tallyOf(event));
        return;
      case 'expired':
      case 'evicted':
        this.#others.set(event.reason, 1 + (this.#others.get(event.reason) ?? 0));
        this.#othersTimer ??= setTimeout(() => this.#sayOthers(), SUM_INTERVAL_MS);
        return;
      case 'replaced':
        return;
    }
  }

  /** Says what was counted so far. */
  end(): void {
    this.#sayBlock();
    this.#sayOthers();
  }

  /** Says nothing any more. */
  cancel(): void {
    clearTimeout(this.#blockTimer);
    clearTimeout(this.#othersTimer);
  }

  #tallyOf({ block, height }: TxRemovedEvent): BlockTally {
    const hash = block ?? '';
    if (this.#block?.hash !== hash) this.#sayBlock();
    this.#block ??= { height: height ?? 0, hash, confirmed: 0, conflicts: 0 };
    clearTimeout(this.#blockTimer);
    this.#blockTimer = setTimeout(() => this.#sayBlock(), QUIET_MS);
    return this.#block;
  }

  #noteConflict({ time, txid }: TxRemovedEvent, tally: BlockTally): void {
    tally.conflicts++;
    if (tally.conflicts > MAX_CONFLICT_LINES) return;
    const start = `${time.slice(11, 19)}  conflict  `;
    const end = `  block ${formatCount(tally.height)} spends what it, or a parent, spends`;
    const width = this.#options.width();
    const room = width - start.length;
    const isRoomForAll = room >= 64 + end.length;
    this.#options.say(`${start}${cutMiddle(txid, Math.max(8, room))}${isRoomForAll ? end : ''}`);
  }

  #sayBlock(): void {
    clearTimeout(this.#blockTimer);
    const tally = this.#block;
    this.#block = undefined;
    if (tally === undefined) return;
    const { height, hash, confirmed, conflicts } = tally;
    const start = `block ${formatCount(height)}  `;
    const end = `  ${formatCount(confirmed)} confirmed${conflicts > 0 ? `, ${countOf(conflicts, 'conflict')}` : ''}`;
    const room = this.#options.width() - start.length - end.length;
    this.#options.say(`${start}${cutMiddle(hash, Math.max(0, room))}${end}`);
  }

  #sayOthers(): void {
    clearTimeout(this.#othersTimer);
    this.#othersTimer = undefined;
    const parts = Array.from(this.#others, ([reason, count]) => `${formatCount(count)} ${reason}`);
    this.#others.clear();
    if (parts.length > 0) this.#options.say(`left the list without a block: ${parts.join(', ')}`);
  }
}

function countOf(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}
