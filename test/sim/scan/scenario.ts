/** Who is there in a simulated scan, what the chain is, and what happens to both: all of it from one seed. */
import type { ScanBlock } from '../../support/scan-blocks.ts';
import { ancestorAt } from '../../support/scan-blocks.ts';
import { Chance } from '../chance.ts';
import { LIE_KINDS, type Lie, lieOf, randomAim } from './lies.ts';
import { commonBlock, Miner, OURS, OWN_SALT } from './miner.ts';
import type { BlockConduct, FilterConduct, Nature } from './peer.ts';
import { type NewScan, ScanWorld, type WorldOptions } from './world.ts';

/**
 * - `honest`: nobody lies, though some are of little use.
 * - `mixed`: at least one steady honest server, and liars of whom no two tell the same lie.
 * - `colluding`: at least one steady honest server, and liars who all tell the same lies.
 * - `shaky`: honest ones come and go, and liars of whom no two tell the same lie.
 * - `hostile`: nobody is honest, and no two tell the same lie.
 * - `few`: a steady holder of blocks, and hardly anybody who serves filters.
 */
export type Company = 'honest' | 'mixed' | 'colluding' | 'shaky' | 'hostile' | 'few';

export interface Wishes {
  readonly isTraced?: boolean;
  readonly newScan?: NewScan;
  readonly company?: Company;
  /** Blocks that the chain has at the beginning, at most. */
  readonly maxHeight?: number;
}

const BAD_FILTERS: readonly FilterConduct[] = [
  'few-hashes',
  'many-hashes',
  'wrong-previous',
  'random-hashes',
  'wrong-checkpoint',
  'few-checkpoints',
  'many-checkpoints',
  'other-filters',
  'unnamed',
];
const USELESS_FILTERS: readonly FilterConduct[] = ['mute', 'mute-filters', 'skips', 'moody'];
const BAD_BLOCKS: readonly BlockConduct[] = ['cut', 'twisted', 'other', 'lacking', 'mute', 'moody'];

const PLAIN: Nature = {
  name: 'plain',
  filters: 'plain',
  blocks: 'plain',
  lie: undefined,
  lieFrom: 0,
  latencyMs: 50,
  itemMs: 1,
  showsAfterMs: 0,
  behind: 0,
  joinsMs: 0,
  staysMs: undefined,
  babblesMs: undefined,
  isHonest: true,
  isSteady: false,
};

export class Scenario {
  readonly seed: number;
  readonly world: ScanWorld;
  readonly company: Company;
  readonly options: WorldOptions;
  readonly natures: readonly Nature[];
  readonly #chance: Chance;
  readonly #miner: Miner;
  readonly #density: number;
  /** Ends of branches that were left. */
  readonly #left: ScanBlock[] = [];
  /** The most blocks that there ever were to look at. */
  maxBlocks = 0;

  constructor(seed: number, { isTraced = false, newScan, company, maxHeight = 3_400 }: Wishes = {}) {
    this.seed = seed;
    const chance = new Chance(seed);
    this.#chance = chance;
    this.#miner = new Miner(chance.fork(), OWN_SALT);
    this.#density = chance.pick([0.1, 0.3, 0.6]);
    const commonHeight = chance.weighted([
      [70, chance.int(0, 40)],
      [16, chance.int(40, 300)],
      [8, chance.int(900, 3_300)],
      [2, 1_000 * chance.int(1, 3) + chance.int(-2, 2)],
    ]);
    const common = commonBlock(Math.min(commonHeight, maxHeight));
    const tip = this.#miner.grow(common, chance.int(0, 30), this.#density);
    this.company =
      company ?? chance.pick<Company>(['honest', 'mixed', 'mixed', 'colluding', 'shaky', 'hostile', 'few']);
    this.options = this.#makeOptions(tip);
    this.world = new ScanWorld(chance.fork(), { tip, options: this.options, isTraced, newScan });
    this.natures = this.#makeNatures(tip.height);
    for (const nature of chance.shuffled(this.natures)) this.world.addPeer(nature);
    this.#noteBlocks();
  }

  get steadyServerCount(): number {
    return this.natures.filter(({ isSteady, filters }) => isSteady && filters === 'plain').length;
  }

  /** Whether the scan has to come to a good end. */
  get isLively(): boolean {
    const { usesFilters, opinionsNeeded, maxUnbacked } = this.options;
    const isHeld = this.natures.some(({ isSteady, blocks }) => isSteady && blocks === 'plain');
    return (
      isHeld && (!usesFilters || this.steadyServerCount >= opinionsNeeded || this.maxBlocks <= maxUnbacked)
    );
  }

  get description(): string {
    const { usesFilters, opinionsNeeded, maxUnbacked, fromHeight, follow, stallTimeoutMs } = this.options;
    const natures = this.natures.map(describe).join('; ');
    const options = [
      usesFilters ? `${opinionsNeeded} opinions` : 'all blocks',
      `unbacked ${maxUnbacked}`,
      `from ${fromHeight} to ${this.world.chain.tip.height}`,
      follow ? 'follows' : 'ends',
      `stall ${stallTimeoutMs}`,
      this.isLively ? 'lively' : 'not lively',
    ];
    return `${this.company}: ${options.join(', ')}: ${natures}`;
  }

  /** Something happens to the chain. */
  changeChain(): void {
    const chance = this.#chance;
    const { last } = this.world.chain;
    const tip = chance.weighted<() => ScanBlock>([
      [4, () => this.#miner.grow(last, chance.int(1, 3), this.#density)],
      [5, () => this.#rival(last, chance.int(1, 6))],
      [1, () => this.#rival(last, chance.int(1, 40))],
      [1, () => this.#rivalFromCheckpoint(last)],
      [2, () => this.#return(last)],
    ])();
    if (tip === last) return;
    this.#left.push(last);
    this.world.moveTo(tip);
    this.#noteBlocks();
  }

  #noteBlocks(): void {
    this.maxBlocks = Math.max(this.maxBlocks, this.world.chain.tip.height - this.options.fromHeight + 1);
  }

  #rival(last: ScanBlock, depth: number): ScanBlock {
    const chance = this.#chance;
    const fork = ancestorAt(last, Math.max(0, last.height - depth));
    const removed = last.height - fork.height;
    // Now and then fewer blocks have more work.
    const count = chance.maybe(0.1) ? Math.max(1, removed - 1) : removed + chance.int(1, 2);
    return this.#miner.rival(fork, last, count, this.#density);
  }

  #rivalFromCheckpoint(last: ScanBlock): ScanBlock {
    const at = 1_000 * Math.floor(last.height / 1_000) + this.#chance.int(-1, 1);
    const depth = last.height - at;
    return depth < 1 || depth > 60 ? this.#rival(last, 2) : this.#rival(last, depth);
  }

  /** A branch that was left wins after all. */
  #return(last: ScanBlock): ScanBlock {
    const old = this.#left.at(-1);
    if (old === undefined) return this.#rival(last, 1);
    return this.#miner.grow(old, Math.max(0, last.height - old.height + 1), this.#density);
  }

  #makeOptions({ height }: ScanBlock): WorldOptions {
    const chance = this.#chance;
    const hasSteady = this.company !== 'shaky' && this.company !== 'hostile' && this.company !== 'few';
    return {
      scripts: chance.sample(OURS, chance.int(1, OURS.length)).map(({ script }) => script),
      fromHeight: chance.weighted([
        [6, 0],
        [3, chance.int(0, height)],
        [1, height + chance.int(0, 3)],
      ]),
      usesFilters: chance.maybe(0.96),
      // One opinion is enough only where somebody honest always has one.
      opinionsNeeded: chance.weighted([
        [8, 2],
        [1, 3],
        [1, hasSteady ? 1 : 2],
      ]),
      maxUnbacked: chance.pick([0, 20, 100, 2_016, 10_000]),
      follow: chance.maybe(0.4),
      stallTimeoutMs: chance.pick([60_000, 120_000]),
    };
  }

  #makeNatures(tipHeight: number): Nature[] {
    const chance = this.#chance;
    const some = (most: number, make: () => Nature, least = 0): Nature[] =>
      Array.from({ length: chance.int(least, most) }, make);
    // Where one is enough, whoever shares a line with much else may come too late to object.
    const mixedMs = this.options.opinionsNeeded === 1 ? [0, 1] : [0, 1, 20];
    switch (this.company) {
      case 'honest':
        return [...some(3, () => this.#steady([0, 1, 20]), 2), ...some(3, () => this.#shaky())];
      case 'mixed':
        return [
          ...some(2, () => this.#steady(mixedMs), 1),
          ...some(2, () => this.#shaky()),
          ...this.#liars(tipHeight, chance.int(1, 3)),
        ];
      case 'colluding':
        return [
          ...some(2, () => this.#steady(), 1),
          ...some(1, () => this.#shaky()),
          ...this.#gang(tipHeight, chance.int(2, 3)),
        ];
      case 'shaky':
        return [...some(4, () => this.#shaky(), 1), ...this.#liars(tipHeight, chance.int(0, 2))];
      case 'hostile':
        return this.#liars(tipHeight, chance.int(0, 4));
      case 'few':
        return [
          { ...this.#steady(), filters: chance.maybe(0.5) ? 'plain' : undefined },
          ...some(1, () => this.#shaky()),
          ...this.#liars(tipHeight, chance.int(0, 1)),
        ];
    }
  }

  /** @param itemsMs of which its line takes one for a filter or a block. Who shares a line with many is not heard in time. */
  #steady(itemsMs: readonly number[] = [0, 1]): Nature {
    const chance = this.#chance;
    return {
      ...PLAIN,
      name: 'steady',
      latencyMs: chance.int(5, 150),
      itemMs: chance.pick(itemsMs),
      isSteady: true,
    };
  }

  /** Honest, and not to be relied on. */
  #shaky(): Nature {
    const chance = this.#chance;
    return {
      ...PLAIN,
      name: 'shaky',
      filters: chance.weighted<FilterConduct | undefined>([
        [5, 'plain'],
        [3, chance.pick(USELESS_FILTERS)],
        [2, 'mute-at-first'],
        [1, 'twice'],
        [1, undefined],
      ]),
      blocks: chance.weighted<BlockConduct | undefined>([
        [5, 'plain'],
        [1, 'moody'],
        [1, 'lacking'],
        [1, undefined],
      ]),
      latencyMs: chance.pick([20, 300, 1_200, 4_000, 12_000]),
      itemMs: chance.pick([0, 1, 20, 200]),
      showsAfterMs: chance.pick([0, 100, 2_000, 20_000]),
      behind: chance.weighted([
        [6, 0],
        [2, chance.int(1, 5)],
        [1, chance.int(1, 1_500)],
      ]),
      joinsMs: chance.pick([0, 0, 500, 5_000, 20_000]),
      staysMs: chance.maybe(0.4) ? chance.pick([300, 3_000, 30_000]) : undefined,
    };
  }

  /** Who does harm, no two in the same way. */
  #liars(tipHeight: number, count: number): Nature[] {
    const kinds = this.#chance.shuffled(LIE_KINDS);
    return Array.from({ length: count }, (_, i) => {
      const aim = randomAim(this.#chance, tipHeight);
      // The one filter without anything in it is the same for all who tell that lie, so only one does.
      const kind = kinds[i % kinds.length];
      const lie = kind && lieOf(kind, aim, 1 + i);
      return this.#hostile(this.#chance.maybe(0.7) ? lie : undefined, `${kind}`, aim.fromHeight);
    });
  }

  #gang(tipHeight: number, count: number): Nature[] {
    const kind = this.#chance.pick(LIE_KINDS);
    const aim = randomAim(this.#chance, tipHeight);
    const lie = lieOf(kind, aim, 99);
    return Array.from({ length: count }, () => this.#hostile(lie, `gang ${kind}`, aim.fromHeight));
  }

  #hostile(lie: Lie | undefined, name: string, lieFrom: number): Nature {
    const chance = this.#chance;
    return {
      ...PLAIN,
      name: lie === undefined ? 'hostile' : name,
      filters:
        lie !== undefined && chance.maybe(0.7)
          ? 'plain'
          : chance.pick([...BAD_FILTERS, ...USELESS_FILTERS, 'mute-at-first', 'twice'] as const),
      blocks: chance.weighted<BlockConduct | undefined>([
        [3, 'plain'],
        [3, chance.pick(BAD_BLOCKS)],
        [1, undefined],
      ]),
      lie,
      lieFrom,
      latencyMs: chance.pick([5, 20, 200, 3_000]),
      itemMs: chance.pick([0, 0, 1, 50]),
      showsAfterMs: chance.pick([0, 0, 3_000]),
      joinsMs: chance.pick([0, 0, 0, 2_000]),
      staysMs: chance.maybe(0.15) ? chance.pick([1_000, 10_000]) : undefined,
      babblesMs: chance.maybe(0.25) ? chance.pick([100, 1_000, 9_000]) : undefined,
      isHonest: false,
    };
  }
}

function describe(nature: Nature): string {
  const { name, filters, blocks, latencyMs, itemMs, showsAfterMs, behind, joinsMs, staysMs, babblesMs } =
    nature;
  const facts = [
    `filters ${filters}`,
    `blocks ${blocks}`,
    `${latencyMs} ms`,
    itemMs > 1 && `${itemMs} ms an item`,
    showsAfterMs > 0 && `shows after ${showsAfterMs}`,
    behind > 0 && `${behind} behind`,
    joinsMs > 0 && `joins at ${joinsMs}`,
    staysMs !== undefined && `stays ${staysMs}`,
    babblesMs !== undefined && `babbles each ${babblesMs}`,
  ];
  return `${name} [${facts.filter((fact) => fact !== false).join(', ')}]`;
}
