/** The bytes that a command is given: on the command line, in a file, or through a pipe; as hexadecimal or as they are. */

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { fromHex } from '../../wire/index.ts';
import { Failure } from '../failure.ts';

/** The largest thing to decode is a block of 4,000,000 bytes, here as hexadecimal with some air. */
const MAX_INPUT_BYTES = 10_000_000;

/**
 * @param text hexadecimal digits, `@FILE`, or `-` for standard input.
 * @throws {DecodeError} `bad-hex` for digits on the command line that are none.
 */
export async function readInput(text: string, stdin: Readable): Promise<Uint8Array> {
  if (text === '-') return fromText(await readAll(stdin, 'standard input'));
  if (text.startsWith('@')) return fromText(await readAll(createReadStream(text.slice(1)), text.slice(1)));
  return fromHex(text.replace(/\s+/g, ''));
}

async function readAll(stream: Readable, name: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      parts.push(part);
      length += part.length;
      if (length > MAX_INPUT_BYTES)
        throw new Failure('over-limit', `${name} has over ${MAX_INPUT_BYTES} bytes`);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('file-unreadable', `cannot read ${name}: ${(error as Error).message}`);
  }
  return Buffer.concat(parts);
}

/** Hexadecimal digits and white space are text; anything else is the bytes themselves. */
function fromText(content: Buffer): Uint8Array {
  const text = content.toString('latin1').replace(/\s+/g, '');
  const isText = text.length > 0 && text.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(text);
  return isText ? fromHex(text) : new Uint8Array(content);
}
