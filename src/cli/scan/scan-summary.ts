/** What is said when all blocks were looked at. */

import type { ScannedEvent } from '../../index.ts';
import { formatBtc, formatCount, formatFields, formatNumberOf, formatSeconds } from '../format.ts';

/** What the event does not say. */
export interface ScanRun {
  /** First block that this run looked at: earlier runs may have come far already. */
  readonly firstHeight: number;
  /** Whether every block was fetched, whatever its filter says. */
  readonly allBlocks: boolean;
}

export function summaryLines(event: ScannedEvent, run: ScanRun): string[] {
  const { network, fromHeight, height, receivedSats, spentSats, payments, unspent } = event;
  if (height < fromHeight) {
    const from = formatCount(fromHeight);
    return [
      `Scanned nothing: ${network} ends at height ${formatCount(height)}, and the scan begins at ${from}`,
    ];
  }
  const fields: (readonly [string, string])[] = [
    ['balance', `${formatBtc(event.balanceSats)} BTC in ${formatNumberOf(unspent, 'unspent output')}`],
    ...(event.immatureSats > 0
      ? [['immature', `${formatBtc(event.immatureSats)} BTC of it: new coins, to be spent later`] as const]
      : []),
    ['received', `${formatBtc(receivedSats)} BTC`],
    ['spent', `${formatBtc(spentSats)} BTC`],
    ['payments', formatCount(payments)],
    ['blocks', blocksText(event, run)],
    ['peers saw', privacyText(event, run)],
  ];
  return [
    `Scanned ${network} from height ${formatCount(fromHeight)} to ${formatCount(height)}`,
    ...formatFields(fields),
  ];
}

/** After the first time only what has changed. */
export function balanceLine({ balanceSats, immatureSats, height }: ScannedEvent): string {
  const immature = immatureSats > 0 ? `, ${formatBtc(immatureSats)} of it immature` : '';
  return `Balance ${formatBtc(balanceSats)} BTC at height ${formatCount(height)}${immature}`;
}

/** Why the balance is not all of the truth; undefined when it is. */
export function unknownWarning({ unknownSpends, fromHeight }: ScannedEvent): string | undefined {
  if (unknownSpends === 0) return undefined;
  const inputs = unknownSpends === 1 ? '1 input spends' : `${formatCount(unknownSpends)} inputs spend`;
  return (
    `Warning: ${inputs} what was paid before height ${formatCount(fromHeight)}: amounts and balance leave out all ` +
    'that is from before; begin lower with --from'
  );
}

function blocksText({ height, fetchedBlocks, seconds }: ScannedEvent, { firstHeight }: ScanRun): string {
  const looked = Math.max(0, height - firstHeight + 1);
  return `${formatCount(looked)} looked at, ${formatCount(fetchedBlocks)} of them fetched, in ${formatSeconds(seconds)}`;
}

/** What this run has told the peers. */
function privacyText({ height, fetchedBlocks }: ScannedEvent, { firstHeight, allBlocks }: ScanRun): string {
  if (height < firstHeight) return 'nothing: all was looked at before';
  if (allBlocks) return 'that all blocks were fetched, and nothing of the addresses';
  if (fetchedBlocks === 0) return 'that filters were asked for, and nothing of the addresses';
  const which = fetchedBlocks === 1 ? 'which block was' : `which ${formatCount(fetchedBlocks)} blocks were`;
  return `${which} fetched; no address, no script, no txid`;
}
