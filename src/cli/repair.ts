/** Tells that the store had to be mended. */

import type { HeaderChain } from '../index.ts';
import type { Output } from './output.ts';

export function warnOfRepair({ repair }: HeaderChain, output: Output): void {
  if (repair !== undefined) output.remark('warning', `Warning: ${repair} (store-repaired)`);
}
