/**
 * A line to somewhere far away: what goes through arrives later, and no faster than the line is wide. It runs in a process of
 * its own, so that it is not held up by what either end does. A real line begins slower still: TCP must find out first how
 * much it carries.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('distant-line-main.js', import.meta.url));

export interface DistantLineOptions {
  /** Where it leads to, on 127.0.0.1. */
  readonly targetPort: number;
  /** Ports to listen at, each a line like the others. */
  readonly lines: number;
  /** Milliseconds that a byte takes each way. */
  readonly delayMs: number;
  /** Bytes a second that each connection carries each way. */
  readonly bytesPerSecond: number;
}

export class DistantLine {
  /** Where each line begins, on 127.0.0.1. */
  readonly ports: readonly number[];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ports: readonly number[]) {
    this.#child = child;
    this.ports = ports;
  }

  static async start(options: DistantLineOptions): Promise<DistantLine> {
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [ports] = (await once(createInterface(child.stdout), 'line')) as [string];
    return new DistantLine(child, JSON.parse(ports) as number[]);
  }

  async stop(): Promise<void> {
    this.#child.kill();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}
