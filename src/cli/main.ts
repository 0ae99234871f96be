#!/usr/bin/env node
/** The program: joins the command line to the process it runs in. */

import { basename } from 'node:path';
import { EXIT } from './exit-codes.ts';
import { patientScreens } from './patient-screen.ts';
import { run } from './program.ts';
import { OutputLost } from './terminal.ts';

const stop = new AbortController();

// Once asks nicely; twice ends at once, and loses nothing but what was not yet written.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) exitAtOnce();
    stop.abort();
  });
}

const { stdin } = process;
const { stdout, stderr } = patientScreens(process);
stdout.on('error', (error) => stop.abort(new OutputLost(error)));
// Remarks that cannot be written harm no result; a reader who has had enough of them has had enough of all.
stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') stop.abort(new OutputLost(error));
});

function exitAtOnce(): never {
  // A bar may have hidden the cursor and switched off the wrapping of lines.
  if (process.stderr.isTTY) process.stderr.write('\x1b[?25h\x1b[?7h\n');
  process.exit(EXIT.interrupted);
}

const isOnPath = basename(process.argv[1] ?? '', '.js') === 'headlight';
process.exitCode = await run(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  signal: stop.signal,
  programName: isOnPath ? 'headlight' : 'npx headlight',
});
