/** Service bits: what a node says it offers (Core: src/protocol.h, ServiceFlags). */

/** The bits by name, in rising order. */
export const SERVICES = {
  /** Serves the whole chain. */
  NETWORK: 0x1n,
  /** Answers BIP 35 and BIP 37. */
  BLOOM: 0x4n,
  /** Serves blocks and transactions with witnesses, BIP 144. */
  WITNESS: 0x8n,
  /** Serves BIP 157 filters. */
  COMPACT_FILTERS: 0x40n,
  /** Serves the last 288 blocks only, BIP 159. */
  NETWORK_LIMITED: 0x400n,
  /** Speaks the encrypted transport of BIP 324. */
  P2P_V2: 0x800n,
} as const;

/** Names of the bits that are set; a bit without a name is shown as `BIT_n`, for nodes use bits of their own. */
export function serviceNames(services: bigint): string[] {
  const names: string[] = [];
  for (let bit = 0n; services >> bit > 0n; bit++) {
    if (((services >> bit) & 1n) === 0n) continue;
    const known = Object.entries(SERVICES).find(([, value]) => value === 1n << bit);
    names.push(known?.[0] ?? `BIT_${bit}`);
  }
  return names;
}
