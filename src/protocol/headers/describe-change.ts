/** The events that tell a listener what a change of the best chain was. */

import type { HeaderTree } from '../../chain/header-tree.ts';
import type { TreeChange } from '../../chain/tree-change.ts';
import type { HeaderEvent } from '../events.ts';

/** A `reorg` when headers were removed, then a `block` for each one added. None for a side branch that stays one. */
export function describeChange({ fork, removed, added }: TreeChange, tree: HeaderTree): HeaderEvent[] {
  const events: HeaderEvent[] = removed.length > 0 ? [{ event: 'reorg', fork, removed, added }] : [];
  let { height, hash: previous } = fork;
  for (const hash of added) {
    height++;
    events.push({
      event: 'block',
      height,
      hash,
      previous,
      blockTime: tree.timeAt(height),
      bits: tree.bitsAt(height),
    });
    previous = hash;
  }
  return events;
}
