/**
 * The columns of the watched transactions. They come one by one, so the widths are fixed before the first is known: what
 * there is room for stays on the screen, and the rest of the room goes to what can use it.
 */

import type { TxEvent } from '../../index.ts';
import { cutMiddle } from '../table.ts';
import { flagsOf, formatBtc, formatFeeRate, formatOutputs } from './tx-cells.ts';

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly leastWidth: number;
  /** Stays the longer the lower this is. */
  readonly rank: number;
  readonly cell: (event: TxEvent, width: number) => string;
}

/** Room for each number at its largest: 1,000,000 vbytes fill a block, 111,000 outputs too, 21,000,000 BTC are all there can be. */
const COLUMNS: readonly Column[] = [
  {
    title: 'UTC',
    leastWidth: 8,
    align: 'left',
    rank: 1,
    cell: ({ time }) => time.slice(11, 19),
  },
  {
    title: 'txid',
    leastWidth: 10,
    align: 'left',
    rank: 0,
    cell: ({ txid }, width) => cutMiddle(txid, width),
  },
  { title: 'vsize', leastWidth: 7, align: 'right', rank: 4, cell: ({ vsize }) => String(vsize) },
  { title: 'outs', leastWidth: 6, align: 'right', rank: 7, cell: ({ outputs }) => String(outputs.length) },
  {
    title: 'BTC',
    leastWidth: 14,
    align: 'right',
    rank: 2,
    cell: ({ outputTotalSats }, width) => formatBtc(outputTotalSats, width),
  },
  {
    title: 'pays to',
    leastWidth: 14,
    align: 'left',
    rank: 6,
    cell: ({ outputs }, width) => formatOutputs(outputs, width),
  },
  {
    title: 'sat/vB',
    leastWidth: 7,
    align: 'right',
    rank: 3,
    cell: ({ feeRate }, width) => formatFeeRate(feeRate, width),
  },
  { title: 'flags', leastWidth: 8, align: 'left', rank: 5, cell: flagsOf },
];

/** What may grow, in turn, and how far each time. */
const GROWTH: readonly (readonly [title: string, width: number])[] = [
  ['txid', 16],
  ['pays to', 30],
  ['flags', 12],
  ['BTC', 17],
  ['pays to', 50],
  ['txid', 64],
  ['flags', 27],
  ['pays to', 72],
  ['flags', 36],
];

const GAP = '  ';

/** The columns that a screen has room for. */
export class TxRow {
  readonly #columns: readonly (readonly [Column, width: number])[];
  readonly #screenWidth: number;

  /** @param screenWidth columns of the screen; without end where there is none: then nothing is left out. */
  constructor(screenWidth: number) {
    this.#screenWidth = screenWidth;
    const kept = new Set<Column>();
    let room = screenWidth + GAP.length;
    for (const column of COLUMNS.toSorted((a, b) => a.rank - b.rank)) {
      const needed = column.leastWidth + GAP.length;
      // Once one does not fit nothing after it is shown either: which columns there are depends on the width alone.
      if (needed > room) break;
      room -= needed;
      kept.add(column);
    }
    const widths = new Map(COLUMNS.filter((column) => kept.has(column)).map((c) => [c, c.leastWidth]));
    for (const [title, most] of GROWTH) {
      for (const [column, width] of widths) {
        if (column.title !== title) continue;
        const added = Math.max(0, Math.min(room, most - width));
        widths.set(column, width + added);
        room -= added;
      }
    }
    this.#columns = [...widths];
  }

  header(): string {
    return this.#line(({ title }) => title);
  }

  line(event: TxEvent): string {
    return this.#line(({ cell }, width) => cell(event, width));
  }

  #line(textOf: (column: Column, width: number) => string): string {
    const cells = this.#columns.map(([column, width]) => {
      const text = textOf(column, width);
      return column.align === 'right' ? text.padStart(width) : text.padEnd(width);
    });
    return cells.join(GAP).slice(0, this.#screenWidth).trimEnd();
  }
}
