/** Headers with proof of work as the slow rules understand it, or without. */
import { fromHex } from '../../src/bytes/hex.ts';
import { findNonce } from './header-miner.ts';
import { numberOf, oracleHash } from './oracle-tree.ts';
import { referenceTarget } from './reference-rules.ts';

export interface MinedFields {
  readonly version: number;
  /** Hexadecimal, wire order. */
  readonly prev: string;
  readonly merkleRoot: Uint8Array;
  readonly time: number;
  readonly bits: number;
}

/** The 80 bytes of a header that meets its target; of one whose bits are no target at all, with any nonce. */
export function mineFields(fields: MinedFields, powLimit: bigint): Uint8Array {
  const bytes = withoutNonce(fields);
  const target = referenceTarget(fields.bits, powLimit);
  if (target === undefined) return bytes;
  const lowestFirst = fromHex(target.toString(16).padStart(64, '0')).toReversed();
  if (findNonce(bytes, lowestFirst) === undefined) throw new Error('no nonce will do');
  return bytes;
}

/** The same with the first nonce whose hash is above the target, if only by a little. */
export function mineBadly(fields: MinedFields, powLimit: bigint): Uint8Array {
  const bytes = withoutNonce(fields);
  const view = new DataView(bytes.buffer);
  const target = referenceTarget(fields.bits, powLimit) ?? 0n;
  for (let nonce = 0; numberOf(oracleHash(bytes)) <= target; nonce++) view.setUint32(76, nonce, true);
  return bytes;
}

function withoutNonce({ version, prev, merkleRoot, time, bits }: MinedFields): Uint8Array {
  const bytes = new Uint8Array(80);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, version, true);
  bytes.set(fromHex(prev), 4);
  bytes.set(merkleRoot, 36);
  view.setUint32(68, time, true);
  view.setUint32(72, bits, true);
  return bytes;
}
