/**
 * Compact block filters looked through for 1, 100 and 10,000 scripts, in one thread: filters a second, and what a hundred
 * thousand blocks take. Beside them what nobody can do without, hashing a filter and reading it, and the same written with
 * BigInt as the standard has it. Usage: node build/bench/filters.js [FILTERS]
 *
 * The sizes are those of real blocks. Of testnet3's that are at hand and no stress test most have fewer than 30 different
 * scripts and the largest has 294; full ones of mainnet since 2016 have 3,600 to 11,000. Of the scripts looked for a third each
 * has 22, 23 and 34 bytes.
 */
import { getRandomValues } from 'node:crypto';
import { buildBasicFilter, filterHash, FilterMatcher } from '../src/filters/index.ts';
import { SetDecoder } from '../src/filters/golomb-rice.ts';
import { referenceFilter, referenceMatch } from '../test/support/reference-filter.ts';
import { secondsOfWork } from '../test/support/seconds-of-work.ts';
import { count, describeMachine, printTable } from './support/table.ts';

interface Block {
  readonly hash: Uint8Array;
  readonly filter: Uint8Array;
}

const SIZES = { testnet: 300, mainnet: 8_000 } as const;
const WATCHED = [1, 100, 10_000];
/** Different filters; they are looked through in turn. */
const BLOCKS = 100;
/** Of each stage the quickest of so many rounds is taken: whatever else runs only ever slows it down. */
const ROUNDS = 5;
const ROUND_SECONDS = 0.3;
/** The mark: so many blocks of a testnet, with 100 scripts, in under 60 seconds. */
const FILTERS = 100_000;
const MARK_SECONDS = 60;
/** As many scripts as the plain one, whose counts are one byte, can do. */
const PLAIN_SCRIPTS = 250;

const wanted = Number(process.argv[2] ?? FILTERS);
console.log(describeMachine());
for (const [name, scripts] of Object.entries(SIZES)) measure(name, scripts);
measurePlain();
measureMark();

function measure(name: string, scripts: number): void {
  const blocks = makeBlocks(scripts);
  const bytes = blocks.reduce((sum, { filter }) => sum + filter.length, 0) / BLOCKS;
  console.log(`\nThe size of ${name}: ${count(scripts)} scripts in ${count(bytes)} bytes\n`);
  const decoder = new SetDecoder();
  const stages = new Map<string, (block: Block) => unknown>([
    ['its hash, to be compared', ({ filter }) => filterHash(filter)],
    ['read, and nothing looked for', ({ filter }) => decoder.decode(filter)],
  ]);
  for (const watched of WATCHED) {
    const matcher = new FilterMatcher(makeScripts(watched));
    stages.set(`looked through for ${count(watched)}`, ({ filter, hash }) => matcher.matches(filter, hash));
  }
  const rows = Array.from(stages, ([stage, work]) => {
    const seconds = quickest(blocks, work);
    return [stage, (1e6 * seconds).toFixed(1), count(1 / seconds), `${(100_000 * seconds).toFixed(1)} s`];
  });
  printTable(['a filter', 'µs', 'a second', '100,000 of them'], rows);
}

/** The standard taken at its word, for the filters of testnet and 100 scripts. */
function measurePlain(): void {
  const watched = makeScripts(100);
  const blocks = Array.from({ length: 4 }, () => {
    const hash = random(32);
    return { hash, filter: referenceFilter(hash, makeScripts(PLAIN_SCRIPTS)) };
  });
  const matcher = new FilterMatcher(watched);
  const ours = quickest(blocks, ({ filter, hash }) => matcher.matches(filter, hash));
  const plain = quickest(blocks, ({ filter, hash }) => referenceMatch(filter, hash, watched));
  console.log(
    `\nWith BigInt, ${PLAIN_SCRIPTS} scripts, looked through for 100: ${(1e6 * plain).toFixed(0)} µs, ` +
      `${(plain / ours).toFixed(0)} times as long`,
  );
}

function measureMark(): void {
  const blocks = makeBlocks(SIZES.testnet);
  const matcher = new FilterMatcher(makeScripts(100));
  let matches = 0;
  const startMs = performance.now();
  const seconds = secondsOfWork(() => {
    for (let i = 0; i < wanted; i++) {
      const { filter, hash } = blocks[i % BLOCKS] as Block;
      if (matcher.matches(filter, hash) === 'match') matches++;
    }
  });
  const clock = (performance.now() - startMs) / 1000;
  console.log(
    `\n${count(wanted)} filters of a testnet, 100 scripts: ${seconds.toFixed(1)} s of one core, ${clock.toFixed(1)} s ` +
      `by the clock (mark: ${MARK_SECONDS} s for 100,000); ${matches} matches by chance`,
  );
}

function makeBlocks(scripts: number): Block[] {
  return Array.from({ length: BLOCKS }, () => {
    const hash = random(32);
    return { hash, filter: buildBasicFilter(hash, makeScripts(scripts)) };
  });
}

function makeScripts(scripts: number): Uint8Array[] {
  const lengths = [22, 23, 34];
  return Array.from({ length: scripts }, (_, i) => random(lengths[i % lengths.length] as number).with(0, 0));
}

function random(length: number): Uint8Array {
  return getRandomValues(new Uint8Array(length));
}

/** Seconds of work for one block in the quickest round. */
function quickest(blocks: readonly Block[], work: (block: Block) => unknown): number {
  let best = Infinity;
  let turns = 1;
  for (let round = 0; round < ROUNDS;) {
    const seconds = secondsOfWork(() => {
      for (let i = 0; i < turns; i++) work(blocks[i % blocks.length] as Block);
    });
    // The first turns show how many make a round.
    if (seconds < ROUND_SECONDS / 2) {
      turns *= 2;
      continue;
    }
    best = Math.min(best, seconds / turns);
    round++;
  }
  return best;
}
