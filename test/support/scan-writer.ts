/** A child process that stores filter headers and the progress of a scan as fast as it can, to be killed at any moment. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FilterSegment } from '../../src/filters/filter-segment.ts';
import { scanId } from '../../src/store/scan-id.ts';

export const FROM_HEIGHT = 200;
export const SCAN_ID: string = scanId('regtest', [Uint8Array.of(0x51)], FROM_HEIGHT);

/** The segment that is written at a step: of any length, and of that step from end to end. */
export function segmentOfStep(step: number): FilterSegment {
  const hash = new Uint8Array(32).fill(step % 256);
  new DataView(hash.buffer).setUint32(0, step);
  const headers = new Uint8Array(32 * (1 + ((step * 37) % 1_001)));
  for (let at = 0; at < headers.length; at += 32) headers.set(hash, at);
  return { firstHeight: 0, previous: hash, headers, lastBlockHash: hash };
}

export class ScanWriter {
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #output = '';
  #waiting: (() => void)[] = [];

  constructor(t: Pick<TestContext, 'after'>, datadir: string, seed: number) {
    const program = fileURLToPath(new URL('scan-writer-main.js', import.meta.url));
    this.#child = spawn(process.execPath, [program, datadir, String(seed)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#closed = once(this.#child, 'close').then(() => this.#wake());
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#wake();
    });
    t.after(() => this.kill());
  }

  /** The last step of which it said that something of it is safe; 0 before the first. */
  lastSafe(kind: 'headers' | 'scan'): number {
    // Whole lines only: the last one may have been cut off.
    const lines = this.#output.split('\n').slice(0, -1);
    return Number(lines.findLast((line) => line.startsWith(kind))?.slice(kind.length) ?? 0);
  }

  /** Resolves when a step is safe; rejects when it ends before. */
  async reached(step: number): Promise<void> {
    while (this.lastSafe('scan') < step) {
      if (this.#child.exitCode !== null) throw new Error(`the writer ended: ${this.#output.slice(-200)}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Ends it as a loss of power would end a process. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
