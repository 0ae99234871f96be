/** Headers that keep all rules but the one that a test breaks: changed, and then mined again as a forger would. */
import { sha256d } from '../../src/bytes/hash.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';

const PREV_OFFSET = 4;

/** Fields that a forger may change; the bits only to targets that regtest's miner meets, or none will be found. */
export interface Forgery {
  readonly version?: number;
  /** Seconds added to the time. */
  readonly addedSeconds?: number;
  readonly bits?: number;
}

/** The same headers with one of them changed, and all from there on linked and mined anew. */
export function forged(
  headers: Uint8Array,
  index: number,
  { version, addedSeconds, bits }: Forgery,
): Uint8Array {
  const copy = headers.slice();
  const view = new DataView(copy.buffer, index * HEADER_SIZE_BYTES);
  if (version !== undefined) view.setInt32(0, version, true);
  if (addedSeconds !== undefined) view.setUint32(68, view.getUint32(68, true) + addedSeconds, true);
  if (bits !== undefined) view.setUint32(72, bits, true);
  const count = copy.length / HEADER_SIZE_BYTES;
  for (let i = index; i < count; i++) {
    const hash = mineAgain(copy.subarray(i * HEADER_SIZE_BYTES, (i + 1) * HEADER_SIZE_BYTES));
    if (i + 1 < count) copy.set(hash, (i + 1) * HEADER_SIZE_BYTES + PREV_OFFSET);
  }
  return copy;
}

function mineAgain(header: Uint8Array): Uint8Array {
  const view = new DataView(header.buffer, header.byteOffset);
  for (let nonce = 0; ; nonce++) {
    view.setUint32(76, nonce, true);
    const hash = sha256d(header);
    if ((hash[31] as number) < 0x7f) return hash;
  }
}
