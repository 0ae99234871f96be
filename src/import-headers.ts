/** Headers from a file, checked exactly like a peer's; what keeps the rules is kept. */

import { HeaderRun } from './chain/header-run.ts';
import type { HeaderFault } from './chain/verdict.ts';
import type { HeaderChain } from './header-chain.ts';
import { HEADER_OFFSETS, HEADER_SIZE_BYTES } from './wire/header.ts';

/** Headers that are checked and committed at a time. */
const BATCH = 10_000;

/** What of a header is wrong; `header` when it is not whole, `hash` when that is above the target. */
export type ImportField = 'header' | 'version' | 'prev' | 'time' | 'bits' | 'hash';

/** Where in a file something is wrong, and what. */
export interface ImportFault {
  /** The rule that is broken, or `unknown-parent`, or `unexpected-end`; each has a heading in docs/errors.md. */
  readonly code: HeaderFault['rule'] | 'unknown-parent' | 'unexpected-end';
  /** Position of the header in the file, from 0. */
  readonly index: number;
  /** Offset of the failing field in the file, in bytes. */
  readonly offset: number;
  readonly field: ImportField;
  readonly detail: string;
}

export interface ImportResult {
  /** Headers read that keep every rule. */
  readonly validCount: number;
  /** How many of them were new. */
  readonly newCount: number;
  /** What ended the import before the file did. */
  readonly fault: ImportFault | undefined;
}

/** The hash is that of the whole header. */
const FIELD_OFFSETS: Readonly<Record<ImportField, number>> = { ...HEADER_OFFSETS, header: 0, hash: 0 };

const FIELD_OF: Readonly<Record<ImportFault['code'], ImportFault['field']>> = {
  'bad-target': 'bits',
  'high-hash': 'hash',
  'not-continuous': 'prev',
  'bad-diffbits': 'bits',
  'time-too-old': 'time',
  'time-too-new': 'time',
  'time-timewarp-attack': 'time',
  'time-negative-interval': 'time',
  'bad-version': 'version',
  'bad-prevblk': 'prev',
  'unknown-parent': 'prev',
  'unexpected-end': 'header',
};

/**
 * Imports flat 80-byte headers. The first must be genesis, or follow a header that the chain has, or the anchor that it
 * begins at.
 *
 * @param source the file's bytes in pieces of any length.
 * @param nowSeconds our clock, Unix seconds.
 * @param onProgress told the number of valid headers so far, now and then.
 * @throws {StoreError} when the store refuses.
 */
export async function importHeaders(
  chain: HeaderChain,
  source: AsyncIterable<Uint8Array>,
  nowSeconds: number,
  onProgress: (validCount: number) => void = () => undefined,
): Promise<ImportResult> {
  let validCount = 0;
  let newCount = 0;
  for await (const bytes of inBatches(source)) {
    const whole = bytes.length - (bytes.length % HEADER_SIZE_BYTES);
    const run = HeaderRun.fromBytes(bytes.subarray(0, whole));
    const result = await importBatch(chain, run, nowSeconds, validCount === 0);
    newCount += result.newCount;
    const fault = result.fault ?? (whole < bytes.length ? endFault(bytes.length - whole, whole) : undefined);
    if (fault !== undefined) {
      const { rule, index, detail } = fault;
      const field = FIELD_OF[rule];
      const position = validCount + index;
      const offset = position * HEADER_SIZE_BYTES + FIELD_OFFSETS[field];
      validCount += result.validCount;
      return { validCount, newCount, fault: { code: rule, index: position, offset, field, detail } };
    }
    validCount += result.validCount;
    onProgress(validCount);
  }
  return { validCount, newCount, fault: undefined };
}

interface BatchFault {
  readonly rule: ImportFault['code'];
  readonly index: number;
  readonly detail: string;
}

async function importBatch(
  { tree, store }: HeaderChain,
  run: HeaderRun,
  nowSeconds: number,
  isFirst: boolean,
): Promise<{ validCount: number; newCount: number; fault: BatchFault | undefined }> {
  if (run.count === 0) return { validCount: 0, newCount: 0, fault: undefined };
  const verdict = tree.check(run, nowSeconds);
  if (verdict === undefined && !isFirst) {
    const detail = 'its parent is not the header before it';
    return { validCount: 0, newCount: 0, fault: { rule: 'not-continuous', index: 0, detail } };
  }
  if (verdict === undefined) {
    const first = tree.firstHeight === 0 ? 'genesis' : `the header of height ${tree.firstHeight}`;
    const detail = `its parent is not in the store: a file begins with ${first} or with a header that follows a stored one`;
    return { validCount: 0, newCount: 0, fault: { rule: 'unknown-parent', index: 0, detail } };
  }
  const change = tree.connect(verdict);
  if (change !== undefined) await store.commit(change);
  return { validCount: verdict.valid, newCount: verdict.valid - verdict.known, fault: verdict.fault };
}

function endFault(leftOver: number, whole: number): BatchFault {
  const detail = `${leftOver} bytes left over, a header has ${HEADER_SIZE_BYTES}`;
  return { rule: 'unexpected-end', index: whole / HEADER_SIZE_BYTES, detail };
}

/** The same bytes in pieces of {@link BATCH} headers; the last one may be shorter and end anywhere. */
async function* inBatches(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const size = BATCH * HEADER_SIZE_BYTES;
  let batch = new Uint8Array(size);
  let length = 0;
  for await (const piece of source) {
    for (let start = 0; start < piece.length;) {
      const part = piece.subarray(start, start + size - length);
      batch.set(part, length);
      length += part.length;
      start += part.length;
      if (length < size) continue;
      yield batch;
      batch = new Uint8Array(size);
      length = 0;
    }
  }
  if (length > 0) yield batch.subarray(0, length);
}
