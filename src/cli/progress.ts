/** How far a long piece of work has come: a bar on a terminal, a plain line every few seconds anywhere else. */

import { BottomLine } from './bottom-line.ts';
import { formatCount, formatTimeLeft } from './format.ts';
import type { Output } from './output.ts';
import { canDraw, type Terminal } from './terminal.ts';

/** Time between plain lines. */
const LINE_INTERVAL_MS = 3_000;
/** A bar narrower than this says nothing. */
const MIN_BAR_WIDTH = 8;
const MAX_BAR_WIDTH = 40;
/** Room for the rate and the time left, so that the bar keeps its length while they change theirs. */
const LONGEST_RATE = 100_000;
const LEFT_WIDTH = '59 min left'.length;

export interface Position {
  readonly height: number;
  /** Height to reach; a hint at best. */
  readonly target: number;
  /** Height at which the bar is empty. Default: 0. */
  readonly from?: number;
  /** 0 while it is not known. */
  readonly perSecond: number;
  /** What is done at the moment, when it is something else than usual. */
  readonly what?: string;
  /** What else is counted, such as `15 fetched`; said where there is room. */
  readonly detail?: string;
}

/** What is counted. */
export interface ProgressWords {
  /** Said before the count. */
  readonly place: string;
  /** So many of these a second. */
  readonly items: string;
}

const HEADERS: ProgressWords = { place: 'height', items: 'headers' };

export class Progress {
  readonly #output: Output;
  readonly #bar: BottomLine<Position> | undefined;
  readonly #what: string;
  readonly #words: ProgressWords;
  #nextLineMs: number;

  /** @param what is being done, such as `Syncing`. */
  constructor(terminal: Terminal, output: Output, what: string, words: ProgressWords = HEADERS) {
    this.#output = output;
    this.#what = what;
    this.#words = words;
    this.#nextLineMs = performance.now() + LINE_INTERVAL_MS;
    if (!canDraw(terminal) || !output.shows('info')) return;
    this.#bar = new BottomLine(terminal, output, MAX_BAR_WIDTH, (position, columns, drawBar) =>
      barLine(position.what ?? what, position, columns, drawBar, words),
    );
  }

  update(position: Position): void {
    if (this.#bar === undefined) return this.#writeLine(position);
    const { done, all } = partsOf(position);
    return this.#bar.show(position, done / all);
  }

  /** Takes the bar off the screen, until the next update. */
  stop(): void {
    this.#bar?.stop();
  }

  #writeLine(position: Position): void {
    if (performance.now() < this.#nextLineMs) return;
    this.#nextLineMs = performance.now() + LINE_INTERVAL_MS;
    const { height, target } = position;
    const of = target > height ? ` of ${formatCount(target)}` : '';
    const { place, items } = this.#words;
    const { rate, left } = speedOf(position, items);
    const what = position.what ?? this.#what;
    const parts = [`${what}: ${place} ${formatCount(height)}${of}`, rate, position.detail ?? '', left];
    this.#output.remark('info', parts.filter((part) => part !== '').join(', '));
  }
}

/**
 * One line that fits: what there is no room for is left out, first the detail, then the bar, the rate and the time left.
 *
 * @param drawBar makes a bar of so many characters.
 */
export function barLine(
  what: string,
  position: Position,
  columns: number,
  drawBar: (width: number) => string,
  { place: word, items }: ProgressWords = HEADERS,
): string {
  const { height, target, detail = '' } = position;
  const total = Math.max(target, height, 1);
  const { done, all } = partsOf(position);
  const percentage = `${Math.floor((100 * done) / all)}%`.padStart(4);
  const place = `${word} ${formatCount(height).padStart(formatCount(total).length)}`;
  const { rate, left } = speedOf(position, items);
  // The last column stays free: some terminals wrap as soon as it is written.
  const room = columns - 1;
  const rateWidth = rateText(LONGEST_RATE, items).length;
  const textWidth = `${what} []${percentage}  ${place}  `.length + rateWidth + 2 + LEFT_WIDTH;
  const withBar = (...details: string[]): string[][] => {
    const detailWidth = details.reduce((sum, text) => sum + 2 + text.length, 0);
    const barWidth = Math.min(MAX_BAR_WIDTH, room - textWidth - detailWidth);
    if (barWidth < MIN_BAR_WIDTH) return [];
    return [[`${what} [${drawBar(barWidth)}]${percentage}`, place, rate, ...details, left]];
  };
  const lines = [
    ...(detail === '' ? [] : withBar(detail)),
    ...withBar(),
    [`${what}${percentage}`, place, rate, left],
    [`${what}${percentage}`, place, left],
    [`${what}${percentage}`, place],
  ].map((parts) => parts.filter((part) => part !== '').join('  '));
  return lines.find((line) => line.length <= room) ?? `${what}${percentage}`.slice(0, Math.max(0, room));
}

/** How much is done, and how much there is to do in all. */
function partsOf({ height, target, from = 0 }: Position): { done: number; all: number } {
  return { done: Math.max(0, height - from), all: Math.max(target - from, height - from, 1) };
}

function speedOf({ height, target, perSecond }: Position, items: string): { rate: string; left: string } {
  const missing = target - height;
  return {
    rate: perSecond > 0 ? rateText(Math.round(perSecond), items) : '',
    left: perSecond > 0 && missing > 0 ? `${formatTimeLeft(missing / perSecond)} left` : '',
  };
}

function rateText(perSecond: number, items: string): string {
  return `${formatCount(perSecond)} ${items}/s`;
}
