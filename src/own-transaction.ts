/** Reads a transaction that the user wants to send: what no node would take is refused before anybody hears of it. */

import { DecodeError } from './bytes/decode-error.ts';
import { ClientError } from './client-error.ts';
import { faultAlone } from './protocol/mempool/tx-fault.ts';
import { type IdentifiedTx, identifyRaw } from './wire/identified-tx.ts';

export type { IdentifiedTx as OwnTransaction } from './wire/identified-tx.ts';

/**
 * Looks at a transaction before it is sent: nothing is known of what it spends, nor of its signatures.
 *
 * @param raw the whole transaction, witnesses included.
 * @throws {ClientError} with the code of what is wrong.
 */
export function readOwnTransaction(raw: Uint8Array): IdentifiedTx {
  const identified = identify(raw);
  const fault = faultAlone(identified.tx);
  if (fault !== undefined)
    throw new ClientError(fault.rule, `this transaction can never be valid: ${fault.detail}`);
  return identified;
}

function identify(raw: Uint8Array): IdentifiedTx {
  try {
    return identifyRaw(raw);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new ClientError(cause.code, `this is no transaction: ${cause.message}`, { cause });
  }
}
