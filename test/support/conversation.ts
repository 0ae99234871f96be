/** The recorded conversations, and streams of bytes chopped as a network might chop them. */
import * as fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { readFixture } from './repository.ts';

export type Side = 'node' | 'client';

export const CONVERSATIONS: readonly string[] = [
  'bitcoind-regtest.jsonl',
  'bitcoind-old-client-regtest.jsonl',
  'btcd-regtest.jsonl',
];

/** All bytes that one side sent. */
export function bytesFrom(side: Side, file: string): Uint8Array {
  const text = new TextDecoder().decode(readFixture('conversations', file));
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly from: Side; readonly hex: string });
  return fromHex(
    lines
      .filter(({ from }) => from === side)
      .map(({ hex }) => hex)
      .join(''),
  );
}

/** A message as it lies in a stream, hexadecimal. */
export interface RecordedFrame {
  readonly command: string;
  readonly hex: string;
}

/** The messages in a stream of whole ones, found by their lengths alone. */
export function framesIn(stream: Uint8Array): RecordedFrame[] {
  const frames: RecordedFrame[] = [];
  const view = new DataView(stream.buffer, stream.byteOffset);
  for (let start = 0; start < stream.length;) {
    const end = start + 24 + view.getUint32(start + 16, true);
    const command = String.fromCharCode(...stream.subarray(start + 4, start + 16)).replaceAll('\0', '');
    frames.push({ command, hex: toHex(stream.subarray(start, end)) });
    start = end;
  }
  return frames;
}

/** The stream in pieces of these sizes, over and over until it ends. */
export function* chopped(stream: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let start = 0, i = 0; start < stream.length; i++) {
    const end = start + (sizes[i % sizes.length] as number);
    yield stream.slice(start, end);
    start = end;
  }
}

/** Sizes of pieces: some within a frame's head, some of many frames, some empty, but not all of them. */
export const chunkSizes: fc.Arbitrary<readonly number[]> = fc
  .array(fc.oneof(fc.nat(5), fc.integer({ min: 20, max: 28 }), fc.nat(300), fc.nat(20_000)), { minLength: 1 })
  .filter((sizes) => sizes.some((size) => size > 0));
