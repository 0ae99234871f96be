/** The block that a proof is about: its place on our best chain, or why it has none. */

import { toDisplayHex } from './bytes/hex.ts';
import { MAX_FUTURE_SECONDS } from './chain/check-header.ts';
import { compactHex } from './chain/compact-target.ts';
import { ProofOfWork } from './chain/proof-of-work.ts';
import type { HeaderChain } from './header-chain.ts';
import type { HeaderInfo } from './header-info.ts';
import { type Header, headerHash } from './wire/header.ts';

/** The block of a proof, on the best chain. */
export interface ProvenBlock {
  readonly height: number;
  /** Display order. */
  readonly hash: string;
  /** Blocks of the best chain from this one to the tip, both counted. */
  readonly confirmations: number;
  /** Unix seconds. */
  readonly blockTime: number;
  /** Median time past, Unix seconds; undefined where the chain begins, see {@link HeaderChain.header}. */
  readonly medianTime: number | undefined;
}

/**
 * Why the block of a proof is not on the best chain.
 *
 * - `bad-target`, `high-hash`: there is no proof of work in its header.
 * - `block-stale`: another block has its place.
 * - `block-not-synced`: it is not known, and may come after what we have.
 * - `block-before-start`: it is not known, and may come before what we have.
 * - `block-unknown`: it is not known, and can be neither.
 */
export type BlockRefusal =
  'bad-target' | 'high-hash' | 'block-stale' | 'block-not-synced' | 'block-before-start' | 'block-unknown';

export interface MissingBlock {
  readonly code: BlockRefusal;
  readonly message: string;
}

/**
 * Where the block of a proof is on the best chain, or why it is not there.
 *
 * @throws {StoreError} when the headers cannot be read.
 */
export async function findProvenBlock(
  chain: HeaderChain,
  header: Header,
): Promise<ProvenBlock | MissingBlock> {
  const hash = headerHash(header);
  const place = await placeOf(chain, hash);
  if (place === undefined) return describeUnknown(chain, header, hash);
  const { height, confirmations, medianTime } = place;
  if (confirmations < 0) return staleAt(chain, hash, height);
  return { height, hash: toDisplayHex(hash), confirmations, blockTime: header.time, medianTime };
}

type Place = Pick<HeaderInfo, 'height' | 'confirmations' | 'medianTime'>;

async function placeOf(chain: HeaderChain, hash: Uint8Array): Promise<Place | undefined> {
  const found = await chain.header(toDisplayHex(hash));
  if (found !== undefined) return found;
  // Of the anchor that a chain begins at no header is stored, and nothing is missing: the proof brings it along.
  const { tree } = chain;
  const height = tree.heightOf(hash);
  if (height === undefined) return undefined;
  return { height, confirmations: tree.tip.height - height + 1, medianTime: undefined };
}

function staleAt({ tip }: HeaderChain, hash: Uint8Array, height: number): MissingBlock {
  const above = tip.height - height;
  const other =
    above < 0
      ? `that ends at height ${tip.height}, and has no less work`
      : `that has another one at height ${height}, and ${above} more on top of it`;
  return { code: 'block-stale', message: `block ${toDisplayHex(hash)} is not on the best chain: ${other}` };
}

async function describeUnknown(chain: HeaderChain, header: Header, hash: Uint8Array): Promise<MissingBlock> {
  const { network, tree, startHeight } = chain;
  const code = new ProofOfWork(network.powLimit).fault(hash, header.bits);
  const name = toDisplayHex(hash);
  if (code !== undefined) {
    const message = `block ${name} has no proof of work for bits ${compactHex(header.bits)} on ${network.name}`;
    return { code, message };
  }
  const parent = await placeOf(chain, header.prev);
  const { height: tipHeight } = tree.tip;
  // One that makes a branch longer than ours may have made it the best.
  if (parent !== undefined && parent.height < tipHeight) return staleAt(chain, hash, parent.height + 1);
  const unknown = `block ${name} is not known`;
  // On top of the tip times are after its median time past.
  if (header.time > tree.medianTimeAt(tipHeight)) {
    const message = `${unknown}: it may come after height ${tipHeight}, where our headers end`;
    return { code: 'block-not-synced', message };
  }
  // Times are in order, but for a few hours.
  const firstTime = tree.timeAt(Math.min(tree.firstHeight, tipHeight));
  if (startHeight > 0 && header.time < firstTime + MAX_FUTURE_SECONDS) {
    const message = `${unknown}: it may come before height ${startHeight}, where our headers begin`;
    return { code: 'block-before-start', message };
  }
  return {
    code: 'block-unknown',
    message: `${unknown}: it is not on the best chain, nor can it be on top of it`,
  };
}
