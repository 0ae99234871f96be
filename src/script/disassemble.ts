/** Scripts as text, in the form that nodes print (Core: src/core_io.cpp, ScriptToAsmStr). */

import { toHex } from '../bytes/hex.ts';
import { OP, opcodeName } from './opcodes.ts';
import { type ScriptOp, scriptOps } from './script-ops.ts';
import { isSignature, sighashName } from './signature.ts';

/** Pushes of up to so many bytes are shown as the number that they are to a script. */
const MAX_NUMBER_BYTES = 4;
/** Largest script that can run, in bytes. */
const MAX_SCRIPT_BYTES = 10_000;

/** An output script as text: names of operations, pushes as hexadecimal or numbers, `[error]` where it is cut short. */
export function disassemble(script: Uint8Array): string {
  return textOf(script, toHex);
}

/** An input's script as text, with the last byte of what looks like a signature as a word: `[ALL]`. */
export function disassembleInput(script: Uint8Array): string {
  const isUnspendable = script[0] === OP.RETURN || script.length > MAX_SCRIPT_BYTES;
  return textOf(script, isUnspendable ? toHex : signatureText);
}

function textOf(script: Uint8Array, pushText: (data: Uint8Array) => string): string {
  const words: string[] = [];
  for (const op of scriptOps(script)) words.push(wordOf(op, pushText));
  return words.join(' ');
}

function wordOf({ opcode, data, isTruncated }: ScriptOp, pushText: (data: Uint8Array) => string): string {
  if (isTruncated) return '[error]';
  if (data === undefined) return opcodeName(opcode);
  return data.length <= MAX_NUMBER_BYTES ? String(scriptNumber(data)) : pushText(data);
}

/** Little-endian with the sign in the highest bit; at most four bytes. */
function scriptNumber(bytes: Uint8Array): number {
  const last = bytes.at(-1) ?? 0;
  const magnitude = bytes.reduce((sum, byte, i) => sum + byte * 2 ** (8 * i), 0);
  const sign = 0x80 * 2 ** (8 * (bytes.length - 1));
  // Not -0, which is a number of its own to JavaScript and prints as 0 all the same.
  return last < 0x80 ? magnitude : 0 - (magnitude - sign);
}

function signatureText(data: Uint8Array): string {
  const name = isSignature(data) ? sighashName(data.at(-1) as number) : undefined;
  return name === undefined ? toHex(data) : `${toHex(data.subarray(0, -1))}[${name}]`;
}
