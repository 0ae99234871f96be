/** The line at the bottom of the screen that says how things are while nothing ends: drawn again every second. */

import { BottomLine } from './bottom-line.ts';
import type { Output } from './output.ts';
import { canDraw, type Terminal } from './terminal.ts';

const INTERVAL_MS = 1_000;
/** After results have taken its place it comes back when they pause. */
const RETURN_MS = 50;

export class StatusLine<Status extends object> {
  readonly #look: () => Status;
  readonly #line: BottomLine<Status> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = true;

  /**
   * @param look says how things are.
   * @param textOf the line for so many columns; it has to be shorter.
   */
  constructor(
    terminal: Terminal,
    output: Output,
    look: () => Status,
    textOf: (status: Status, columns: number) => string,
  ) {
    this.#look = look;
    if (!canDraw(terminal) || !output.shows('info')) return;
    this.#line = new BottomLine(terminal, output, 1, textOf, () => this.#showIn(RETURN_MS));
  }

  start(): void {
    if (this.#line === undefined) return;
    this.#isStopped = false;
    this.#show();
  }

  /** Takes it off the screen. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#line?.stop();
  }

  #show(): void {
    this.#line?.show(this.#look());
    this.#showIn(INTERVAL_MS);
  }

  #showIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => this.#show(), ms);
  }
}

/** As many texts as fit side by side, the last ones first to go. */
export function joinFitting(texts: readonly string[], columns: number): string {
  // The last column stays free: some terminals wrap as soon as it is written.
  const room = Math.max(0, columns - 1);
  const kept = [...texts];
  while (kept.length > 1 && kept.join('  ').length > room) kept.pop();
  return kept.join('  ').slice(0, room);
}
