/** What is shown of a transaction on one line, each thing as a short text. */

import type { TxEvent, TxOutputInfo } from '../../index.ts';
import { joinNames } from '../table.ts';

/** One decimal; fewer where the number itself is wide, and `-` while it is not known. */
export function formatFeeRate(feeRate: number | null, width: number): string {
  if (feeRate === null) return '-';
  return (
    [feeRate.toFixed(1), feeRate.toFixed(0)].find((text) => text.length <= width) ?? feeRate.toExponential(0)
  );
}

/** The first places that it pays to, as many as fit, and how many more there are. What it says comes first. */
export function formatOutputs(inOrder: readonly TxOutputInfo[], width: number): string {
  const outputs = inOrder.toSorted((a, b) => Number(b.text !== undefined) - Number(a.text !== undefined));
  return joinNames(outputs, nameOf, width);
}

/** Longest text that is looked at: OP_RETURN may be as large as a transaction. */
const MAX_TEXT = 100;

/** Its address, or what it says, or else its type. A stranger's text is shown without what could steer a terminal. */
function nameOf({ address, text, type }: TxOutputInfo): string {
  if (address !== null) return address;
  if (text === undefined) return type;
  const start = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}..` : text;
  return `"${start.replace(/[^ -~]/g, '?')}"`;
}

/**
 * What is special about it, the rarest first.
 *
 * - `conflict`: others in the list spend the same output.
 * - `replaces`: it has taken the place of others.
 * - `returned`: it was confirmed in a block that is on the best chain no more.
 * - `child`: it spends outputs of unconfirmed transactions that are in the list.
 * - `rbf`: it says that it may be replaced.
 */
export function flagsOf(event: TxEvent): string {
  const { conflictsWith, replaces, isReturned, ancestors, signalsRbf } = event;
  return [
    conflictsWith.length > 0 ? 'conflict' : '',
    replaces.length > 0 ? 'replaces' : '',
    isReturned ? 'returned' : '',
    ancestors !== null && ancestors.count > 1 ? 'child' : '',
    signalsRbf ? 'rbf' : '',
  ]
    .filter((flag) => flag !== '')
    .join(',');
}
