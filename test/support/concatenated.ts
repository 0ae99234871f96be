/** Byte strings one after another, written as arguments. */
import { concat } from '../../src/bytes/concat.ts';

export function concatenated(...parts: readonly Uint8Array[]): Uint8Array {
  return concat(parts);
}
