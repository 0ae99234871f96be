#!/usr/bin/env node
/** The program: joins the command line to the process it runs in. */

import { EXIT } from './exit-codes.ts';
import { run } from './program.ts';

const stop = new AbortController();
let isOutputGone = false;

// Once asks nicely; twice ends at once, and loses nothing but what was not yet written.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
  });
}

// `headlight ... | head -1`: whoever read has had enough, and so have we.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isOutputGone = true;
    stop.abort();
  });
}

const { stdin, stdout, stderr } = process;
const exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, signal: stop.signal });
process.exitCode = isOutputGone && exitCode === EXIT.interrupted ? EXIT.done : exitCode;
