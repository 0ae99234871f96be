/** Branches of signet that put the change of difficulty to the test, mined as an oracle of the rules says that they must be, or must not. */
import type { BranchMiner } from '../../branch-miner.ts';
import { ancestorAt, type OracleHeader } from '../../oracle-tree.ts';

const DAY_SECONDS = 24 * 60 * 60;
const TWO_WEEKS_SECONDS = 14 * DAY_SECONDS;
const FUTURE_SECONDS = 7200;

/**
 * Where the first period of the real signet ends.
 *
 * @param last its last header, at height 2,015.
 */
export function branchesOffRealSignet(miner: BranchMiner, last: OracleHeader, nowSeconds: number): void {
  const limitBits = last.bits;
  const next = miner.add(last);
  for (const addedToBits of [1, -1]) miner.addWrong(last, { addedToBits });
  miner.addWrong(last, { bits: limitBits });
  const median = miner.median(last);
  miner.addWrong(last, { time: median });
  miner.add(last, { time: median + 1 });
  miner.add(last, { time: nowSeconds + FUTURE_SECONDS });
  miner.addWrong(last, { time: nowSeconds + FUTURE_SECONDS + 1 });
  miner.addWrong(last, { version: 3 });
  miner.add(last, { version: 4 });
  // No block of the easiest target here, however late.
  miner.addWrong(next, { time: next.time + 1201, bits: limitBits });
  miner.addWrong(next, { bits: next.bits - 1 });
  miner.add(next, { time: next.time + 1201 });

  // Other ends of the period, each with a difficulty of its own after it.
  const parent = last.parent as OracleHeader;
  const first = ancestorAt(parent, 0).time;
  for (const timespan of [
    TWO_WEEKS_SECONDS / 2,
    TWO_WEEKS_SECONDS - 1,
    TWO_WEEKS_SECONDS,
    TWO_WEEKS_SECONDS + 1,
    4 * TWO_WEEKS_SECONDS + 1,
  ]) {
    const end = miner.add(parent, { time: first + timespan });
    miner.add(end);
    miner.addWrong(end, { bits: next.bits });
  }
}

/** Periods of four headers, which bitcoind allows on a signet of one's own: its times and targets are those of long ones. */
export function branchesOfShortPeriods(miner: BranchMiner, genesis: OracleHeader, nowSeconds: number): void {
  const start = genesis.time;
  const limitBits = genesis.bits;
  const second = miner.addAll(genesis, [start + 1, start + 2]);
  const ends = new Map<number, OracleHeader>();
  const quarter = TWO_WEEKS_SECONDS / 4;
  const uneven = 677_000;
  for (const timespan of [
    3,
    quarter,
    uneven,
    TWO_WEEKS_SECONDS - 1,
    TWO_WEEKS_SECONDS + 1,
    4 * TWO_WEEKS_SECONDS + 1,
  ]) {
    const end = miner.add(second, { time: start + timespan });
    ends.set(timespan, end);
    miner.addWrong(end, { addedToBits: -1 });
    // Refused by the retarget, or else it is what the limit asks for.
    if (timespan < TWO_WEEKS_SECONDS) miner.addWrong(end, { bits: limitBits });
  }
  const [fast, odd, late] = [3, uneven, 4 * TWO_WEEKS_SECONDS + 1].map((timespan) => ends.get(timespan)) as [
    OracleHeader,
    OracleHeader,
    OracleHeader,
  ];
  // Long before its parent, though a period begins: BIP 94 does not hold here.
  miner.add(late, { time: miner.median(late) + 1 });

  // Around a quarter of two weeks, and not even as long as no time at all.
  const oddStart = miner.add(odd);
  miner.addWrong(oddStart, { bits: limitBits });
  miner.addWrong(oddStart, { time: oddStart.time + 1201, bits: limitBits });
  const oddThird = miner.addAll(oddStart, [oddStart.time + 1, oddStart.time + 2]);
  for (const timespan of [quarter - 1, quarter, quarter + 1]) {
    const end = miner.add(oddThird, { time: oddStart.time + timespan });
    miner.add(end);
    miner.addWrong(end, { addedToBits: 1 });
  }
  const ahead = miner.add(odd, { time: start + 2_000_000 });
  const behind = miner.addAll(ahead, [start + 10, start + 11]);
  for (const time of [ahead.time, ahead.time - 1, miner.median(behind) + 1]) {
    const end = miner.add(behind, { time });
    miner.add(end);
    // What would follow from a timespan taken for a number without a sign: four times easier, up to the limit.
    miner.addWrong(end, { bits: limitBits });
  }

  // Around four times two weeks, from a target that may grow so much.
  const fastStart = miner.add(fast);
  const fastThird = miner.addAll(fastStart, [fastStart.time + 1, fastStart.time + 2]);
  const longest = 4 * TWO_WEEKS_SECONDS;
  for (const timespan of [longest - 1, longest, longest + 1]) {
    const end = miner.add(fastThird, { time: fastStart.time + timespan });
    const after = miner.add(end);
    miner.addWrong(end, { addedToBits: 1 });
    miner.addWrong(end, { addedToBits: -1 });
    miner.addWrong(after, { bits: fast.bits });
  }
  const end = miner.add(fastThird, { time: nowSeconds });
  miner.add(end, { time: nowSeconds + FUTURE_SECONDS });
  miner.addWrong(end, { time: nowSeconds + FUTURE_SECONDS + 1 });
}
