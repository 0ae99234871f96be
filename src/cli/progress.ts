/** How far a long piece of work has come: a bar on a terminal, a plain line every few seconds anywhere else. */

import { SingleBar } from 'cli-progress';
import { formatCount, formatSeconds } from './format.ts';
import type { Output } from './output.ts';
import type { Terminal } from './terminal.ts';

/** Time between plain lines. */
const LINE_INTERVAL_MS = 3_000;
/** A bar narrower than this says nothing. */
const MIN_BAR_WIDTH = 10;
const MAX_BAR_WIDTH = 40;
/** Columns that everything but the bar takes. */
const TEXT_WIDTH = 62;

export interface Position {
  readonly height: number;
  /** Height to reach; a hint at best. */
  readonly target: number;
  /** 0 while it is not known. */
  readonly perSecond: number;
}

export class Progress {
  readonly #output: Output;
  readonly #bar: SingleBar | undefined;
  readonly #what: string;
  #isStarted = false;
  #nextLineMs: number;

  /** @param what is being done, such as `Syncing`. */
  constructor(terminal: Terminal, output: Output, what: string) {
    this.#output = output;
    this.#what = what;
    this.#nextLineMs = performance.now() + LINE_INTERVAL_MS;
    const { stderr } = terminal;
    if (stderr.isTTY !== true || !output.shows('info')) return;
    const barsize = Math.min(MAX_BAR_WIDTH, Math.max(MIN_BAR_WIDTH, (stderr.columns ?? 80) - TEXT_WIDTH));
    this.#bar = new SingleBar({
      format: `${what} [{bar}] {percentage}%  height {height}  {rate}  {left}`,
      barsize,
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      hideCursor: true,
      clearOnComplete: true,
      // Drawn when there is news, so that nothing runs by itself while other lines are written.
      noTTYOutput: false,
      stream: stderr,
      gracefulExit: false,
    });
  }

  update(position: Position): void {
    if (this.#bar !== undefined) this.#draw(this.#bar, position);
    else this.#writeLine(position);
  }

  /** Takes the bar off the screen. */
  stop(): void {
    if (this.#bar === undefined || !this.#isStarted) return;
    this.#isStarted = false;
    this.#output.coverWith(undefined);
    this.#bar.stop();
  }

  #draw(bar: SingleBar, position: Position): void {
    const total = Math.max(position.target, position.height, 1);
    const payload = describe(position);
    if (!this.#isStarted) {
      this.#isStarted = true;
      bar.start(total, position.height, payload);
      return;
    }
    bar.setTotal(total);
    bar.update(position.height, payload);
  }

  #writeLine(position: Position): void {
    if (performance.now() < this.#nextLineMs) return;
    this.#nextLineMs = performance.now() + LINE_INTERVAL_MS;
    const { height, rate, left } = describe(position);
    const of = position.target > position.height ? ` of ${formatCount(position.target)}` : '';
    this.#output.remark(
      'info',
      [`${this.#what}: height ${height}${of}`, rate, left].filter((part) => part !== '').join(', '),
    );
  }
}

function describe({ height, target, perSecond }: Position): { height: string; rate: string; left: string } {
  const missing = target - height;
  return {
    height: formatCount(height),
    rate: perSecond > 0 ? `${formatCount(perSecond)} headers/s` : '',
    left: perSecond > 0 && missing > 0 ? `${formatSeconds(missing / perSecond)} left` : '',
  };
}
