/** Which nodes are worth a connection. */

import { SERVICES } from '../../wire/services.ts';

/** What a peer must offer whom we look for ourselves: blocks, all or the last ones, with witnesses. */
export const WANTED_SERVICES: bigint = SERVICES.NETWORK | SERVICES.WITNESS;

/**
 * Whether a node offers blocks with witnesses. A pruned node is good enough: all nodes keep all headers. The witness bit
 * tells Bitcoin from chains that left it.
 */
export function offersBlocks(services: bigint): boolean {
  const hasBlocks = (services & (SERVICES.NETWORK | SERVICES.NETWORK_LIMITED)) !== 0n;
  return hasBlocks && (services & SERVICES.WITNESS) !== 0n;
}
