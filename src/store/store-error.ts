/** Trouble with our own disk: never a peer's fault. */

/**
 * Stable codes of {@link StoreError}; each has a heading in docs/errors.md.
 *
 * - `store-locked`: another process has the store open.
 * - `store-missing`: there is no store to read from.
 * - `store-other-network`: the folder holds another network's headers.
 * - `store-other-start`: the store begins at another height than it was asked to.
 * - `store-newer-layout`: the store was written by a newer version of this program.
 * - `store-open-failed`: the store cannot be opened, and repairing did not help.
 * - `store-read-failed`, `store-write-failed`: the disk refused, for example because it is full.
 */
export type StoreErrorCode =
  | 'store-locked'
  | 'store-missing'
  | 'store-other-network'
  | 'store-other-start'
  | 'store-newer-layout'
  | 'store-open-failed'
  | 'store-read-failed'
  | 'store-write-failed';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
