/** Messages that say all with their name. */

import type { Codec } from '../codec.ts';

/** The payload of a message without one. */
export type EmptyPayload = Readonly<Record<string, never>>;

/**
 * `verack` ends the handshake; `sendheaders` asks for new blocks by header (BIP 130); `sendaddrv2` for addresses of
 * any length (BIP 155); `wtxidrelay` for transactions by wtxid (BIP 339); `getaddr` for known addresses; `mempool`
 * for unconfirmed transactions (BIP 35).
 */
export const empty: Codec<EmptyPayload> = {
  minSize: 0,
  read: () => ({}),
  write: () => undefined,
};
