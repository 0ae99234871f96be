/** What shows to be wrong with headers without their branch: rules about each alone, and the links between them. */

import { HASH_SIZE_BYTES } from '../bytes/hash.ts';
import { toDisplayHex } from '../bytes/hex.ts';
import { compactHex } from './compact-target.ts';
import type { HeaderRun } from './header-run.ts';
import type { ProofOfWork } from './proof-of-work.ts';
import type { HeaderFault } from './verdict.ts';

/**
 * The first fault of a run in itself.
 *
 * @param known how many of its first headers were checked before: of these only the links are looked at.
 */
export function faultInItself(run: HeaderRun, known: number, proof: ProofOfWork): HeaderFault | undefined {
  for (let index = 0; index < run.count; index++) {
    if (index > 0 && !run.links(index)) {
      return { index, rule: 'not-continuous', detail: 'its parent is not the header before it' };
    }
    if (index < known) continue;
    const rule = proof.fault(run.hashes, run.bitsAt(index), index * HASH_SIZE_BYTES);
    if (rule !== undefined) return { index, rule, detail: describeProof(rule, run, index) };
  }
  return undefined;
}

function describeProof(rule: 'bad-target' | 'high-hash', run: HeaderRun, index: number): string {
  const bits = compactHex(run.bitsAt(index));
  if (rule === 'bad-target') return `bits ${bits} are no target that the network allows`;
  return `hash ${toDisplayHex(run.hashAt(index))} is above the target of bits ${bits}`;
}
