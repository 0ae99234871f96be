/** Outputs as keys of maps: JavaScript compares objects by identity, and strings by what they hold. */

import { type HashKey, hashKey } from '../bytes/hash-key.ts';
import type { OutPoint } from './tx.ts';

/** An output as a key of maps: the key of its transaction and four more characters. */
export type OutPointKey = string;

export function outPointKey({ txid, vout }: OutPoint): OutPointKey {
  return keyOfOutput(hashKey(txid), vout);
}

export function keyOfOutput(key: HashKey, vout: number): OutPointKey {
  return key + String.fromCharCode(vout & 0xff, (vout >>> 8) & 0xff, (vout >>> 16) & 0xff, vout >>> 24);
}

/** Which transaction an output belongs to. */
export function txKeyOf(spent: OutPointKey): HashKey {
  return spent.slice(0, 32);
}

export function positionOf(spent: OutPointKey): number {
  const byte = (i: number): number => spent.charCodeAt(32 + i);
  return byte(0) + 0x100 * byte(1) + 0x1_0000 * byte(2) + 0x100_0000 * byte(3);
}
