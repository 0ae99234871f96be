/** The name of a scan in a database: scans of other scripts, another network or another height have other names. */

import { sha256 } from '../bytes/hash.ts';
import { toHex } from '../bytes/hex.ts';
import { Writer } from '../bytes/writer.ts';

/** Part of every name. To be changed when scans find anything else than they did: then those of before begin anew. */
const PURPOSE = 'headlight scan 1';

/**
 * The same whatever order the scripts are in and however often each is there. It tells nobody which scripts they are; who
 * knows them all can tell that it is they.
 *
 * @returns 64 hexadecimal digits.
 */
export function scanId(network: string, scripts: readonly Uint8Array[], fromHeight: number): string {
  const distinct = new Map(scripts.map((script) => [toHex(script), script]));
  const writer = new Writer();
  // Each part with its length, so that no two lists make the same bytes.
  for (const text of [PURPOSE, network]) writePart(writer, new TextEncoder().encode(text));
  writer.u32(fromHeight);
  for (const name of Array.from(distinct.keys()).toSorted())
    writePart(writer, distinct.get(name) as Uint8Array);
  return toHex(sha256(writer.finish()));
}

function writePart(writer: Writer, bytes: Uint8Array): void {
  writer.u32(bytes.length);
  writer.bytes(bytes);
}
