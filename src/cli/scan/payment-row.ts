/**
 * The columns of the payments that a scan finds. Height, amount and balance are on every screen; on 80 columns there are parts
 * of the txid and of the block's hash too, which two hashes are told apart by. All of both is in what goes to no screen, and
 * with --verbose.
 */

import type { PaymentEvent, PaymentInput, PaymentOutput, PaymentRemovedEvent } from '../../index.ts';
import { formatBtc, formatBtcChange, formatCount, formatTime } from '../format.ts';
import { type Growth, type StreamColumn, StreamTable } from '../stream-table.ts';
import { cutMiddle, joinNames } from '../table.ts';

type Payment = PaymentEvent | PaymentRemovedEvent;

/** Room for a height of seven digits, and for 9,999 BTC with all decimals. */
const COLUMNS: readonly StreamColumn<Payment>[] = [
  {
    title: 'UTC',
    leastWidth: 10,
    align: 'left',
    rank: 4,
    cell: (payment, width) => (payment.event === 'payment' ? timeIn(payment.blockTime, width) : 'removed'),
  },
  { title: 'height', leastWidth: 9, align: 'right', rank: 0, cell: ({ height }) => formatCount(height) },
  {
    title: 'BTC',
    leastWidth: 14,
    align: 'right',
    rank: 1,
    // What is removed is taken back: each balance is the one above it and the amount beside it.
    cell: ({ event, netSats }, width) =>
      formatBtcChange(event === 'payment' || netSats === 0 ? netSats : -netSats, width),
  },
  {
    title: 'balance',
    leastWidth: 13,
    align: 'right',
    rank: 2,
    cell: ({ balanceSats }, width) => formatBtc(balanceSats, width),
  },
  {
    title: 'txid',
    leastWidth: 10,
    align: 'left',
    rank: 3,
    cell: ({ txid }, width) => cutMiddle(txid, width),
  },
  {
    title: 'block',
    leastWidth: 12,
    align: 'left',
    rank: 5,
    cell: ({ block }, width) => cutStart(block, width),
  },
  { title: 'address', leastWidth: 14, align: 'left', rank: 6, cell: placesOf },
];

const GROWTH: Growth = [
  ['balance', 14],
  ['UTC', 16],
  ['address', 24],
  ['txid', 16],
  ['address', 44],
  ['txid', 64],
  ['address', 62],
  ['UTC', 19],
  ['block', 64],
  ['BTC', 18],
  ['balance', 17],
  ['address', 140],
];

/** What was removed is marked where no column for it would fit otherwise. */
const COLUMNS_OF_REMOVED: readonly StreamColumn<Payment>[] = COLUMNS.map((column) =>
  column.title === 'UTC' ? { ...column, leastWidth: 7, rank: 0 } : column,
);

/** The columns that a screen has room for. */
export class PaymentRow extends StreamTable<Payment> {
  readonly #removed: StreamTable<Payment> | undefined;

  /** @param screenWidth columns of the screen; without end where there is none: then nothing is left out. */
  constructor(screenWidth: number) {
    super(COLUMNS, GROWTH, screenWidth);
    if (this.widthOf('UTC') === 0) this.#removed = new StreamTable(COLUMNS_OF_REMOVED, [], screenWidth);
  }

  override line(payment: Payment): string {
    if (payment.event === 'payment-removed' && this.#removed !== undefined)
      return this.#removed.line(payment);
    return super.line(payment);
  }
}

/** The day, and the minute and the second where there is room for them. */
function timeIn(unixSeconds: number, width: number): string {
  const forms = ['2026-11-21 14:02:03', '2026-11-21 14:02', '2026-11-21'];
  const length = forms.find((form) => form.length <= width)?.length ?? 0;
  return formatTime(unixSeconds).slice(0, length);
}

/** Hashes of blocks begin with zeros: their end says more. */
function cutStart(hash: string, width: number): string {
  return hash.length <= width ? hash : `..${hash.slice(hash.length + 2 - width)}`;
}

/** The watched places that it pays to and spends from, each once; what is special about it comes first. */
function placesOf(payment: Payment, width: number): string {
  if (payment.event === 'payment-removed') return 'left the chain';
  const places = [...payment.outputs, ...payment.inputs].map(placeName);
  const marks = [
    ...(payment.coinbase ? ['(new coins)'] : []),
    ...(payment.inputs.some(({ valueSats }) => valueSats === null) ? ['(spends unknown)'] : []),
  ];
  return joinNames([...marks, ...new Set(places)], (name) => name, width);
}

/** Its address, or its script where it has none. */
export function placeName({ address, scriptHex }: PaymentInput | PaymentOutput): string {
  return address ?? scriptHex;
}
