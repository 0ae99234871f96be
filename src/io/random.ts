/** Chance that nobody can foresee. */

import { randomBytes } from 'node:crypto';

export function systemRandom(): bigint {
  return randomBytes(8).readBigUInt64LE();
}
