/** The line at the bottom of the screen while the mempool is watched. */

import { BottomLine } from '../bottom-line.ts';
import { formatCount } from '../format.ts';
import type { Output } from '../output.ts';
import { canDraw, type Terminal } from '../terminal.ts';

export interface Status {
  /** Connections over which something can come. */
  readonly peers: number;
  readonly height: number;
  /** Transactions held now, and their memory. */
  readonly count: number;
  readonly bytes: number;
  readonly perSecond: number;
  /** Events that were left out. */
  readonly dropped: number;
}

const INTERVAL_MS = 1_000;
/** After results have taken its place it comes back when they pause. */
const RETURN_MS = 50;

export class StatusLine {
  readonly #look: () => Status;
  readonly #line: BottomLine<Status> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = true;

  /** @param look says how things are. */
  constructor(terminal: Terminal, output: Output, look: () => Status) {
    this.#look = look;
    if (!canDraw(terminal) || !output.shows('info')) return;
    this.#line = new BottomLine(terminal, output, 1, statusText, () => this.#showIn(RETURN_MS));
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

/** As many of the numbers as fit, the least important first to go. */
export function statusText(status: Status, columns: number): string {
  const { peers, height, count, bytes, perSecond, dropped } = status;
  const megabytes = (bytes / 1e6).toFixed(1);
  const rate = `${formatCount(Number(perSecond.toFixed(perSecond < 100 ? 1 : 0)))} tx/s`;
  const parts = [
    `${peers} ${peers === 1 ? 'peer' : 'peers'}`,
    `height ${formatCount(height)}`,
    `${formatCount(count)} held`,
    rate,
    `${megabytes} MB`,
    ...(dropped > 0 ? [`${formatCount(dropped)} left out`] : []),
  ];
  // The last column stays free: some terminals wrap as soon as it is written.
  const room = Math.max(0, columns - 1);
  while (parts.length > 1 && parts.join('  ').length > room) parts.pop();
  return parts.join('  ').slice(0, room);
}
