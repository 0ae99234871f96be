/** The stretch of a chain between two anchors: whatever starts in the one and is linked to the other is this one. */

import { equalBytes } from '../../bytes/hash.ts';
import type { HeaderRun } from '../../chain/header-run.ts';
import type { Anchor } from '../../networks/anchor-table.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../wire/messages/headers.ts';

/** What headers that were added to a range make of it. */
export type Fit =
  /** There is more to come. */
  | 'more'
  /** It is whole: its last header is the anchor. */
  | 'whole'
  /** The sender's chain ends before the anchor, or is another one. */
  | 'another-chain'
  /** They are not linked to each other. */
  | 'broken';

export interface AnchoredRange {
  /** Position of its last header among the anchors. */
  readonly index: number;
  /** The header before its first one. */
  readonly from: Anchor;
  /** Its last header. */
  readonly to: Anchor;
}

/**
 * What an answer makes of a range.
 *
 * @param count headers of the range that were there already.
 * @param run what was answered, which goes on where those end.
 */
export function fitInto({ from, to }: AnchoredRange, count: number, run: HeaderRun): Fit {
  if (!isLinked(run)) return 'broken';
  const missing = to.height - from.height - count;
  if (run.count >= missing) return equalBytes(run.hashAt(missing - 1), to.hash) ? 'whole' : 'another-chain';
  return run.count === MAX_HEADERS_PER_MESSAGE ? 'more' : 'another-chain';
}

function isLinked(run: HeaderRun): boolean {
  for (let i = 1; i < run.count; i++) if (!run.links(i)) return false;
  return true;
}
