/** A single v1 message from bytes at hand, with every field of its frame: for looking at, not for talking to peers. */

import { DecodeError } from '../bytes/decode-error.ts';
import { equalBytes, sha256d } from '../bytes/hash.ts';
import { toHex } from '../bytes/hex.ts';
import { Reader } from '../bytes/reader.ts';
import { NETWORKS } from '../networks/by-name.ts';
import type { Network } from '../networks/network.ts';
import { field } from '../wire/codec.ts';
import { parseCommand } from './command-text.ts';
import { MAX_PAYLOAD_SIZE_BYTES } from './v1.ts';

export interface DecodedFrame {
  readonly network: Network;
  readonly command: string;
  readonly checksum: Uint8Array;
  /** Whether the checksum is that of the payload. */
  readonly isIntact: boolean;
  readonly payload: Uint8Array;
}

/**
 * Decodes bytes that hold exactly one framed message of a network we know.
 *
 * @throws {DecodeError} when they do not; a wrong checksum is no error here.
 */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  const reader = new Reader(bytes);
  const magic = field('magic', () => reader.bytes(4));
  const network = Object.values(NETWORKS).find((known) => equalBytes(known.magic, magic));
  if (network === undefined)
    throw new DecodeError('bad-value', `${toHex(magic)} is no network's magic`, 0, 'magic');
  const name = field('command', () => reader.bytes(12));
  const command = parseCommand(name);
  if (command === undefined)
    throw new DecodeError('bad-value', `${toHex(name)} is no text and zeros`, 4, 'command');
  const length = field('length', () => reader.u32());
  if (length > MAX_PAYLOAD_SIZE_BYTES) {
    const detail = `${length} bytes claimed, at most ${MAX_PAYLOAD_SIZE_BYTES} allowed`;
    throw new DecodeError('over-limit', detail, 16, 'length');
  }
  const checksum = field('checksum', () => reader.bytes(4));
  const payload = field('payload', () => reader.bytes(length));
  if (reader.remaining > 0) {
    throw new DecodeError('trailing-bytes', `${reader.remaining} bytes left over`, reader.offset);
  }
  const isIntact = equalBytes(sha256d(payload).subarray(0, 4), checksum);
  return { network, command, checksum, isIntact, payload };
}
