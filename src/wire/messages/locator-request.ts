/** `getheaders` and `getblocks`: what follows the newest block of mine that you know? */

import { type Codec, hash, list, struct, u32 } from '../codec.ts';

/** Most hashes in a locator; one more gets the sender disconnected (Core: MAX_LOCATOR_SZ). */
export const MAX_LOCATOR_HASHES = 101;

/** Stands for no stop hash. */
export const NO_STOP: Uint8Array = new Uint8Array(32);

/** The payload of both messages. */
export interface LocatorRequestPayload {
  /** Protocol version; receivers do not look at it. */
  readonly version: number;
  /** Block hashes, newest first, wire order. */
  readonly locator: readonly Uint8Array[];
  /** Hash of the last block wanted; 32 zero bytes for as many as the answer may hold. */
  readonly stop: Uint8Array;
}

export const locatorRequest: Codec<LocatorRequestPayload> = struct<LocatorRequestPayload>({
  version: u32,
  locator: list(hash, MAX_LOCATOR_HASHES),
  stop: hash,
});
