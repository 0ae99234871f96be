/** Inventory vectors: what `inv`, `getdata` and `notfound` speak of (Core: src/protocol.h, GetDataMsg). */

import { type Codec, hash, list, struct, u32 } from './codec.ts';

/** Kinds of inventory by name. */
export const INVENTORY = {
  TX: 1,
  BLOCK: 2,
  FILTERED_BLOCK: 3,
  CMPCT_BLOCK: 4,
  /** A transaction named by its wtxid (BIP 339). */
  WTX: 5,
  /** In getdata only: with the witness (BIP 144). */
  WITNESS_TX: 0x40000001,
  WITNESS_BLOCK: 0x40000002,
} as const;

/** The most entries one message may hold (Core: MAX_INV_SZ). */
export const MAX_INVENTORY = 50_000;

/** One thing, named by kind and hash. */
export interface InventoryItem {
  /** One of {@link INVENTORY}, or a number we do not know. */
  readonly type: number;
  /** 32 bytes in wire order. */
  readonly hash: Uint8Array;
}

/** The payload of `inv`, `getdata` and `notfound`. */
export interface InventoryPayload {
  readonly items: readonly InventoryItem[];
}

const inventoryItem = struct<InventoryItem>({ type: u32, hash });

export const inventoryPayload: Codec<InventoryPayload> = struct<InventoryPayload>({
  items: list(inventoryItem, MAX_INVENTORY),
});
