/**
 * Writing to a terminal without waiting for it. Node.js writes to terminals at once or not at all: one that is stopped by
 * Ctrl-S, or a slow line, would hold up the whole program, and the peers would miss their pongs. (Writing to a pipe does
 * not hold it up; what the reader has not taken waits in memory. Files are quick.)
 */

import { createWriteStream, fstatSync } from 'node:fs';
import type { Terminal } from './terminal.ts';

type ProcessStream = NodeJS.Process['stdout' | 'stderr'];
export type Screens = Pick<Terminal, 'stdout' | 'stderr'>;

/** The streams of the process, with terminals replaced by streams that take what they are given and write it when they can. */
export function patientScreens({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): Screens {
  if (process.platform === 'win32') return { stdout, stderr };
  const results = patient(stdout);
  // One stream for one terminal: what is drawn and what is written must not change places.
  return { stdout: results, stderr: isSameTerminal(stdout, stderr) ? results : patient(stderr) };
}

function patient(stream: ProcessStream): Terminal['stdout'] {
  if (!stream.isTTY) return stream;
  // These writes are done by another thread, one after the other.
  const screen = createWriteStream('', { fd: stream.fd, autoClose: false });
  return Object.defineProperties(screen, {
    isTTY: { value: true },
    // Changes with the size of the window.
    columns: { get: () => stream.columns },
  });
}

function isSameTerminal(one: ProcessStream, other: ProcessStream): boolean {
  return one.isTTY && other.isTTY && fstatSync(one.fd).rdev === fstatSync(other.fd).rdev;
}
