/** Codecs: a format declared once, which reads, writes and gives the type. Messages are put together from these. */

import { DecodeError } from '../bytes/decode-error.ts';
import { Reader } from '../bytes/reader.ts';
import { Writer } from '../bytes/writer.ts';
import { MAX_COUNT, readCompactSize, readCount, writeCompactSize, writeCount } from './compact-size.ts';

/** How values of a type are written as bytes and read back. */
export interface Codec<T> {
  /** Reads one value; throws {@link DecodeError} and nothing else, whatever the bytes. */
  read(reader: Reader): T;
  /** Writes one value; RangeError or TypeError when the value cannot be written. */
  write(writer: Writer, value: T): void;
  /** Bytes that the shortest value takes: what a list's count is checked against before anything is read. */
  readonly minSize: number;
}

/** Decodes bytes that hold exactly one value. Byte strings in the value are views of `encoded`, not copies. */
export function decode<T>(codec: Codec<T>, encoded: Uint8Array): T {
  const reader = new Reader(encoded);
  const value = codec.read(reader);
  if (reader.remaining > 0) {
    throw new DecodeError('trailing-bytes', `${reader.remaining} bytes left over`, reader.offset);
  }
  return value;
}

/** Decodes the value that bytes begin with; what follows it is not looked at. */
export function decodeStart<T>(codec: Codec<T>, encoded: Uint8Array): T {
  return codec.read(new Reader(encoded));
}

/** Encodes one value. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new Writer();
  codec.write(writer, value);
  return writer.finish();
}

export const u8: Codec<number> = { minSize: 1, read: (r) => r.u8(), write: (w, value) => w.u8(value) };
export const u32: Codec<number> = { minSize: 4, read: (r) => r.u32(), write: (w, value) => w.u32(value) };
export const i32: Codec<number> = { minSize: 4, read: (r) => r.i32(), write: (w, value) => w.i32(value) };
export const u64: Codec<bigint> = { minSize: 8, read: (r) => r.u64(), write: (w, value) => w.u64(value) };
export const i64: Codec<bigint> = { minSize: 8, read: (r) => r.i64(), write: (w, value) => w.i64(value) };
/** Big-endian, as ports are. */
export const u16be: Codec<number> = {
  minSize: 2,
  read: (r) => r.u16be(),
  write: (w, value) => w.u16be(value),
};

/** A CompactSize of any value, where it counts nothing (service bits in addrv2). */
export const compactSize: Codec<bigint> = { minSize: 1, read: readCompactSize, write: writeCompactSize };

/** One byte, 0 or 1; others are refused, for no node sends them and they would not encode to the same byte. */
export const bool: Codec<boolean> = {
  minSize: 1,
  read(reader) {
    const start = reader.offset;
    const byte = reader.u8();
    if (byte > 1) throw new DecodeError('bad-value', `${byte} is neither 0 nor 1`, start);
    return byte === 1;
  },
  write: (writer, value) => writer.u8(value ? 1 : 0),
};

/** Exactly `length` bytes. */
export function bytes(length: number): Codec<Uint8Array> {
  return {
    minSize: length,
    read: (reader) => reader.bytes(length),
    write(writer, value) {
      if (value.length !== length) throw new RangeError(`${value.length} bytes where ${length} belong`);
      writer.bytes(value);
    },
  };
}

/** A hash in wire order. */
export const hash: Codec<Uint8Array> = bytes(32);

/** Shared by all empty byte strings: a message may hold millions of them. */
const NO_BYTES = new Uint8Array(0);

/** A count and that many bytes. */
export function varBytes(limit: number = MAX_COUNT): Codec<Uint8Array> {
  return {
    minSize: 1,
    read(reader) {
      const length = readCount(reader, limit);
      return length === 0 ? NO_BYTES : reader.bytes(length);
    },
    write(writer, value) {
      writeCount(writer, value.length, limit);
      writer.bytes(value);
    },
  };
}

/** Bytes turned into text at once: a call has room for thousands of arguments, not for millions. */
const TEXT_PIECE_SIZE_BYTES = 4096;

/** Text of one byte a character (ISO 8859-1): any bytes survive, and a stranger's bytes are never an encoding error. */
export function varText(limit: number = MAX_COUNT): Codec<string> {
  const raw = varBytes(limit);
  return {
    minSize: 1,
    read(reader) {
      const encoded = raw.read(reader);
      let text = '';
      for (let start = 0; start < encoded.length; start += TEXT_PIECE_SIZE_BYTES) {
        text += String.fromCharCode(...encoded.subarray(start, start + TEXT_PIECE_SIZE_BYTES));
      }
      return text;
    },
    write(writer, value) {
      raw.write(
        writer,
        Uint8Array.from(value, (character) => {
          const byte = character.charCodeAt(0);
          if (byte > 0xff) throw new RangeError(`${JSON.stringify(character)} does not fit one byte`);
          return byte;
        }),
      );
    },
  };
}

/** A count and that many items. The count is checked against the limit and the bytes left before any item is read. */
export function list<T>(item: Codec<T>, limit: number = MAX_COUNT): Codec<readonly T[]> {
  return {
    minSize: 1,
    read(reader) {
      const start = reader.offset;
      const count = readCount(reader, limit);
      if (count * item.minSize > reader.remaining) {
        const wanted = `${count} items of at least ${item.minSize} bytes`;
        throw new DecodeError('unexpected-end', `${wanted}, ${reader.remaining} bytes left`, start);
      }
      const items: T[] = [];
      for (let i = 0; i < count; i++) {
        try {
          items.push(item.read(reader));
        } catch (error) {
          throw located(error, i);
        }
      }
      return items;
    },
    write(writer, items) {
      writeCount(writer, items.length, limit);
      for (const value of items) item.write(writer, value);
    },
  };
}

/** Named fields, in the order given. */
export function struct<T extends object>(fields: { readonly [K in keyof T]: Codec<T[K]> }): Codec<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const codecs = names.map((name) => fields[name] as Codec<unknown>);
  return {
    minSize: codecs.reduce((sum, codec) => sum + codec.minSize, 0),
    read(reader) {
      const value: Record<string, unknown> = {};
      let i = 0;
      try {
        for (; i < names.length; i++) value[names[i] as string] = (codecs[i] as Codec<unknown>).read(reader);
      } catch (error) {
        throw located(error, names[i] as string);
      }
      return value as T;
    },
    write(writer, value) {
      for (let i = 0; i < names.length; i++) {
        (codecs[i] as Codec<unknown>).write(writer, value[names[i] as keyof T]);
      }
    },
  };
}

/** Runs one hand-written field of a codec, or item of a list, so that an error in it carries the name or the position. */
export function field<T>(name: string | number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw located(error, name);
  }
}

function located(error: unknown, place: string | number): unknown {
  return error instanceof DecodeError ? error.within(place) : error;
}
