/** Tells that the store had to be mended. */

import type { Output } from './output.ts';

/** @param found what was mended; undefined when nothing had to be. */
export function warnOfRepair({ repair }: { readonly repair: string | undefined }, output: Output): void {
  if (repair !== undefined) output.remark('warning', `Warning: ${repair} (store-repaired)`);
}
