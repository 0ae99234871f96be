/** Where the bytes come from that a command reads: a file or standard input, with errors that name it. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { Failure } from './failure.ts';
import { isSystemError, reasonOf } from './system-error.ts';
import type { Terminal } from './terminal.ts';

export interface Source {
  readonly source: AsyncIterable<Uint8Array>;
  /** Undefined where that is known at the end only. */
  readonly sizeBytes: number | undefined;
}

/**
 * Looks at a file before anything else is done, so that a wrong name leaves nothing behind.
 *
 * @throws {Failure} `file-unreadable`; reading may throw it too.
 */
export async function openFile(file: string, signal: AbortSignal): Promise<Source> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new Failure('file-unreadable', `cannot read ${file}: it is a folder`);
    const source = naming(() => createReadStream(file, { signal }), file);
    return { source, sizeBytes: found.isFile() ? found.size : undefined };
  } catch (error) {
    throw unreadable(error, file);
  }
}

/** Standard input. A person who has to type it is told so; Ctrl-C ends the wait for it. */
export function readStandardInput({ stdin, stderr, signal }: Terminal): AsyncIterable<Uint8Array> {
  if (stdin.isTTY === true) stderr.write('Reading from the keyboard; Ctrl-D ends the input, Ctrl-C stops.\n');
  return naming(() => addAbortSignal(signal, stdin), 'standard input');
}

/** Opens when reading begins: a stream that nobody reads yet would throw its errors at nobody. */
async function* naming(open: () => AsyncIterable<Uint8Array>, name: string): AsyncIterable<Uint8Array> {
  try {
    yield* open();
  } catch (error) {
    throw unreadable(error, name);
  }
}

function unreadable(error: unknown, name: string): unknown {
  return isSystemError(error)
    ? new Failure('file-unreadable', `cannot read ${name}: ${reasonOf(error)}`)
    : error;
}
