/** Protocol versions: what each number means, and which ones we speak and accept. */

/**
 * The version we send.
 *
 * | version | what came with it |
 * | ------: | --- |
 * |   31800 | getheaders; the lowest that Core accepts |
 * |   60001 | ping with a nonce, answered by pong (BIP 31) |
 * |   70001 | bloom filters and the relay flag (BIP 37) |
 * |   70012 | sendheaders (BIP 130) |
 * |   70013 | feefilter (BIP 133) |
 * |   70014 | compact blocks (BIP 152) |
 * |   70016 | wtxidrelay (BIP 339) |
 */
export const PROTOCOL_VERSION = 70016;

/** The lowest version we talk to: below it new blocks cannot be announced by their headers (BIP 130). */
export const MIN_PROTOCOL_VERSION = 70012;

/** The lowest version with wtxidrelay; sendaddrv2 is sent to the same peers, as Core does. */
export const WTXID_RELAY_VERSION = 70016;
