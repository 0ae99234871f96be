/** What a scan has written, as a disk would keep it: whole changes, and after a kill perhaps not the last of them. */
import type { ChainPoint } from '../../../src/chain/tree-change.ts';
import type { FilterSegment } from '../../../src/filters/filter-segment.ts';
import type { BlockPayments } from '../../../src/ledger/payment.ts';
import type { ScanChange, ScanState } from '../../../src/protocol/scan/scan-contract.ts';
import type { MadeBestChain } from '../../support/scan-chain.ts';

interface Kept {
  /** In ascending order. */
  readonly blocks: readonly BlockPayments[];
  /** Places that the scan came by, in ascending order. */
  readonly points: readonly ChainPoint[];
  readonly segments: ReadonlyMap<number, FilterSegment>;
}

export class Saved {
  readonly #fromHeight: number;
  /** After each change; the last is what is there now. */
  #states: Kept[] = [{ blocks: [], points: [], segments: new Map() }];
  /** What is stored above is not of the best chain: the next change deletes it. */
  #cut: number;

  constructor(fromHeight: number) {
    this.#fromHeight = fromHeight;
    this.#cut = fromHeight - 1;
  }

  get #last(): Kept {
    return this.#states.at(-1) as Kept;
  }

  get blocks(): readonly BlockPayments[] {
    return this.#last.blocks;
  }

  write({ keepUpTo = Infinity, added, scanned, segments }: ScanChange): void {
    const { blocks, points, segments: before } = this.#last;
    const after = new Map([...before, ...segments.map((one) => [one.firstHeight, one] as const)]);
    const limit = Math.min(keepUpTo, this.#cut);
    if (scanned === undefined) {
      this.#cut = limit;
      this.#states.push({ blocks, points, segments: after });
      return;
    }
    this.#cut = Infinity;
    this.#states.push({
      blocks: [...blocks.filter(({ height }) => height <= limit), ...added],
      points: [...points.filter(({ height }) => height <= limit && height < scanned.height), scanned],
      segments: after,
    });
  }

  /** The process is killed: some of the last changes are lost. */
  lose(count: number): void {
    this.#states = this.#states.slice(0, Math.max(1, this.#states.length - count));
  }

  /** What the next run goes on from. */
  resume(chain: MadeBestChain): ScanState | undefined {
    const { blocks, points } = this.#last;
    const point = points.findLast(({ height, hash }) => chain.heightOf(hash) === height);
    this.#cut = point?.height ?? this.#fromHeight - 1;
    if (point === undefined) return undefined;
    return { scannedHeight: point.height, blocks: blocks.filter(({ height }) => height <= point.height) };
  }

  segments(chain: MadeBestChain): Map<number, FilterSegment> {
    return new Map(
      [...this.#last.segments].filter(
        ([first, { headers, lastBlockHash }]) =>
          chain.heightOf(lastBlockHash) === first + headers.length / 32 - 1,
      ),
    );
  }
}
