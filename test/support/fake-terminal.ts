/** A terminal that keeps what is written to it, and the whole command line run in it, without a process. */
import { PassThrough, Writable } from 'node:stream';
import type { ExitCode } from '../../src/cli/exit-codes.ts';
import { run } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

export interface FakeTerminalOptions {
  /** Columns of a terminal; without it the output goes to a file or a pipe. */
  readonly columns?: number;
  /** What comes through standard input. */
  readonly input?: string | Uint8Array;
  /** Whether standard input stays open, as when nobody types. */
  readonly isInputEndless?: boolean;
  readonly signal?: AbortSignal;
}

/** One of the output streams. */
export class FakeScreen extends Writable {
  readonly isTTY: boolean;
  /** Changes with the size of the window. */
  columns: number | undefined;
  text = '';
  bytes: Buffer = Buffer.alloc(0);

  constructor(columns?: number) {
    super();
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    this.bytes = Buffer.concat([this.bytes, chunk]);
    done();
  }
}

export class FakeTerminal implements Terminal {
  readonly stdin: Terminal['stdin'];
  readonly stdout: FakeScreen;
  readonly stderr: FakeScreen;
  readonly signal: AbortSignal;
  readonly programName = 'headlight';

  constructor(options: FakeTerminalOptions = {}) {
    const { columns, input = '', isInputEndless = false, signal = new AbortController().signal } = options;
    const stdin = new PassThrough();
    stdin.write(input);
    if (!isInputEndless) stdin.end();
    this.stdin = Object.assign(stdin, { isTTY: columns !== undefined });
    this.stdout = new FakeScreen(columns);
    this.stderr = new FakeScreen(columns);
    this.signal = signal;
  }
}

export interface RunResult {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end in this process. */
export async function runHere(args: readonly string[], options?: FakeTerminalOptions): Promise<RunResult> {
  const terminal = new FakeTerminal(options);
  const code = await run(args, terminal);
  return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

/** Text in which everything that differs from run to run has been replaced by a word for it. */
export function steady(text: string, folder?: string): string {
  return (folder === undefined ? text : text.replaceAll(folder, 'FOLDER'))
    .replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replaceAll(/[\d,]+ headers\/s/g, 'RATE')
    .replaceAll(/\b[\d.]+ m?s\b/g, 'TIME')
    .replaceAll(/"time":"[^"]+Z"/g, '"time":"NOW"')
    .replaceAll(/"seconds":[\d.]+/g, '"seconds":SECONDS')
    .replaceAll(/\d+ years ago/g, 'AGE')
    .replaceAll(/[\d.]+ [kM]B/g, 'SIZE')
    .replaceAll(/"sizeBytes":\d+/g, '"sizeBytes":SIZE');
}
