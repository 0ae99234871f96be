/** What is shown of a transaction on one line, each thing as a short text. */

import type { TxEvent, TxOutputInfo } from '../../index.ts';
import { cutMiddle } from '../table.ts';

const SATS_PER_BTC = 100_000_000;
const DECIMALS = 8;

/** `0.00012345`: all decimals, unless that is too wide, then as many as fit. */
export function formatBtc(sats: number, width: number = Number.POSITIVE_INFINITY): string {
  const whole = String(Math.floor(sats / SATS_PER_BTC));
  const text = `${whole}.${String(sats % SATS_PER_BTC).padStart(DECIMALS, '0')}`;
  return text.length <= width ? text : text.slice(0, Math.max(whole.length, width)).replace(/\.$/, '');
}

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
  let text = '';
  let shown = 0;
  for (const output of outputs) {
    const name = nameOf(output);
    const longer = shown === 0 ? name : `${text}, ${name}`;
    if (longer.length + moreThan(outputs.length - shown - 1).length > width) break;
    text = longer;
    shown++;
  }
  const [first] = outputs;
  if (shown > 0 || first === undefined) return text + moreThan(outputs.length - shown);
  // Not even one: then its start and its end.
  const more = moreThan(outputs.length - 1);
  return cutMiddle(nameOf(first), Math.max(0, width - more.length)) + more;
}

function moreThan(count: number): string {
  return count > 0 ? ` +${count}` : '';
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
