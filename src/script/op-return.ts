/** Text in outputs that carry data. */

import { OP } from './opcodes.ts';
import { scriptOps } from './script-ops.ts';
import { concat } from '../bytes/concat.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Anything that is not shown but does something, except tab and line feed. */
const CONTROL = /[^\P{Cc}\t\n]/u;

/**
 * What an OP_RETURN output says: its pushes joined, if that is UTF-8 without control characters but tab and line feed.
 * Undefined for data that is no text, for no data at all, and for every other script. It is a stranger's text.
 */
export function opReturnText(script: Uint8Array): string | undefined {
  if (script[0] !== OP.RETURN) return undefined;
  const parts: Uint8Array[] = [];
  for (const { data, isTruncated } of scriptOps(script, 1)) {
    if (data === undefined || isTruncated) return undefined;
    parts.push(data);
  }
  const text = decodeText(parts.length === 1 ? (parts[0] as Uint8Array) : concat(parts));
  return text === '' || text === undefined || CONTROL.test(text) ? undefined : text;
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
