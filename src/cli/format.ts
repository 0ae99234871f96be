/** Numbers, times and sizes as people read them. */

const SATS_PER_BTC = 100_000_000;
const BTC_DECIMALS = 8;

export function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 block`, `2,000 blocks`. */
export function formatNumberOf(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `0.00012345`: all decimals, unless that is too wide, then as many as fit. */
export function formatBtc(sats: number, width: number = Number.POSITIVE_INFINITY): string {
  const absolute = Math.abs(sats);
  const whole = `${sats < 0 ? '-' : ''}${Math.floor(absolute / SATS_PER_BTC)}`;
  const text = `${whole}.${String(absolute % SATS_PER_BTC).padStart(BTC_DECIMALS, '0')}`;
  return text.length <= width ? text : text.slice(0, Math.max(whole.length, width)).replace(/\.$/, '');
}

/** A change with its sign: `+0.50000000`, `-0.10000000`. */
export function formatBtcChange(sats: number, width: number = Number.POSITIVE_INFINITY): string {
  return sats > 0 ? `+${formatBtc(sats, width - 1)}` : formatBtc(sats, width);
}

/** Unix seconds as `2009-01-03 18:15:05 UTC`. */
export function formatTime(unixSeconds: number): string {
  return `${new Date(1000 * unixSeconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

/** How long something has been so, in one unit: `8 s`, `4 min`, `2.1 h`, `3.5 d`. */
export function formatSpan(seconds: number): string {
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  if (seconds < 3570) return `${Math.round(seconds / 60)} min`;
  const hours = seconds / 3600;
  return hours < 47.95 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} d`;
}

/** A round trip: `0.3 ms`, `85 ms`, `1,204 ms`. */
export function formatLatency(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : formatCount(Math.round(ms))} ms`;
}

/** A guess, so no finer than it deserves: `8 s`, `4 min`, `2.1 h`. */
export function formatTimeLeft(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3570) return `${Math.round(whole / 60)} min`;
  return `${(whole / 3600).toFixed(1)} h`;
}

/** How long ago a block was mined: `1 minute ago`, `12 days ago`, `16 years ago`. Its clock may be ahead of ours. */
export function formatAge(seconds: number): string {
  const units = [
    ['year', 365.25 * 86_400],
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const;
  for (const [unit, length] of units) {
    const count = Math.floor(seconds / length);
    if (count < 1) continue;
    return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}

/** `512 bytes`, `2.6 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** `1`, `14,484.16`, `4.66e-10`. */
export function formatDifficulty(difficulty: number): string {
  if (difficulty >= 0.01) return difficulty.toLocaleString('en-US', { maximumFractionDigits: 2 });
  return difficulty.toExponential(2);
}

/** Chainwork without its leading zeros, and as a power of two: `0x100010001 (2^32.0 hashes)`. */
export function formatChainwork(hex: string): string {
  const digits = hex.replace(/^0+/, '') || '0';
  if (digits === '0') return '0x0';
  const leading = Number.parseInt(digits.slice(0, 8), 16);
  const log2 = Math.log2(leading) + 4 * Math.max(0, digits.length - 8);
  return `0x${digits} (2^${log2.toFixed(1)} hashes)`;
}

/** Names and values one under the other: the names padded to one width. */
export function formatFields(fields: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}
