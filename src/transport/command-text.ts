/** The command of a v1 message: printable characters, and zeros to fill twelve bytes. */

export const COMMAND_SIZE_BYTES = 12;

/** The text; undefined when the bytes are anything else. */
export function parseCommand(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0);
  const text = end === -1 ? bytes : bytes.subarray(0, end);
  if (text.some((byte) => byte < 0x20 || byte > 0x7e)) return undefined;
  if (end !== -1 && bytes.subarray(end).some((byte) => byte !== 0)) return undefined;
  return String.fromCharCode(...text);
}
