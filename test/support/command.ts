/** The compiled program as a child process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from './repository.ts';

const PROGRAM = join(repositoryRoot, 'dist', 'cli', 'main.js');

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export class RunningCommand {
  readonly child: ChildProcess;
  readonly result: Promise<CommandResult>;
  #stdout = '';
  #stderr = '';
  #waiting: (() => void)[] = [];

  /** @param launcher a program and its first arguments, which is to run ours. */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    launcher: readonly string[] = [],
  ) {
    const [program = '', ...rest] = [...launcher, process.execPath, PROGRAM, ...args];
    this.child = spawn(program, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...withoutOurs(process.env), ...env },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#wake();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    this.result = new Promise((resolve) => {
      this.child.once('close', (code) => {
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
        this.#wake();
      });
    });
  }

  /** The JSON lines written so far. */
  events(): Record<string, unknown>[] {
    const whole = this.#stdout.slice(0, this.#stdout.lastIndexOf('\n') + 1);
    return parseLines(whole);
  }

  /** Resolves to the first JSON line that passes; rejects when the program ends without one. */
  async event(passes: (event: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.events().find(passes);
      if (found !== undefined) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the program ended without the event:\n${this.#stdout}${this.#stderr}`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Runs the program to its end. */
export function command(...args: string[]): Promise<CommandResult> {
  const running = new RunningCommand(args);
  running.child.stdin?.end();
  return running.result;
}

/** JSON values, one a line. */
export function parseLines(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The tester's own settings must not reach the program under test. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HEADLIGHT_')));
}
