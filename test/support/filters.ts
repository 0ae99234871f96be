/** Scripts and blocks whose filters are built, matched and judged. */
import { sha256d } from '../../src/bytes/hash.ts';
import { buildBasicFilter, filterElements } from '../../src/filters/index.ts';
import type { IdentifiedTx } from '../../src/wire/identified-tx.ts';

/** A block whose inputs' outputs are known, as to a full node. */
export interface KnownBlock {
  readonly blockHash: Uint8Array;
  readonly transactions: readonly IdentifiedTx[];
  /** Scripts of the outputs that are spent. */
  readonly spent: readonly Uint8Array[];
}

/** The filter that a full node makes. */
export function filterOf({ blockHash, transactions, spent }: KnownBlock): Uint8Array {
  return buildBasicFilter(blockHash, elementsOf({ blockHash, transactions, spent }));
}

export function elementsOf({ transactions, spent }: KnownBlock): Uint8Array[] {
  return filterElements(
    transactions.map(({ tx }) => tx),
    spent,
  );
}

/** A P2WPKH script; another one for each number. */
export function aScript(n: number): Uint8Array {
  return Uint8Array.of(0, 20, ...sha256d(Uint8Array.of(n, n >> 8, n >> 16, 1)).subarray(0, 20));
}

export function aBlockHash(n: number): Uint8Array {
  return sha256d(Uint8Array.of(n, n >> 8, 2));
}
