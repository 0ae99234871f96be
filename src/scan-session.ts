/** A scan and what is kept of it: where it goes on, and where it writes what it finds. */

import type { HeaderTree } from './chain/header-tree.ts';
import { ClientError } from './client-error.ts';
import { segmentFirst } from './filters/filter-segment.ts';
import type { FilterSegment } from './filters/filter-segment.ts';
import type { HeaderChain } from './header-chain.ts';
import { Ledger } from './ledger/ledger.ts';
import type { BlockPayments } from './ledger/payment.ts';
import type { ScanChange, ScanOptions, ScanState } from './protocol/scan/scan-contract.ts';
import { type FiltersWarning, openSavedFilters, type SavedFilters } from './saved-filters.ts';
import { RangeWatch } from './range-watch.ts';
import { type CheckedScan, deriveScripts } from './scan-options.ts';
import { scanId } from './store/scan-id.ts';
import type { ScanStore, StoredScan } from './store/scan-store.ts';

/** Blocks that are fetched where too few peers have an opinion on filters: two weeks, some gigabytes at most. */
const MAX_UNBACKED = 2_016;
/** Segments of filter headers that are read at a time. */
const SEGMENTS_AT_ONCE = 64;

export interface ScanSession {
  readonly options: ScanOptions;
  readonly warnings: readonly FiltersWarning[];
  /** What to say of payments close to the end of a range. */
  readonly ranges: RangeWatch;
  /** Writes what was found. One call at a time. */
  readonly save: (change: ScanChange) => Promise<void>;
  close(): Promise<void>;
}

export interface ScanSettings {
  readonly datadir: string | undefined;
  readonly follow: boolean;
  readonly stallTimeoutMs: number;
  /** Called now and then while scripts are derived; what it throws ends it. */
  readonly checkpoint?: () => void;
}

/**
 * Opens what earlier runs of a scan left.
 *
 * @throws {ClientError} `scan-below-start` when the chain begins above the first height of the scan.
 */
export async function openScan(
  checked: CheckedScan,
  chain: HeaderChain,
  { datadir, follow, stallTimeoutMs, checkpoint }: ScanSettings,
): Promise<ScanSession> {
  const { network, firstHeight } = chain;
  const { allBlocks, filterPeers, resume, fromHeight = firstHeight } = checked;
  if (fromHeight < firstHeight) {
    const message = `the headers begin at height ${firstHeight}, and the scan at ${fromHeight}: begin it there or above, or use a store that begins at genesis`;
    throw new ClientError('scan-below-start', message);
  }
  const { scripts, rangeEnds } = await deriveScripts(checked, checkpoint);
  const saved = await openSavedFilters({ network, datadir });
  try {
    const store = saved.scan(scanId(network.name, scripts, fromHeight));
    if (!resume) await store.clear();
    const { resumed, warning } = resume ? await resumedFrom(store, scripts, chain) : NOTHING;
    const savedSegments = allBlocks
      ? new Map<number, FilterSegment>()
      : await segmentsFrom(saved, (resumed?.scannedHeight ?? fromHeight - 1) + 1, chain);
    const options = {
      scripts,
      fromHeight,
      usesFilters: !allBlocks,
      opinionsNeeded: filterPeers,
      maxUnbacked: MAX_UNBACKED,
      follow,
      stallTimeoutMs,
      resumed,
      savedSegments,
    };
    const save = saver(saved, store, fromHeight, resumed?.scannedHeight);
    return {
      options,
      warnings: [saved.warning, warning].filter((one) => one !== undefined),
      ranges: new RangeWatch(rangeEnds),
      save,
      close: () => saved.close(),
    };
  } catch (error) {
    await saved.close();
    throw error;
  }
}

interface Resumed {
  readonly resumed?: ScanState | undefined;
  readonly warning?: FiltersWarning | undefined;
}

const NOTHING: Resumed = {};

/** The highest place that the scan came by and the best chain still has. */
async function resumedFrom(
  store: ScanStore,
  scripts: readonly Uint8Array[],
  { tree }: HeaderChain,
): Promise<Resumed> {
  const resumed = stateOf(await store.load(), scripts, tree);
  if (store.damage === undefined) return { resumed };
  const from = resumed === undefined ? 'it begins anew' : `it goes on from height ${resumed.scannedHeight}`;
  const message = `what was saved of this scan was damaged: ${from}`;
  return { resumed, warning: { code: 'filters-repaired', message } };
}

function stateOf(
  stored: StoredScan | undefined,
  scripts: readonly Uint8Array[],
  tree: HeaderTree,
): ScanState | undefined {
  const point = stored?.points.findLast(({ height, hash }) => tree.heightOf(hash) === height);
  if (stored === undefined || point === undefined) return undefined;
  const blocks = stored.blocks.filter(({ height }) => height <= point.height);
  return fits(scripts, blocks) ? { scannedHeight: point.height, blocks } : undefined;
}

/** Whether they are one history: of records that are sound in themselves some may be of another. */
function fits(scripts: readonly Uint8Array[], blocks: readonly BlockPayments[]): boolean {
  const ledger = new Ledger(scripts);
  try {
    for (const block of blocks) ledger.append(block);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The filter headers of the best chain that are stored, from the segment with a height on. */
async function segmentsFrom(
  { headers }: SavedFilters,
  height: number,
  { tree }: HeaderChain,
): Promise<Map<number, FilterSegment>> {
  const found = new Map<number, FilterSegment>();
  const firsts = (await headers.firstHeights()).filter((first) => first >= segmentFirst(height));
  for (let start = 0; start < firsts.length; start += SEGMENTS_AT_ONCE) {
    for (const segment of await headers.readMany(firsts.slice(start, start + SEGMENTS_AT_ONCE))) {
      if (segment === undefined) continue;
      const last = segment.firstHeight + segment.headers.length / 32 - 1;
      if (tree.heightOf(segment.lastBlockHash) === last) found.set(segment.firstHeight, segment);
    }
  }
  return found;
}

/** @param resumedHeight what is stored above is not of the best chain; undefined when nothing is of use. */
function saver(
  { headers }: SavedFilters,
  store: ScanStore,
  fromHeight: number,
  resumedHeight: number = fromHeight - 1,
): (change: ScanChange) => Promise<void> {
  let cut: number | undefined = resumedHeight;
  return async ({ keepUpTo, added, scanned, segments }) => {
    if (segments.length > 0) await headers.write(segments);
    const limits = [keepUpTo, cut].filter((height) => height !== undefined);
    cut = limits.length === 0 ? undefined : Math.min(...limits);
    // Where the chain ends below the first height there is no place to name: what is gone is deleted with the next change.
    if (scanned === undefined) return;
    await store.commit({ keepUpTo: cut, added, progress: { fromHeight, scanned } });
    cut = undefined;
  };
}
