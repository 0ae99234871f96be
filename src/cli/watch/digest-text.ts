/** A digest for people: a line of numbers, and a bar for each range of fee rates. */

import { formatBytes, formatCount, formatSeconds } from '../format.ts';
import type { Digest, FeeBucket } from './digest.ts';

/** What is in the list at the moment. */
export interface Held {
  readonly count: number;
  readonly bytes: number;
}

const MAX_BAR_WIDTH = 50;
/** Lines are no longer than this where there is no screen. */
const WIDTH_WITHOUT_SCREEN = 100;

/** @param time of day, as it is to be shown. */
export function digestLines(digest: Digest, held: Held, time: string, screenWidth: number): string[] {
  const width = Math.min(screenWidth, WIDTH_WITHOUT_SCREEN);
  const { seconds, transactionsPerSecond, vbytesPerSecond } = digest;
  const rates = `${formatCount(transactionsPerSecond)} tx/s, ${formatCount(Math.round(vbytesPerSecond))} vB/s`;
  const gone = (['confirmed', 'replaced', 'conflict', 'expired', 'evicted'] as const)
    .filter((reason) => digest[reason] > 0)
    .map((reason) => `${formatCount(digest[reason])} ${reason}`);
  const parts = [
    `${formatCount(digest.new)} new in ${formatSeconds(seconds)} (${rates})`,
    ...gone,
    `${formatCount(held.count)} held (${formatBytes(held.bytes)})`,
  ];
  return [...wrapped(`${time}  `, parts, width), ...histogram(digest, width)];
}

/** Parts with commas between them, in as many lines as it takes. */
function wrapped(start: string, parts: readonly string[], width: number): string[] {
  const lines = [start];
  for (const [i, part] of parts.entries()) {
    const text = i < parts.length - 1 ? `${part}, ` : part;
    const line = lines.at(-1) as string;
    if (line.trimStart() !== '' && i > 0 && (line + text).trimEnd().length > width)
      lines.push(' '.repeat(start.length) + text);
    else lines[lines.length - 1] = line + text;
  }
  return lines.map((line) => line.slice(0, width).trimEnd());
}

/** The range between the lowest and the highest that there is, with no gap in it. */
function histogram({ feeRates, feeUnknown }: Digest, width: number): string[] {
  const first = feeRates.findIndex(({ count }) => count > 0);
  const shown =
    first === -1 ? [] : feeRates.slice(first, feeRates.findLastIndex(({ count }) => count > 0) + 1);
  const rows: (readonly [string, number])[] = shown.map((bucket) => [rangeText(bucket), bucket.count]);
  if (feeUnknown > 0) rows.push(['fee unknown', feeUnknown]);
  const nameWidth = Math.max(0, ...rows.map(([name]) => name.length));
  const counts = rows.map(([, count]) => formatCount(count));
  const countWidth = Math.max(0, ...counts.map((count) => count.length));
  const room = Math.max(0, Math.min(MAX_BAR_WIDTH, width - nameWidth - countWidth - 6));
  const most = Math.max(...rows.map(([, count]) => count));
  return rows.map(([name, count], i) => {
    // What is there at all is seen.
    const bar = '#'.repeat(Math.min(room, Math.ceil((room * count) / most)));
    return `  ${name.padStart(nameWidth)}  ${(counts[i] as string).padStart(countWidth)}  ${bar}`
      .slice(0, width)
      .trimEnd();
  });
}

function rangeText({ from, to }: FeeBucket): string {
  return to === null ? `from ${from} sat/vB` : `${from}-${to} sat/vB`;
}
