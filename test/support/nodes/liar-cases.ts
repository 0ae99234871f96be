/** Peers that lie about filters or do not answer, and what comes of it. */
import { fromHex } from '../../../src/bytes/hex.ts';
import {
  addingOne,
  answering,
  answeringFor,
  changingTransactions,
  changingWitnesses,
  hangingUpAfter,
  havingNoBlock,
  leavingOut,
  NO_HASH,
  silentAbout,
  tellingNoFilter,
} from './filter-lies.ts';
import type { LiedAbout } from './lied-about.ts';
import type { Lie } from './lying-filters.ts';
import type { TrueBlock } from './true-filters.ts';

/** One liar beside honest peers. */
export interface LiarCase {
  /** What it does. */
  readonly name: string;
  readonly lie: (world: LiedAbout) => Lie;
  /** Why it is hung up on; undefined where nothing proves that it lies, or soon enough that it is of no use. */
  readonly reason: string | undefined;
  /** How many are beside it. With two their filters are enough, with one the blocks have to be looked at. */
  readonly honestCount: 1 | 2;
  /** Codes of warnings; undefined where it depends on which answer comes first. */
  readonly warnings?: readonly string[];
}

const at =
  (wanted: TrueBlock): ((block: TrueBlock) => boolean) =>
  ({ height }) =>
    height === wanted.height;

/** Lies that fit together: all that can be known is that two peers do not say the same. */
const CONSISTENT: readonly LiarCase[] = [
  {
    name: 'leaves our scripts out of the filter of one block, with headers that fit',
    lie: (world) => leavingOut(world.scripts, at(world.payingAbove(110))),
    reason: 'bad-filter',
    honestCount: 1,
    warnings: [],
  },
  {
    name: 'leaves our scripts out of a filter above the last checkpoint',
    lie: (world) => leavingOut(world.scripts, at(world.payingAbove(1_001))),
    reason: 'bad-filter',
    honestCount: 1,
    warnings: [],
  },
  {
    name: 'leaves our scripts out of all filters',
    lie: (world) => leavingOut(world.scripts),
    reason: 'bad-filter',
    honestCount: 1,
  },
  {
    name: 'leaves out what a Taproot key spends, which no block shows',
    lie: ({ spentByKey: { block, script } }) => leavingOut(new Set([script]), at(block)),
    reason: undefined,
    honestCount: 1,
    warnings: ['filters-disputed'],
  },
  {
    name: 'has a script too many in the filter of a block that shows all',
    lie: (world) => addingOne(at(world.empty)),
    reason: 'bad-filter',
    honestCount: 1,
    warnings: [],
  },
  {
    name: 'has a script too many in the filter of every block',
    lie: () => addingOne(() => true),
    reason: 'bad-filter',
    honestCount: 1,
  },
  {
    name: 'tells the hash of what is no filter',
    lie: (world) => tellingNoFilter(at(world.payingAbove(110)), Uint8Array.of(0xff)),
    reason: 'bad-filter',
    honestCount: 1,
    warnings: [],
  },
  {
    name: 'tells the hash of a filter that claims to have four thousand million scripts',
    lie: (world) => tellingNoFilter(at(world.payingAbove(110)), fromHex('feffffffff0102030405')),
    reason: 'bad-filter',
    honestCount: 1,
    warnings: [],
  },
];

/** Answers that contradict themselves, or do not answer what was asked. */
const INCONSISTENT: readonly LiarCase[] = [
  {
    name: 'shows another filter than it told the hash of',
    lie: () =>
      answering('cfilter', ({ command, payload }) => [
        { command, payload: { ...payload, filter: Uint8Array.of(0) } },
      ]),
    reason: 'bad-filter',
    honestCount: 1,
    warnings: [],
  },
  {
    name: 'tells one wrong filter header, and hashes that are right',
    lie: () =>
      answering('cfheaders', ({ command, payload }) => [
        { command, payload: { ...payload, previousHeader: NO_HASH } },
      ]),
    reason: 'bad-filter-header',
    honestCount: 1,
    warnings: ['filters-unbacked'],
  },
  {
    name: 'tells a wrong checkpoint',
    lie: () =>
      answering('cfcheckpt', ({ command, payload }) => [
        { command, payload: { ...payload, filterHeaders: payload.filterHeaders.map(() => NO_HASH) } },
      ]),
    reason: 'bad-filter-header',
    honestCount: 2,
    warnings: [],
  },
  {
    name: 'tells too many checkpoints',
    lie: () =>
      answering('cfcheckpt', ({ command, payload }) => [
        { command, payload: { ...payload, filterHeaders: [...payload.filterHeaders, NO_HASH] } },
      ]),
    reason: 'bad-filter-header',
    honestCount: 2,
    warnings: [],
  },
  {
    name: 'tells too many hashes',
    lie: () =>
      answering('cfheaders', ({ command, payload }) => [
        { command, payload: { ...payload, filterHashes: [...payload.filterHashes, NO_HASH] } },
      ]),
    reason: 'bad-filter-header',
    honestCount: 2,
    warnings: [],
  },
  {
    name: 'tells too few hashes',
    lie: () =>
      answering('cfheaders', ({ command, payload }) => [
        { command, payload: { ...payload, filterHashes: payload.filterHashes.slice(1) } },
      ]),
    reason: 'bad-filter-header',
    honestCount: 2,
    warnings: [],
  },
  {
    name: 'answers for a block that nobody asked about',
    lie: () => answeringFor(NO_HASH),
    reason: 'filters-timeout',
    honestCount: 1,
    warnings: ['filters-unbacked'],
  },
  {
    name: 'answers for the block before the one it was asked about',
    lie: ({ filters }) => answeringFor((filters.blocks.at(-2) as TrueBlock).hash),
    reason: undefined,
    honestCount: 2,
    warnings: [],
  },
];

/** What belongs in no message. */
const UNWILLING: readonly LiarCase[] = [
  {
    name: 'never tells checkpoints',
    lie: () => silentAbout('cfcheckpt'),
    reason: undefined,
    honestCount: 2,
    warnings: [],
  },
  {
    name: 'never tells hashes',
    lie: () => silentAbout('cfheaders'),
    reason: undefined,
    honestCount: 2,
    warnings: [],
  },
  {
    name: 'never sends filters',
    lie: () => silentAbout('cfilter'),
    // The other has sent them all before its time is over.
    reason: undefined,
    honestCount: 1,
    warnings: [],
  },
  {
    name: 'answers nothing about filters',
    lie: () => silentAbout('cfcheckpt', 'cfheaders', 'cfilter'),
    reason: 'filters-timeout',
    honestCount: 1,
    warnings: ['filters-unbacked'],
  },
  {
    name: 'never sends blocks',
    lie: () => silentAbout('block'),
    reason: undefined,
    honestCount: 1,
    warnings: [],
  },
  {
    name: 'says that it has no block',
    lie: () => havingNoBlock,
    reason: undefined,
    honestCount: 1,
    warnings: [],
  },
  {
    name: 'changes the witnesses of blocks',
    lie: () => changingWitnesses,
    reason: 'bad-block',
    honestCount: 1,
    warnings: [],
  },
  {
    name: 'changes the transactions of blocks',
    lie: () => changingTransactions,
    reason: 'bad-block',
    honestCount: 1,
    warnings: [],
  },
  {
    name: 'hangs up among the filters',
    lie: () => hangingUpAfter(100, 'cfilter'),
    reason: 'connection-lost',
    honestCount: 1,
    warnings: [],
  },
  {
    name: 'hangs up when asked for hashes',
    lie: () => hangingUpAfter(0, 'cfheaders'),
    reason: 'connection-lost',
    honestCount: 2,
    warnings: [],
  },
  {
    name: 'hangs up among the blocks',
    lie: () => hangingUpAfter(3, 'block'),
    reason: 'connection-lost',
    honestCount: 1,
    warnings: [],
  },
];

export const LIAR_CASES: readonly LiarCase[] = [...CONSISTENT, ...INCONSISTENT, ...UNWILLING];

/** Peers of whom none is honest, and the error that they lead to. */
export interface HopelessCompany {
  readonly name: string;
  readonly lies: (world: LiedAbout) => readonly Lie[];
  readonly code: string;
  /** Blocks that may be looked at in place of their filters. Default: as many as there are. */
  readonly maxUnbacked?: number;
}

export const HOPELESS_COMPANIES: readonly HopelessCompany[] = [
  {
    name: 'one that lies, and too many blocks',
    lies: (world) => [leavingOut(world.scripts)],
    code: 'filter-peers-missing',
    maxUnbacked: 500,
  },
  {
    name: 'two that tell no hashes, and too many blocks',
    lies: () => [silentAbout('cfheaders'), silentAbout('cfheaders')],
    code: 'filter-peers-missing',
    maxUnbacked: 500,
  },
  {
    name: 'two that lie about a block in two ways',
    lies: (world) => [
      leavingOut(world.scripts, at(world.payingAbove(110))),
      addingOne(at(world.payingAbove(110))),
    ],
    code: 'no-peer',
  },
  { name: 'one that changes blocks', lies: () => [changingWitnesses], code: 'no-peer' },
  { name: 'one that never sends blocks', lies: () => [silentAbout('block')], code: 'blocks-unavailable' },
  { name: 'one that says that it has no block', lies: () => [havingNoBlock], code: 'blocks-unavailable' },
];
