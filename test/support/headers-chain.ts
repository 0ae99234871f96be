/** A chain as an honest peer has it: all in memory, searched plainly, so that it can be checked against. */
import { sha256d } from '../../src/bytes/hash.ts';
import { toHex } from '../../src/bytes/hex.ts';
import type { HeaderTree } from '../../src/chain/header-tree.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import type { LocatorRequestPayload } from '../../src/wire/messages/locator-request.ts';
import { concatenated } from './concatenated.ts';
import { headerAt, REGTEST_GENESIS } from './mine.ts';

const MAX_HEADERS = 2000;

export class HeadersChain {
  /** From genesis to the tip, 80 bytes each. */
  readonly bytes: Uint8Array;
  readonly #heights = new Map<string, number>();
  readonly #hashes: Uint8Array[] = [];

  /** @param headers everything above genesis. */
  constructor(headers: Uint8Array = new Uint8Array(0)) {
    this.bytes = concatenated(REGTEST_GENESIS, headers);
    for (let height = 0; height < this.bytes.length / HEADER_SIZE_BYTES; height++) {
      const hash = sha256d(headerAt(this.bytes, height));
      this.#hashes.push(hash);
      this.#heights.set(toHex(hash), height);
    }
  }

  get height(): number {
    return this.#hashes.length - 1;
  }

  hashAt(height: number): Uint8Array {
    const hash = this.#hashes[height];
    if (hash === undefined) throw new RangeError(`no header at height ${height}`);
    return hash;
  }

  get tipHash(): Uint8Array {
    return this.hashAt(this.height);
  }

  /** The headers from one height to another, both included. */
  slice(from: number, to: number = this.height): Uint8Array {
    return this.bytes.slice(from * HEADER_SIZE_BYTES, (to + 1) * HEADER_SIZE_BYTES);
  }

  /** The chain up to a height, with other headers from there on. */
  withBranch(forkHeight: number, headers: Uint8Array): HeadersChain {
    return new HeadersChain(concatenated(this.slice(1, forkHeight), headers));
  }

  /** What a peer with this chain answers to getheaders. */
  answer({ locator, stop }: LocatorRequestPayload): Uint8Array {
    const stopHeight = this.#heights.get(toHex(stop));
    if (locator.length === 0) {
      return stopHeight === undefined ? new Uint8Array(0) : this.slice(stopHeight, stopHeight);
    }
    const fork = locator.map((hash) => this.#heights.get(toHex(hash))).find((height) => height !== undefined);
    const from = (fork ?? 0) + 1;
    const to = Math.min(this.height, from + MAX_HEADERS - 1);
    return this.slice(from, stopHeight !== undefined && stopHeight >= from ? Math.min(stopHeight, to) : to);
  }
}

/** Puts a chain, or the beginning of one, into a tree that holds genesis alone. */
export function fill(tree: HeaderTree, chain: HeadersChain, height: number = chain.height): HeaderTree {
  tree.restoreBest(HeaderRun.fromBytes(chain.slice(1, height)));
  return tree;
}
