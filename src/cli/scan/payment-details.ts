/** What --verbose shows under the row of a payment: its hashes in full, and what it pays to and spends, one by one. */

import type { PaymentEvent, PaymentRemovedEvent } from '../../index.ts';
import { formatBtcChange } from '../format.ts';
import { type PaymentRow, placeName } from './payment-row.ts';

const INDENT = '    ';

/**
 * Lines of their own length: a hash in full is what was asked for.
 *
 * @param row what was shown of it already.
 */
export function detailLines(
  payment: PaymentEvent | PaymentRemovedEvent,
  row: Pick<PaymentRow, 'widthOf'>,
): string[] {
  const hashes = (['txid', 'block'] as const)
    .filter((title) => row.widthOf(title) < payment[title].length)
    .map((title) => `${title.padEnd(5)}  ${payment[title]}`);
  const parts = payment.event === 'payment' ? partsOf(payment) : [];
  return [...hashes, ...parts].map((line) => `${INDENT}${line}`);
}

function partsOf({ outputs, inputs }: PaymentEvent): string[] {
  return [
    ...outputs.map((output) => `pays   ${formatBtcChange(output.valueSats)} to ${placeName(output)}`),
    ...inputs.map((input) => {
      const { valueSats, txid, vout } = input;
      const amount = valueSats === null ? 'an unknown amount' : formatBtcChange(-valueSats);
      return `spends ${amount} of ${placeName(input)} (${txid}:${vout})`;
    }),
  ];
}
