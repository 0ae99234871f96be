/** What the program reads from and writes to, so that tests can stand in for it. */

import type { Readable, Writable } from 'node:stream';

export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Aborts when the user wants the program to end. */
  readonly signal: AbortSignal;
}
