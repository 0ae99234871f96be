/**
 * A tree of headers under the slow and obvious rules, sharing no code with src/chain: each header comes alone and is judged in
 * the order and the words of bitcoind's submitheader (Core: src/rpc/mining.cpp, src/validation.cpp).
 */

import { createHash } from 'node:crypto';
import { fromHex, toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import type { Network } from '../../src/networks/network.ts';
import {
  type ReferenceChain,
  type ReferenceHeader,
  referenceBrokenRule,
  referenceMedian,
  referenceRequiredBits,
  referenceTarget,
  referenceWork,
} from './reference-rules.ts';

/** Why bitcoind refuses a header; `time-negative-interval` is of BIP 54, which it does not know. */
export type CoreReason =
  | 'prev-blk-not-found'
  | 'high-hash'
  | 'bad-diffbits'
  | 'time-too-old'
  | 'time-timewarp-attack'
  | 'time-negative-interval'
  | 'time-too-new'
  | 'bad-version';

/** A header that broke no rule. */
export interface OracleHeader extends ReferenceHeader {
  /** Hexadecimal, wire order. */
  readonly hash: string;
  readonly parent: OracleHeader | undefined;
  readonly height: number;
  readonly chainwork: bigint;
}

interface OracleChain extends ReferenceChain {
  readonly headers: OracleHeader[];
}

export class OracleTree {
  readonly network: Network;
  readonly interval: number;
  readonly genesis: OracleHeader;
  /** The header with the most work; of several, the one that came first. */
  best: OracleHeader;
  readonly #headers = new Map<string, OracleHeader>();
  /** What {@link #chainTo} gave last. */
  #chain: OracleChain = { firstHeight: 0, headers: [] };

  /** @param interval headers that share a target. */
  constructor(network: Network, interval: number = 2016) {
    this.network = network;
    this.interval = interval;
    this.genesis = this.#keep(fromHex(network.genesisHeaderHex), undefined);
    this.best = this.genesis;
  }

  get(hash: string): OracleHeader | undefined {
    return this.#headers.get(hash);
  }

  /** Takes in a header of 80 bytes, or says why not. One that is here already is no fault. */
  submit(bytes: Uint8Array, nowSeconds: number): CoreReason | undefined {
    const parent = this.#headers.get(toHex(bytes.subarray(4, 36)));
    if (parent === undefined) return 'prev-blk-not-found';
    const hash = oracleHash(bytes);
    if (this.#headers.has(hash)) return undefined;
    const header = fieldsOf(bytes);
    const target = referenceTarget(header.bits, this.network.powLimit);
    if (target === undefined || numberOf(hash) > target) return 'high-hash';
    const broken = referenceBrokenRule(this.#chainTo(parent), header, this.network, nowSeconds);
    if (broken !== undefined) return broken as CoreReason;
    const kept = this.#keep(bytes, parent);
    if (kept.chainwork > this.best.chainwork) this.best = kept;
    return undefined;
  }

  /** The bits that a child of this time must carry. */
  requiredBits(parent: OracleHeader, time: number): number {
    return referenceRequiredBits(this.#chainTo(parent), time, this.network);
  }

  /** The first header of the period that a header belongs to. */
  periodStart(header: OracleHeader): OracleHeader {
    const { firstHeight, headers } = this.#chainTo(header);
    return headers[header.height - (header.height % this.interval) - firstHeight] as OracleHeader;
  }

  /** What the time of a child must exceed. */
  median(parent: OracleHeader): number {
    return referenceMedian(pathTo(parent, Math.max(0, parent.height - 10)));
  }

  /** The headers that no other one is built on. */
  tips(): OracleHeader[] {
    const parents = new Set(Array.from(this.#headers.values(), ({ parent }) => parent));
    return [...this.#headers.values()].filter((header) => !parents.has(header));
  }

  /** As much of a branch as the rules look at: from the start of the period in which the median's first time lies, or more. */
  #chainTo(parent: OracleHeader): OracleChain {
    const { firstHeight, headers } = this.#chain;
    // Only what differs from the chain that was asked about last is walked: else each header would cost a period.
    const other: OracleHeader[] = [];
    let at: OracleHeader | undefined = parent;
    while (at !== undefined && at.height >= firstHeight && headers[at.height - firstHeight] !== at) {
      other.push(at);
      at = at.parent;
    }
    const eldest = Math.max(0, parent.height - 10);
    const lowest = eldest - (eldest % this.interval);
    const isBeyond = at === undefined || at.height < firstHeight || lowest < firstHeight;
    if (isBeyond || headers.length > 4 * this.interval) {
      this.#chain = { firstHeight: lowest, headers: pathTo(parent, lowest), interval: this.interval };
    } else {
      const shared = parent.height - other.length - firstHeight + 1;
      headers.splice(shared, Infinity, ...other.toReversed());
    }
    return this.#chain;
  }

  #keep(bytes: Uint8Array, parent: OracleHeader | undefined): OracleHeader {
    const fields = fieldsOf(bytes);
    const kept: OracleHeader = {
      ...fields,
      hash: oracleHash(bytes),
      parent,
      height: parent === undefined ? 0 : parent.height + 1,
      chainwork: (parent?.chainwork ?? 0n) + referenceWork(fields.bits),
    };
    this.#headers.set(kept.hash, kept);
    return kept;
  }
}

/** The ancestor at a height, or the header itself. */
export function ancestorAt(header: OracleHeader, height: number): OracleHeader {
  let at = header;
  while (at.height > height && at.parent !== undefined) at = at.parent;
  return at;
}

/** Hash of a header's 80 bytes, hexadecimal, wire order. */
export function oracleHash(bytes: Uint8Array): string {
  const once = createHash('sha256').update(bytes).digest();
  return createHash('sha256').update(once).digest('hex');
}

/** The number that a hash of wire order stands for: its last byte is the highest. */
export function numberOf(hash: string): bigint {
  return BigInt(`0x${toDisplayHex(fromHex(hash))}`);
}

/** A header and its ancestors down to a height, lowest first. */
function pathTo(last: OracleHeader, firstHeight: number): OracleHeader[] {
  const path: OracleHeader[] = [];
  for (
    let at: OracleHeader | undefined = last;
    at !== undefined && at.height >= firstHeight;
    at = at.parent
  ) {
    path.push(at);
  }
  return path.toReversed();
}

function fieldsOf(bytes: Uint8Array): ReferenceHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return {
    version: view.getInt32(0, true),
    time: view.getUint32(68, true),
    bits: view.getUint32(72, true),
  };
}
