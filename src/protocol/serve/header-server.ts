/** Answers peers that ask for headers from our own best chain (Core: src/net_processing.cpp, GETHEADERS). */

import { equalBytes } from '../../bytes/hash.ts';
import type { HeaderTree } from '../../chain/header-tree.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../wire/messages/headers.ts';
import { type LocatorRequestPayload, NO_STOP } from '../../wire/messages/locator-request.ts';

/** A stretch of the best chain. */
export interface HeaderRange {
  readonly fromHeight: number;
  readonly count: number;
}

/**
 * The headers that answer a getheaders: those after the first hash of the locator that is on our best chain, up to the
 * stop hash or 2,000. A peer whose hashes are all strange to us starts at genesis; when our chain does not begin there, we
 * have nothing for it. A stop hash that does not come after that stops nothing. Without a locator it is the header with the
 * stop hash alone.
 */
export function answerGetHeaders(request: LocatorRequestPayload, tree: HeaderTree): HeaderRange {
  const { locator, stop } = request;
  const stopHeight = equalBytes(stop, NO_STOP) ? undefined : tree.heightOf(stop);
  if (locator.length === 0) {
    const isKnown = stopHeight !== undefined && stopHeight >= tree.firstHeight;
    return isKnown ? { fromHeight: stopHeight, count: 1 } : { fromHeight: tree.firstHeight, count: 0 };
  }
  let fork = tree.baseHeight === 0 ? 0 : undefined;
  for (const hash of locator) {
    const height = tree.heightOf(hash);
    if (height === undefined) continue;
    fork = height;
    break;
  }
  if (fork === undefined) return { fromHeight: tree.firstHeight, count: 0 };
  const lastAllowed = Math.min(tree.tip.height, fork + MAX_HEADERS_PER_MESSAGE);
  const last =
    stopHeight !== undefined && stopHeight > fork ? Math.min(lastAllowed, stopHeight) : lastAllowed;
  return { fromHeight: fork + 1, count: Math.max(0, last - fork) };
}
