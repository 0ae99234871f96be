/** The rules that a header must keep given its ancestors, one function each (Core: src/validation.cpp). */

import type { Network } from '../networks/network.ts';
import type { Branch } from './branch.ts';
import { compactHex } from './compact-target.ts';
import type { HeaderFields } from './header-run.ts';
import { leastMedianTimePast } from './least-median.ts';
import { requiredBits, RETARGET_INTERVAL, startsPeriod } from './required-bits.ts';

/** Seconds a header may be ahead of our clock (Core: MAX_FUTURE_BLOCK_TIME). */
export const MAX_FUTURE_SECONDS: number = 2 * 60 * 60;

/** Seconds the first header of a period may be behind its parent (BIP 94, Core: MAX_TIMEWARP). */
const MAX_TIMEWARP_SECONDS = 600;

/** Seconds the first header of a period may be behind its parent (BIP 54). */
const BIP54_GRACE_SECONDS = 7200;

/**
 * The rules by the names that Core gives them, where it has one.
 *
 * - `bad-target`: the bits are negative, zero, too large for 256 bits, or easier than the network allows.
 * - `high-hash`: the hash is above the target.
 * - `not-continuous`: the header does not name the one before it in the same run as its parent.
 * - `bad-diffbits`: the bits are not exactly what the branch requires.
 * - `time-too-old`: the time is not after the median of the last eleven.
 * - `time-too-new`: the time is over two hours ahead of our clock. The only refusal that may pass.
 * - `time-timewarp-attack`: BIP 94 or BIP 54: a period starts too long before the last one ended.
 * - `time-negative-interval`: BIP 54: a period ends before it started.
 * - `bad-version`: the version is too low for the height (BIP 34, 65, 66).
 * - `bad-prevblk`: an ancestor was refused.
 */
export type HeaderRule =
  | 'bad-target'
  | 'high-hash'
  | 'not-continuous'
  | 'bad-diffbits'
  | 'time-too-old'
  | 'time-too-new'
  | 'time-timewarp-attack'
  | 'time-negative-interval'
  | 'bad-version'
  | 'bad-prevblk';

/** A rule that a header breaks, and the numbers that show it. */
export interface BrokenRule {
  readonly rule: HeaderRule;
  readonly detail: string;
}

/** Checks a header whose proof of work was checked already; returns the first rule it breaks, in Core's order. */
export function checkInBranch(
  header: HeaderFields,
  branch: Branch,
  network: Network,
  nowSeconds: number,
): BrokenRule | undefined {
  return (
    checkBits(header, branch, network) ??
    checkMedianTime(header, branch) ??
    checkTimewarp(header, branch, network) ??
    checkBip54(header, branch, network) ??
    checkFutureTime(header, nowSeconds) ??
    checkVersion(header, branch.height + 1, network)
  );
}

function checkBits(header: HeaderFields, branch: Branch, network: Network): BrokenRule | undefined {
  const height = branch.height + 1;
  const required = requiredBits(branch, header.time, network);
  if (header.bits === required) return undefined;
  return {
    rule: 'bad-diffbits',
    detail: `bits ${compactHex(header.bits)} at height ${height}, ${compactHex(required)} required`,
  };
}

function checkMedianTime(header: HeaderFields, branch: Branch): BrokenRule | undefined {
  const median = leastMedianTimePast(branch);
  if (median === undefined || header.time > median) return undefined;
  return { rule: 'time-too-old', detail: `time ${header.time} is not after the median time past ${median}` };
}

function checkTimewarp(header: HeaderFields, branch: Branch, network: Network): BrokenRule | undefined {
  if (!network.bip94 || !startsPeriod(branch.height + 1) || !knowsParentTime(branch)) return undefined;
  const parentTime = branch.timeAt(branch.height);
  if (header.time >= parentTime - MAX_TIMEWARP_SECONDS) return undefined;
  const detail = `time ${header.time} is over ${MAX_TIMEWARP_SECONDS} s before its parent's ${parentTime}`;
  return { rule: 'time-timewarp-attack', detail };
}

function checkBip54(header: HeaderFields, branch: Branch, network: Network): BrokenRule | undefined {
  const height = branch.height + 1;
  if (network.bip54Height === undefined || height < network.bip54Height) return undefined;
  if (startsPeriod(height) && knowsParentTime(branch)) {
    const parentTime = branch.timeAt(branch.height);
    if (header.time < parentTime - BIP54_GRACE_SECONDS) {
      const detail = `time ${header.time} is over ${BIP54_GRACE_SECONDS} s before its parent's ${parentTime}`;
      return { rule: 'time-timewarp-attack', detail };
    }
  }
  if (startsPeriod(height + 1)) {
    const firstTime = branch.timeAt(height - RETARGET_INTERVAL + 1);
    if (header.time < firstTime) {
      const detail = `the period's last time ${header.time} is before its first, ${firstTime}`;
      return { rule: 'time-negative-interval', detail };
    }
  }
  return undefined;
}

/** Of the base that a chain may begin at there is no header. */
function knowsParentTime({ height, baseHeight }: Branch): boolean {
  return height >= baseHeight;
}

function checkFutureTime(header: HeaderFields, nowSeconds: number): BrokenRule | undefined {
  if (header.time <= nowSeconds + MAX_FUTURE_SECONDS) return undefined;
  const detail = `time ${header.time} is ${header.time - nowSeconds} s ahead of our clock`;
  return { rule: 'time-too-new', detail };
}

function checkVersion(header: HeaderFields, height: number, network: Network): BrokenRule | undefined {
  const { bip34, bip66, bip65 } = network.versionHeights;
  const lowest = height >= bip65 ? 4 : height >= bip66 ? 3 : height >= bip34 ? 2 : undefined;
  if (lowest === undefined || header.version >= lowest) return undefined;
  return {
    rule: 'bad-version',
    detail: `version ${header.version} at height ${height}, at least ${lowest} required`,
  };
}
