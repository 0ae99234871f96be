/** Why a transaction is refused. */

import type { TxRule } from '../../chain/check-transaction.ts';

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
