/** Hashes a few hundred messages of one size at once, in WebAssembly's memory. */

import { HASH_SIZE_BYTES } from '../hash.ts';
import { LANES } from './sha256-lanes.ts';
import { sha256dModule } from './sha256d-module.ts';
import { instantiate } from './web-assembly.ts';

/**
 * SHA-256 twice over each of the messages that lie one after another.
 *
 * @param messages as many as there is room for, or fewer.
 * @returns their hashes, 32 bytes each: a view, good until the next call.
 */
export type LaneHasher = (messages: Uint8Array) => Uint8Array;

/**
 * Makes the hasher, which takes some milliseconds and {@link sha256dModule}'s memory.
 *
 * @param sizeBytes of a message: a multiple of 16.
 * @param capacity messages that there is room for: a multiple of 4.
 * @returns undefined where the platform cannot do it.
 */
export function laneHasher(sizeBytes: number, capacity: number): LaneHasher | undefined {
  const { bytes, inputAddress, outputAddress } = sha256dModule(sizeBytes, capacity);
  const instance = instantiate<{ hash(groups: number): void }>(bytes);
  if (instance === undefined) return undefined;
  const { memory, exports } = instance;
  return (messages) => {
    const count = messages.length / sizeBytes;
    memory.set(messages, inputAddress);
    // Behind the last message of a group that is not full lies an old one, whose hash nobody looks at.
    if (count > 0) exports.hash(Math.ceil(count / LANES));
    return memory.subarray(outputAddress, outputAddress + count * HASH_SIZE_BYTES);
  };
}
