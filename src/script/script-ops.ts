/** Walking over a script, operation by operation, whatever its bytes (Core: src/script/script.cpp, GetScriptOp). */

import { OP } from './opcodes.ts';

export interface ScriptOp {
  readonly opcode: number;
  /** What a push with bytes of its own carries, a view of the script; undefined for every other operation. */
  readonly data: Uint8Array | undefined;
  /** Whether the script ends within this push: it is the last then, and its data is what there is. */
  readonly isTruncated: boolean;
}

/** The operations of a script from an offset on. */
export function* scriptOps(script: Uint8Array, start = 0): Generator<ScriptOp, void, void> {
  let offset = start;
  while (offset < script.length) {
    const opcode = script[offset++] as number;
    if (opcode > OP.PUSHDATA4) {
      yield { opcode, data: undefined, isTruncated: false };
      continue;
    }
    const lengthSize = opcode < OP.PUSHDATA1 ? 0 : 1 << (opcode - OP.PUSHDATA1);
    const dataStart = offset + lengthSize;
    const length = lengthSize === 0 ? opcode : littleEndian(script, offset, lengthSize);
    const isTruncated = dataStart + length > script.length;
    offset = dataStart + length;
    yield { opcode, data: script.subarray(dataStart, offset), isTruncated };
  }
}

/** Whether a script from an offset on is nothing but whole pushes. */
export function isPushOnly(script: Uint8Array, start = 0): boolean {
  for (const { opcode, isTruncated } of scriptOps(script, start)) {
    if (opcode > OP.SIXTEEN || isTruncated) return false;
  }
  return true;
}

/** Bytes beyond the end make it at least as large as what is missing, so that the push shows as truncated. */
function littleEndian(bytes: Uint8Array, offset: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value += (bytes[offset + i] ?? 0) * 2 ** (8 * i);
  return value;
}
