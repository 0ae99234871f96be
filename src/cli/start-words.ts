/** How it is said where a chain was verified from. */

import { formatCount } from './format.ts';

/** @param startHeight 0 for genesis, else the height of a built-in anchor. */
export function startWords(startHeight: number): string {
  if (startHeight === 0) return 'from genesis on';
  return `from height ${formatCount(startHeight)} (built-in anchor), not from genesis`;
}
