/** A child process that has a store open and fills it, to be killed or starved in the middle. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export interface StoreWriterOptions {
  /** Milliseconds between commits. */
  readonly pauseMs?: number;
  /** Largest file that it may write, in blocks of 512 bytes or 1,024, as the shell has it. */
  readonly fileBlocks?: number;
}

export class StoreWriter {
  readonly #child: ChildProcess;
  #output = '';
  readonly #closed: Promise<void>;
  readonly #waiting: (() => void)[] = [];

  /** Starts it on a folder of data, with regtest's chain; it goes on from the tip that it finds there. */
  constructor(t: Pick<TestContext, 'after'>, datadir: string, options: StoreWriterOptions = {}) {
    const program = fileURLToPath(new URL('store-writer-main.js', import.meta.url));
    const args = [program, datadir, String(options.pauseMs ?? 0)];
    const { fileBlocks } = options;
    this.#child =
      fileBlocks === undefined
        ? spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
        : spawn('sh', ['-c', `ulimit -f ${fileBlocks} && exec "$@"`, 'sh', process.execPath, ...args], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
    this.#closed = once(this.#child, 'close').then(() => undefined);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
    t.after(() => this.kill());
  }

  /** The last height that it said was safe; -1 before the first. */
  get lastConfirmed(): number {
    return Number(this.#lines.findLast((line) => /^\d+$/.test(line)) ?? -1);
  }

  /** The code of the error that it ended with. */
  get errorCode(): string | undefined {
    return this.#lines.find((line) => line.startsWith('error '))?.slice('error '.length);
  }

  /** Resolves when a height is safe. */
  async confirmed(height: number): Promise<void> {
    while (this.lastConfirmed < height) {
      if (this.#child.exitCode !== null) throw new Error(`the writer ended: ${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        void this.#closed.then(resolve);
      });
    }
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<void> {
    await this.#closed;
  }

  /** Ends it as a loss of power would end a process. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  removeFile(file: string): void {
    rmSync(file);
  }

  /** Whole lines only: the last one may have been cut off. */
  get #lines(): string[] {
    return this.#output.split('\n').slice(0, -1);
  }
}
