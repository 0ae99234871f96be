/** What the program reads from and writes to, so that tests can stand in for it. */

import type { Readable, Writable } from 'node:stream';

export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number | undefined };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number | undefined };
  /** Aborts when the user wants the program to end; with {@link OutputLost} when nobody can be shown anything more. */
  readonly signal: AbortSignal;
  /** What to type to run the program: `headlight`, or `npx headlight` where that is not on the path. */
  readonly programName: string;
}

/** Whether stderr is a screen on which a line can be drawn over. */
export function canDraw({ stderr }: Terminal): boolean {
  return stderr.isTTY === true && process.env['TERM'] !== 'dumb';
}

/** Columns that a line of the result may have; without end where it goes to no screen. */
export function widthOf({ stdout }: Terminal): number {
  if (stdout.isTTY !== true) return Number.POSITIVE_INFINITY;
  // A terminal that does not know its width says that it is 0.
  return stdout.columns === undefined || stdout.columns < 1 ? 80 : stdout.columns;
}

/** Why a program stops whose results have nowhere to go. */
export class OutputLost extends Error {
  override readonly name = 'OutputLost';
  /** Whether the reader has had enough, as in `headlight ... | head -1`; else the disk or device refused. */
  readonly isUnread: boolean;

  constructor(cause: NodeJS.ErrnoException) {
    super('the output cannot be written', { cause });
    this.isUnread = cause.code === 'EPIPE';
  }
}

/** The user stopped the work: nothing failed. The message says what is kept. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
