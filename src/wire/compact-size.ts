/** CompactSize, Bitcoin's variable-length unsigned integer (Core: src/serialize.h, ReadCompactSize). */

import { DecodeError } from '../bytes/decode-error.ts';
import type { Reader } from '../bytes/reader.ts';
import type { Writer } from '../bytes/writer.ts';

/** The largest value allowed where a CompactSize counts things (Core: MAX_SIZE, 32 MiB). */
export const MAX_COUNT = 0x02000000;

/**
 * Reads a CompactSize of any value.
 *
 * @throws {DecodeError} `non-minimal` when a shorter form would have held the value.
 */
export function readCompactSize(reader: Reader): bigint {
  const start = reader.offset;
  const first = reader.u8();
  if (first < 0xfd) return BigInt(first);
  const [value, least] =
    first === 0xfd
      ? [BigInt(reader.u16()), 0xfdn]
      : first === 0xfe
        ? [BigInt(reader.u32()), 0x10000n]
        : [reader.u64(), 0x100000000n];
  if (value < least) {
    throw new DecodeError(
      'non-minimal',
      `CompactSize ${value} is written in ${reader.offset - start} bytes`,
      start,
    );
  }
  return value;
}

/** Writes a CompactSize in its shortest form. */
export function writeCompactSize(writer: Writer, value: bigint): void {
  if (value < 0xfdn) {
    writer.u8(Number(value));
  } else if (value <= 0xffffn) {
    writer.u8(0xfd);
    writer.u16(Number(value));
  } else if (value <= 0xffffffffn) {
    writer.u8(0xfe);
    writer.u32(Number(value));
  } else {
    writer.u8(0xff);
    writer.u64(value);
  }
}

/**
 * Reads a CompactSize that counts things.
 *
 * @param limit largest count allowed.
 * @throws {DecodeError} `over-limit` above the limit, `non-minimal` as {@link readCompactSize}.
 */
export function readCount(reader: Reader, limit: number = MAX_COUNT): number {
  const start = reader.offset;
  const first = reader.peek();
  const value = first !== undefined && first < 0xfd ? reader.u8() : readCompactSize(reader);
  if (value > limit) throw new DecodeError('over-limit', `${value} counted, at most ${limit} allowed`, start);
  return Number(value);
}

/** Writes a count; RangeError when it is above the limit that the reader on the other side will hold us to. */
export function writeCount(writer: Writer, count: number, limit: number = MAX_COUNT): void {
  if (count > limit) throw new RangeError(`${count} counted, at most ${limit} allowed`);
  if (count < 0xfd) writer.u8(count);
  else writeCompactSize(writer, BigInt(count));
}

/** Bytes that a count takes when it is written. */
export function countSize(count: number): number {
  if (count < 0xfd) return 1;
  return count <= 0xffff ? 3 : 5;
}
