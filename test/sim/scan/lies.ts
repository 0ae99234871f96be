/** Filters that are not those of their blocks, and what follows from them: hashes and headers that fit. */
import { toHex } from '../../../src/bytes/hex.ts';
import { buildBasicFilter, filterHash, filterHeader, NO_FILTER_HEADER } from '../../../src/filters/index.ts';
import type { ScanBlock } from '../../support/scan-blocks.ts';
import type { Chance } from '../chance.ts';
import { OURS } from './miner.ts';

export interface LiedFilter {
  readonly filter: Uint8Array;
  /** Whether the block shows, to anybody who looks, that it is not right. */
  readonly isConvictable: boolean;
}

/** The filter that a liar gives for a block; undefined for the true one. */
export type Lie = (block: ScanBlock) => LiedFilter | undefined;

/**
 * - `output-missing`: a script that the block pays to is not in it.
 * - `spent-missing`: a script that the block spends is not in it, and something else in its place.
 * - `one-too-many`: a script that has nothing to do with the block is in it.
 * - `empty`: it holds nothing.
 * - `malformed`: it cannot be read.
 * - `foreign`: it is made of other scripts.
 */
export type LieKind = 'output-missing' | 'spent-missing' | 'one-too-many' | 'empty' | 'malformed' | 'foreign';

export const LIE_KINDS: readonly LieKind[] = [
  'output-missing',
  'spent-missing',
  'one-too-many',
  'empty',
  'malformed',
  'foreign',
];

/** Which blocks are lied about. */
export interface LieAim {
  readonly fromHeight: number;
  readonly toHeight: number;
  /** Only those that touch the scripts that are looked for. */
  readonly isPointed: boolean;
  /** Of those, one in so many. */
  readonly oneIn: number;
}

const ours = new Set(OURS.map(({ script }) => toHex(script)));

/** @param salt liars with the same one tell the same lies, others never. */
export function lieOf(kind: LieKind, { fromHeight, toHeight, isPointed, oneIn }: LieAim, salt: number): Lie {
  const made = new Map<ScanBlock, LiedFilter | undefined>();
  return (block) => {
    const { height, hash } = block;
    if (height < fromHeight || height > toHeight || (hash[1] as number) % oneIn !== 0) return undefined;
    if (isPointed && !block.elements.some((script) => ours.has(toHex(script)))) return undefined;
    if (!made.has(block)) made.set(block, twist(block, kind, salt));
    return made.get(block);
  };
}

function twist(block: ScanBlock, kind: LieKind, salt: number): LiedFilter | undefined {
  const { elements, hash } = block;
  const stranger = Uint8Array.of(
    0x51,
    0x20,
    ...new Uint8Array(28).fill(0xee),
    ...Uint8Array.of(salt, salt >> 8, salt >> 16, 1),
  );
  const { known } = shownIn(block);
  switch (kind) {
    case 'output-missing': {
      const victim = [...known.values()].find((script) => ours.has(toHex(script))) ?? [...known.values()][0];
      return victim && lied(block, [...without(elements, victim), stranger]);
    }
    case 'spent-missing': {
      const hidden = elements.filter((script) => !known.has(toHex(script)));
      const victim = hidden.find((script) => ours.has(toHex(script))) ?? hidden[0];
      return victim && lied(block, [...without(elements, victim), stranger]);
    }
    case 'one-too-many':
      return lied(block, [...elements, stranger]);
    case 'empty':
      return elements.length === 0 ? undefined : lied(block, []);
    case 'foreign':
      return lied(block, [stranger, Uint8Array.of(0x52)]);
    case 'malformed':
      return {
        filter: Uint8Array.of(0xfe, ...hash.subarray(0, 3), salt & 0xff, salt >> 8),
        isConvictable: true,
      };
  }
}

function without(elements: readonly Uint8Array[], victim: Uint8Array): Uint8Array[] {
  return elements.filter((script) => toHex(script) !== toHex(victim));
}

function lied(block: ScanBlock, elements: readonly Uint8Array[]): LiedFilter {
  const filter = buildBasicFilter(block.hash, elements);
  const { known, unknown } = shownIn(block);
  const distinct = new Set(elements.map(toHex));
  const isMissing = [...known.keys()].some((script) => !distinct.has(script));
  const isConvictable = isMissing || unknown === 0 || distinct.size > known.size + unknown;
  return { filter, isConvictable };
}

/** What a block shows by itself: scripts that it pays to, also where it spends them again; and how many inputs say nothing. */
function shownIn({ height, made }: ScanBlock): { known: Map<string, Uint8Array>; unknown: number } {
  const known = new Map<string, Uint8Array>();
  let unknown = 0;
  for (const { identified, spends } of made) {
    for (const { script } of identified.tx.outputs)
      if (script.length > 0 && script[0] !== 0x6a) known.set(toHex(script), script);
    unknown += spends.filter((coin) => coin.height !== height).length;
  }
  return { known, unknown };
}

/** What a peer says of filters: the truth, but for its lie. */
export class FilterBook {
  readonly lie: Lie | undefined;
  readonly #made = new Map<ScanBlock, { hash: Uint8Array; header: Uint8Array }>();
  /** Below this all is true. */
  readonly #fromHeight: number;

  constructor(lie: Lie | undefined, fromHeight: number) {
    this.lie = lie;
    this.#fromHeight = fromHeight;
  }

  filterOf(block: ScanBlock): Uint8Array {
    return this.lie?.(block)?.filter ?? block.filter;
  }

  hashOf(block: ScanBlock): Uint8Array {
    return this.#of(block).hash;
  }

  headerOf(block: ScanBlock | undefined): Uint8Array {
    return block === undefined ? NO_FILTER_HEADER : this.#of(block).header;
  }

  #of(block: ScanBlock): { hash: Uint8Array; header: Uint8Array } {
    const missing: ScanBlock[] = [];
    for (let one: ScanBlock | undefined = block; one !== undefined && !this.#isKnown(one); one = one.parent)
      missing.push(one);
    for (const one of missing.toReversed()) {
      const other = this.lie?.(one);
      const hash = other === undefined ? one.filterHash : filterHash(other.filter);
      const below = one.parent === undefined ? NO_FILTER_HEADER : this.#entry(one.parent).header;
      this.#made.set(one, { hash, header: filterHeader(hash, below) });
    }
    return this.#entry(block);
  }

  #isKnown(block: ScanBlock): boolean {
    return this.lie === undefined || block.height < this.#fromHeight || this.#made.has(block);
  }

  #entry(block: ScanBlock): { hash: Uint8Array; header: Uint8Array } {
    return this.#made.get(block) ?? { hash: block.filterHash, header: block.filterHeader };
  }
}

export function randomAim(chance: Chance, tipHeight: number): LieAim {
  const at = chance.weighted([
    [3, chance.int(0, tipHeight)],
    [1, tipHeight],
    [1, Math.max(0, 1000 * chance.int(0, Math.floor(tipHeight / 1000)) + chance.int(-1, 2))],
  ]);
  const toHeight = chance.weighted([
    [1, at],
    [1, at + chance.int(1, 30)],
    [3, 1_000_000],
  ]);
  return { fromHeight: at, toHeight, isPointed: chance.maybe(0.5), oneIn: chance.pick([1, 1, 2, 5]) };
}
