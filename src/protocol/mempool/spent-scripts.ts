/** The scripts of outputs that a transaction spends, where the outputs are in the list themselves. */

import { decode } from '../../wire/codec.ts';
import { type Tx, tx } from '../../wire/tx.ts';
import type { Mempool } from './mempool.ts';
import { type PoolEntry, positionOf, txKeyOf } from './pool-entry.ts';

/** Parents are decoded for it: a stranger may have many children of a very large one. */
const MAX_PARENT_BYTES = 100_000;
const MAX_PARENTS = 100;

export function spentScriptsOf(entry: PoolEntry, pool: Mempool): Uint8Array[] {
  const decoded = new Map<PoolEntry, Tx>();
  const scripts: Uint8Array[] = [];
  for (const spent of entry.spends) {
    const parent = pool.get(txKeyOf(spent));
    if (parent === undefined || parent.raw.length > MAX_PARENT_BYTES) continue;
    if (!decoded.has(parent)) {
      if (decoded.size === MAX_PARENTS) continue;
      decoded.set(parent, decode(tx, parent.raw));
    }
    const output = decoded.get(parent)?.outputs[positionOf(spent)];
    if (output !== undefined) scripts.push(output.script);
  }
  return scripts;
}
