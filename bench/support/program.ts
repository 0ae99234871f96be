/** Programs of ours in processes of their own: what each takes of memory and processor time is its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Program {
  /** The first line that it printed, as JSON. */
  readonly answer: unknown;
  readonly child: ChildProcess;
}

/** What every measured process says of itself. */
export interface Usage {
  readonly seconds: number;
  /** Time of all threads together, in the program and in the system. */
  readonly cpuSeconds: number;
  /** Largest resident memory of the process, MB. */
  readonly peakMegabytes: number;
}

/** Measures what follows in this process. */
export class Meter {
  readonly #startMs = performance.now();
  readonly #cpu = process.cpuUsage();

  usage(): Usage {
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      seconds: (performance.now() - this.#startMs) / 1000,
      cpuSeconds: (user + system) / 1e6,
      peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1000),
    };
  }
}

/**
 * Starts a program and waits for its first line, which is JSON. It goes on until it is killed.
 *
 * @param file beside this one, such as `serve-main.js`.
 * @param options what it is told, as JSON in its one argument.
 * @param nodeArgs what Node.js is told besides.
 */
export async function begin(
  file: string,
  options: object,
  nodeArgs: readonly string[] = [],
): Promise<Program> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, ...nodeArgs, path, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const failed = once(child, 'close').then(() => {
    throw new Error(`${file} ended without a word`);
  });
  failed.catch(() => undefined);
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), failed])) as [string];
  return { answer: JSON.parse(line), child };
}

/** Runs a program to its end, and returns the line that it printed. */
export async function run<T>(file: string, options: object, nodeArgs: readonly string[] = []): Promise<T> {
  const { answer, child } = await begin(file, options, nodeArgs);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return answer as T;
}

/** The one argument of a program that {@link begin} started. */
export function optionsGiven(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/** Says the one line. */
export function say(value: unknown): void {
  console.log(JSON.stringify(value));
}
