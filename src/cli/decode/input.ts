/** The bytes that a command is given: on the command line, in a file, or through a pipe; as hexadecimal or as they are. */

import { DecodeError, fromHex } from '../../wire/index.ts';
import { Failure } from '../failure.ts';
import { openFile, readStandardInput } from '../source.ts';
import type { Terminal } from '../terminal.ts';

/** The largest thing to decode is a block of 4,000,000 bytes, here as hexadecimal with some air. */
const MAX_INPUT_BYTES = 10_000_000;

/**
 * @param text hexadecimal digits, `@FILE`, or `-` for standard input.
 * @throws {DecodeError} `bad-hex` for text that is no hexadecimal; the offset counts all characters before.
 */
export async function readInput(text: string, terminal: Terminal): Promise<Uint8Array> {
  if (text === '-') return fromText(await readAll(readStandardInput(terminal), 'standard input'));
  if (!text.startsWith('@')) return fromDigits(text);
  const file = text.slice(1);
  return fromText(await readAll((await openFile(file, terminal.signal)).source, file));
}

async function readAll(source: AsyncIterable<Uint8Array>, name: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of source) {
    parts.push(part);
    length += part.length;
    if (length > MAX_INPUT_BYTES)
      throw new Failure('over-limit', `${name} has over ${MAX_INPUT_BYTES} bytes, more than any block`);
  }
  return Buffer.concat(parts);
}

/** Printable ASCII and white space are text, so hexadecimal digits; anything else is the bytes themselves. */
function fromText(content: Buffer): Uint8Array {
  const text = content.toString('latin1');
  return /^[\t-\r -~]*$/.test(text) ? fromDigits(text) : new Uint8Array(content);
}

function fromDigits(text: string): Uint8Array {
  const wrong = text.search(/[^0-9a-fA-F\s]/);
  if (wrong === -1) return fromHex(text.replace(/\s+/g, ''));
  throw new DecodeError('bad-hex', `${JSON.stringify(text[wrong])} is no hexadecimal digit`, wrong);
}
