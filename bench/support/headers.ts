/** The headers that the benches go by: made on the spot for regtest, real ones of mainnet where they are at hand. */
import { existsSync, readFileSync } from 'node:fs';
import { MessageStream } from '../../src/transport/message-stream.ts';
import { V1Transport } from '../../src/transport/v1.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../src/wire/messages/headers.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import { mine } from '../../test/support/mine.ts';
import { sharedData } from '../../test/support/repository.ts';
import { Meter, type Usage } from './program.ts';

/** Small, so that a million blocks end before today. */
const SPACING_SECONDS = 60;
/** What Node.js reads from a socket at a time. */
const CHUNK_BYTES = 65_536;

/** Mainnet's headers of 150,000 to 340,000, in the larger collection of chain data. */
export const MAINNET_FILE: string = sharedData('mainnet-150000-190001.headers');
export const MAINNET_FILE_HEIGHT = 150_000;
/** The last header of a period, which is one of the built-in anchors. */
export const MAINNET_START = 151_199;

/** For regtest, everything above genesis. */
export function mineHeaders(wanted: number): Uint8Array {
  return mine(wanted, { spacingSeconds: SPACING_SECONDS });
}

/** Mainnet's headers from the one above {@link MAINNET_START} on; undefined where they are not at hand. */
export function mainnetHeaders(): Uint8Array | undefined {
  if (!existsSync(MAINNET_FILE)) return undefined;
  const skipped = (MAINNET_START + 1 - MAINNET_FILE_HEIGHT) * HEADER_SIZE_BYTES;
  return new Uint8Array(readFileSync(MAINNET_FILE)).subarray(skipped);
}

/** Messages of as many headers as one holds, as they go over the line. */
export function framesOf(magic: Uint8Array, headers: Uint8Array): Uint8Array[] {
  const stream = new MessageStream(new V1Transport(magic));
  return messagesOf(headers).map((part) => stream.send({ command: 'headers', payload: { headers: part } }));
}

/** The bytes of a message in pieces as a socket gives them, each in memory of its own. */
export function chunksOf(frame: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < frame.length; start += CHUNK_BYTES)
    chunks.push(frame.slice(start, start + CHUNK_BYTES));
  return chunks;
}

function messagesOf(headers: Uint8Array): Uint8Array[] {
  const step = MAX_HEADERS_PER_MESSAGE * HEADER_SIZE_BYTES;
  const messages: Uint8Array[] = [];
  for (let start = 0; start < headers.length; start += step)
    messages.push(headers.subarray(start, start + step));
  return messages;
}

/** The least that any client must do, the way that it is done: a message at a time. */
export function measureHashing(headers: Uint8Array): Usage {
  const messages = messagesOf(headers);
  // What must be compiled is compiled before.
  for (const message of messages.slice(0, 10)) HeaderRun.fromBytes(message);
  const meter = new Meter();
  for (const message of messages) HeaderRun.fromBytes(message);
  return meter.usage();
}
