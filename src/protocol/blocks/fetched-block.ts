/** What becomes of a block that a peer delivers: its transactions are those that its header commits to, or it is refused. */

import { type BlockRule, checkBlock, isMutation } from '../../chain/check-block.ts';
import type { ChainPoint } from '../../chain/tree-change.ts';
import type { Block } from '../../wire/block.ts';
import type { Header } from '../../wire/header.ts';
import { type IdentifiedTx, identify } from '../../wire/identified-tx.ts';

/** A block whose transactions are the ones that its header commits to. */
export interface FetchedBlock extends ChainPoint {
  readonly header: Header;
  readonly transactions: readonly IdentifiedTx[];
}

export type BlockOutcome =
  | { readonly kind: 'fetched'; readonly block: FetchedBlock }
  /** This is not the block that the header names. Its sender is at fault; others may have the true one. */
  | {
      readonly kind: 'refused';
      readonly block: ChainPoint;
      readonly rule: BlockRule;
      readonly detail: string;
    }
  /** No block with that header is valid, whoever delivers it. */
  | {
      readonly kind: 'invalid';
      readonly block: ChainPoint;
      readonly rule: BlockRule;
      readonly detail: string;
    }
  /** It is none that is wanted and that this peer was asked for. */
  | { readonly kind: 'unwanted' };

/** Compares a block with its header, which has the hash of the one that is wanted. */
export function examineBlock(
  { height, hash }: ChainPoint,
  { header, transactions }: Block,
): Exclude<BlockOutcome, { readonly kind: 'unwanted' }> {
  const block = { height, hash };
  const identified = transactions.map(identify);
  const broken = checkBlock(header, identified);
  if (broken === undefined) return { kind: 'fetched', block: { ...block, header, transactions: identified } };
  return { kind: isMutation(broken.rule) ? 'refused' : 'invalid', block, ...broken };
}
