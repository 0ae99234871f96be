/** The columns of the watched transactions. */

import type { TxEvent } from '../../index.ts';
import { formatBtc } from '../format.ts';
import { type Growth, type StreamColumn, StreamTable } from '../stream-table.ts';
import { cutMiddle } from '../table.ts';
import { flagsOf, formatFeeRate, formatOutputs } from './tx-cells.ts';

/** Room for each number at its largest: 1,000,000 vbytes fill a block, 111,000 outputs too, 21,000,000 BTC are all there can be. */
const COLUMNS: readonly StreamColumn<TxEvent>[] = [
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

const GROWTH: Growth = [
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

/** The columns that a screen has room for. */
export class TxRow extends StreamTable<TxEvent> {
  /** @param screenWidth columns of the screen; without end where there is none: then nothing is left out. */
  constructor(screenWidth: number) {
    super(COLUMNS, GROWTH, screenWidth);
  }
}
