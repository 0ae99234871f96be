/** Why a transaction is refused. */

import { checkTransaction, isCoinbase, type TxRule } from '../../chain/check-transaction.ts';
import type { Tx } from '../../wire/tx.ts';

/** Rules that need other transactions to be checked (Core: src/consensus/tx_verify.cpp, src/validation.cpp). */
export type FamilyRule =
  | 'coinbase'
  | 'bad-txns-in-belowout'
  | 'bad-txns-inputvalues-outofrange'
  | 'bad-txns-inputs-missingorspent'
  | 'bad-txns-spends-conflicting-tx';

/** A rule that a transaction breaks, and what shows it. Such a transaction can never be valid. */
export interface TxFault {
  readonly rule: TxRule | FamilyRule;
  readonly detail: string;
}

/** What is wrong with a transaction that comes by itself, whatever it spends. */
export function faultAlone(
  tx: Tx,
): { readonly rule: TxRule | 'coinbase'; readonly detail: string } | undefined {
  if (isCoinbase(tx)) return { rule: 'coinbase', detail: 'a coinbase comes in a block only' };
  return checkTransaction(tx);
}
