/** The error that reaches the user of the library: what went wrong, and what to do about it. */

import type { DecodeErrorCode } from './bytes/decode-error.ts';
import type { TxRule } from './chain/check-transaction.ts';
import type { NodeFailure } from './protocol/node-failure.ts';
import { StoreError, type StoreErrorCode } from './store/store-error.ts';

/**
 * Stable codes of {@link ClientError}; each has a heading in docs/errors.md. Those of the store, those of a failed
 * synchronisation, those of a transaction that cannot be sent, and
 *
 * - `listen-failed`: the address to listen on cannot be had.
 * - `scan-below-start`: the scan begins below the first header that is known.
 * - `block-not-found`: the block that is asked for is not on the best chain.
 * - `stopped`: the client was stopped, or its signal aborted, before the tip was reached.
 * - `events-overflow`: a reader of the events fell too far behind.
 * - `internal-error`: a mistake in this program.
 */
export type ClientErrorCode =
  | StoreErrorCode
  | NodeFailure['code']
  | DecodeErrorCode
  | TxRule
  | 'coinbase'
  | 'listen-failed'
  | 'scan-below-start'
  | 'block-not-found'
  | 'stopped'
  | 'events-overflow'
  | 'internal-error';

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Of a client that was stopped before it had done its work. */
export function stopped(): ClientError {
  return new ClientError('stopped', 'the client was stopped before the tip was reached');
}

/** What went wrong inside as the user is told of it. */
export function toClientError(failure: unknown): ClientError {
  if (failure instanceof ClientError) return failure;
  if (failure instanceof StoreError)
    return new ClientError(failure.code, failure.message, { cause: failure });
  if (failure instanceof Error) return new ClientError('internal-error', failure.message, { cause: failure });
  const { code, message } = failure as NodeFailure;
  return new ClientError(code, message);
}
