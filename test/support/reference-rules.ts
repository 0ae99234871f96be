/**
 * The header rules a second time: slow, obvious, and sharing no code with src/chain, to compare it with.
 *
 * Chains are arrays whose first element is at a height that the caller gives: 0 or the start of a period.
 */

import type { HeaderRule } from '../../src/chain/check-header.ts';
import type { Network } from '../../src/networks/network.ts';

/** What the rules look at in a header. */
export interface ReferenceHeader {
  readonly time: number;
  readonly bits: number;
  readonly version: number;
}

/** A chain's headers, lowest first, and the height of the first. */
export interface ReferenceChain {
  readonly firstHeight: number;
  readonly headers: readonly ReferenceHeader[];
  /** Headers that share a target: 2,016 on every public network, which is what is meant where nothing is said. */
  readonly interval?: number;
}

const TWO_WEEKS_SECONDS = 1_209_600n;
const TWO_TO_256 = 2n ** 256n;

/** The value that bits stand for, sign and size as they come: mantissa × 256^(size − 3), cut off to an integer. */
export function referenceValue(bits: number): bigint {
  const digits = bits.toString(16).padStart(8, '0');
  const size = BigInt(`0x${digits.slice(0, 2)}`);
  const signed = BigInt(`0x${digits.slice(2)}`);
  const mantissa = signed % 0x800000n;
  const magnitude = size >= 3n ? mantissa * 256n ** (size - 3n) : mantissa / 256n ** (3n - size);
  return signed >= 0x800000n ? -magnitude : magnitude;
}

/** The target that a hash must not exceed, or undefined where none could meet it or it is too easy. */
export function referenceTarget(bits: number, powLimit: bigint): bigint | undefined {
  const value = referenceValue(bits);
  return value > 0n && value < TWO_TO_256 && value <= powLimit ? value : undefined;
}

/** Compact form: the number of bytes, then the first three, with a zero byte in front where the first has its high bit. */
export function referenceBits(target: bigint): number {
  if (target === 0n) return 0;
  let digits = target.toString(16);
  if (digits.length % 2 === 1) digits = `0${digits}`;
  if (Number.parseInt(digits.slice(0, 2), 16) >= 0x80) digits = `00${digits}`;
  const size = digits.length / 2;
  return Number.parseInt(size.toString(16) + digits.slice(0, 6).padEnd(6, '0'), 16);
}

/** Hashes to expect to try: 2^256 possible ones over those that are good enough. */
export function referenceWork(bits: number): bigint {
  const value = referenceValue(bits);
  return value > 0n && value < TWO_TO_256 ? TWO_TO_256 / (value + 1n) : 0n;
}

/** The bits that a header of this time must carry after the chain's last one. */
export function referenceRequiredBits(chain: ReferenceChain, time: number, network: Network): number {
  const { interval = 2016 } = chain;
  const height = chain.firstHeight + chain.headers.length;
  const parent = headerAt(chain, height - 1);
  if (height % interval === 0) {
    if (network.noRetarget) return parent.bits;
    const first = headerAt(chain, height - interval);
    let timespan = BigInt(parent.time) - BigInt(first.time);
    if (timespan < TWO_WEEKS_SECONDS / 4n) timespan = TWO_WEEKS_SECONDS / 4n;
    if (timespan > TWO_WEEKS_SECONDS * 4n) timespan = TWO_WEEKS_SECONDS * 4n;
    const base = referenceValue(network.bip94 ? first.bits : parent.bits);
    const target = (base * timespan) / TWO_WEEKS_SECONDS;
    return referenceBits(target < network.powLimit ? target : network.powLimit);
  }
  if (!network.minDifficultyBlocks) return parent.bits;
  const easiest = referenceBits(network.powLimit);
  if (time - parent.time > 1200) return easiest;
  // Every header of the period so far, newest first: the one that started it counts whatever its bits are.
  const offset = height % interval;
  const period = chain.headers.slice(-offset).toReversed();
  const regular = period.find((header, i) => header.bits !== easiest || i === period.length - 1);
  return (regular as ReferenceHeader).bits;
}

/** The first rule that a header breaks after the chain's last one, or undefined. */
export function referenceBrokenRule(
  chain: ReferenceChain,
  header: ReferenceHeader,
  network: Network,
  nowSeconds: number,
): HeaderRule | undefined {
  const { interval = 2016 } = chain;
  const height = chain.firstHeight + chain.headers.length;
  const parent = headerAt(chain, height - 1);
  if (header.bits !== referenceRequiredBits(chain, header.time, network)) return 'bad-diffbits';
  if (header.time <= referenceLeastMedian(chain)) return 'time-too-old';
  const startsPeriod = height % interval === 0;
  if (network.bip94 && startsPeriod && header.time < parent.time - 600) return 'time-timewarp-attack';
  if (network.bip54Height !== undefined && height >= network.bip54Height) {
    if (startsPeriod && header.time < parent.time - 7200) return 'time-timewarp-attack';
    const endsPeriod = (height + 1) % interval === 0;
    if (endsPeriod && header.time < headerAt(chain, height + 1 - interval).time) {
      return 'time-negative-interval';
    }
  }
  if (header.time > nowSeconds + 7200) return 'time-too-new';
  const { bip34, bip66, bip65 } = network.versionHeights;
  if (height >= bip34 && header.version < 2) return 'bad-version';
  if (height >= bip66 && header.version < 3) return 'bad-version';
  if (height >= bip65 && header.version < 4) return 'bad-version';
  return undefined;
}

/** The lowest that the median can be: below a first header that is not genesis there are times that nobody knows. */
export function referenceLeastMedian({ firstHeight, headers }: ReferenceChain): number {
  const unknown = firstHeight === 0 ? 0 : Math.max(0, 11 - headers.length);
  return referenceMedian([...Array.from({ length: unknown }, () => ({ time: -Infinity })), ...headers]);
}

/** Median time past: counts, for each of the last eleven times, how many come before it. */
export function referenceMedian(headers: readonly { readonly time: number }[]): number {
  const times = headers.slice(-11).map((header) => header.time);
  const middle = Math.floor(times.length / 2);
  const median = times.find((time, i) => {
    const before = times.filter((other, j) => other < time || (other === time && j < i)).length;
    return before === middle;
  });
  return median as number;
}

function headerAt(chain: ReferenceChain, height: number): ReferenceHeader {
  const header = chain.headers[height - chain.firstHeight];
  if (header === undefined) throw new RangeError(`no header at height ${height}`);
  return header;
}
