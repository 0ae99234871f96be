/** Anchors of a simulated network: right ones, and all ways in which a table can be wrong. */
import { AnchorTable } from '../../src/networks/anchor-table.ts';
import type { Chance } from './chance.ts';
import type { Chain, Terrain } from './chains.ts';
import { rivalOf } from './rival.ts';

export type AnchorsKind =
  /** There is no table. */
  | 'none'
  | 'right'
  /** One hash is that of no block. */
  | 'one wrong'
  | 'all wrong'
  /** They are from a branch with less work than the best. */
  | 'of a branch'
  /** They are from a chain without proof of work. */
  | 'unproven'
  /** They are right, and go on where the best chain has ended. */
  | 'beyond';

export interface AnchorPlan {
  readonly kind: AnchorsKind;
  readonly table: AnchorTable | undefined;
  /** Where the table is from, up to the last anchor. */
  readonly chain: Chain | undefined;
  /** Lowest height whose hash no honest peer has; undefined when there is none. */
  readonly wrongFrom: number | undefined;
}

export const NO_ANCHORS: AnchorPlan = {
  kind: 'none',
  table: undefined,
  chain: undefined,
  wrongFrom: undefined,
};

/** Blocks from one anchor to the next; a message holds 2,000. */
const SPACINGS = [1, 2, 5, 20, 50, 144, 300, 1000, 1999, 2000, 2001, 2500, 4001];
/** Anchors of a table at most. */
const MAX_ANCHORS = 400;
const MAX_BEYOND = 60;

export function drawAnchors(best: Chain, terrain: Terrain, chance: Chance): AnchorPlan {
  const kind = chance.weighted<AnchorsKind>([
    [6, 'none'],
    [8, 'right'],
    [1, 'one wrong'],
    [1, 'all wrong'],
    [1, 'of a branch'],
    [1, 'unproven'],
    [1, 'beyond'],
  ]);
  return planAnchors(best, terrain, chance, kind);
}

/** @param spacing blocks from one anchor to the next; drawn when nothing is said. */
export function planAnchors(
  best: Chain,
  terrain: Terrain,
  chance: Chance,
  kind: AnchorsKind,
  spacing?: number,
): AnchorPlan {
  if (kind === 'none' || best.height < 3) return NO_ANCHORS;
  const source = sourceOf(best, terrain, chance, kind);
  const heights =
    spacing === undefined
      ? drawHeights(source.height, chance)
      : Array.from({ length: Math.floor(source.height / spacing) }, (_, index) => spacing * (index + 1));
  const wrong = kind === 'one wrong' ? chance.pick(heights) : undefined;
  const anchors = heights.map((height) => {
    const isWrong = kind === 'all wrong' || height === wrong;
    return { height, hash: isWrong ? chance.bytes(32) : source.at(height).hash };
  });
  const wrongFrom = anchors.find(({ height, hash }) => {
    return height <= best.height && !Buffer.from(hash).equals(best.at(height).hash);
  })?.height;
  // Nobody has what comes after the best chain.
  const chain = kind === 'beyond' ? best : source.upTo(heights.at(-1) ?? 0);
  return { kind, table: AnchorTable.of(anchors), chain, wrongFrom };
}

function sourceOf(best: Chain, terrain: Terrain, chance: Chance, kind: AnchorsKind): Chain {
  switch (kind) {
    case 'of a branch':
      return rivalOf(best, terrain, chance);
    case 'unproven':
      return terrain.unproven(chance.pick([0, 20].filter((fork) => fork < best.height)), best.height);
    case 'beyond':
      return terrain.trunk(best.height + chance.int(1, MAX_BEYOND));
    case 'none':
    case 'right':
    case 'one wrong':
    case 'all wrong':
      return best;
  }
}

function drawHeights(most: number, chance: Chance): number[] {
  const fitting = SPACINGS.filter((each) => each <= most && most / each <= MAX_ANCHORS);
  const spacing = fitting.length === 0 ? most : chance.pick(fitting);
  const isRegular = chance.maybe(0.7);
  const end = chance.maybe(0.7) ? most : chance.int(1, most);
  const heights: number[] = [];
  let height = chance.pick([spacing, Math.max(0, spacing - 1), chance.int(0, spacing)]);
  for (; height <= end; height += isRegular ? spacing : chance.int(1, 2 * spacing)) heights.push(height);
  return heights.length === 0 ? [most] : heights;
}
