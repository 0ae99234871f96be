/** Headers that are not on the best chain: branches that lost, or that may still win. */

import { toHex } from '../bytes/hex.ts';

/** A header off the best chain. */
export interface SideHeader {
  /** 32 bytes in wire order. */
  readonly hash: Uint8Array;
  /** Hash of its parent, on the best chain or off it. */
  readonly prev: Uint8Array;
  readonly height: number;
  /** Unix seconds. */
  readonly time: number;
  readonly bits: number;
  /** Expected hashes from genesis to this header. */
  readonly chainwork: bigint;
}

export class SideHeaders {
  readonly #byHash = new Map<string, SideHeader>();

  get size(): number {
    return this.#byHash.size;
  }

  get(hash: Uint8Array): SideHeader | undefined {
    return this.#byHash.get(toHex(hash));
  }

  add(header: SideHeader): void {
    this.#byHash.set(toHex(header.hash), header);
  }

  delete(hash: Uint8Array): void {
    this.#byHash.delete(toHex(hash));
  }

  /** The branch from the first header off the best chain up to this one, oldest first. */
  pathTo(last: SideHeader | undefined): SideHeader[] {
    const path: SideHeader[] = [];
    for (let header = last; header !== undefined; header = this.get(header.prev)) path.push(header);
    return path.toReversed();
  }

  /** Headers without children: the ends of branches. */
  leaves(): SideHeader[] {
    const parents = new Set(Array.from(this.#byHash.values(), ({ prev }) => toHex(prev)));
    return Array.from(this.#byHash.values()).filter(({ hash }) => !parents.has(toHex(hash)));
  }

  /**
   * Forgets whole branches, those with the least work first, until at most `size` headers are left.
   *
   * @param spared a header that is kept, and with it its ancestors.
   * @returns the headers forgotten.
   */
  shrinkTo(size: number, spared: Uint8Array): SideHeader[] {
    const forgotten: SideHeader[] = [];
    const keep = new Set(this.pathTo(this.get(spared)));
    const children = new Map<string, number>();
    for (const { prev } of this.#byHash.values()) {
      const parent = toHex(prev);
      children.set(parent, (children.get(parent) ?? 0) + 1);
    }
    const weakestFirst = this.leaves().toSorted((a, b) => (a.chainwork < b.chainwork ? -1 : 1));
    for (const leaf of weakestFirst) {
      for (let header: SideHeader | undefined = leaf; header !== undefined; header = this.get(header.prev)) {
        if (this.size <= size) return forgotten;
        const own = toHex(header.hash);
        // Where another branch goes on from here, or the spared one does, this branch ends.
        if (keep.has(header) || (children.get(own) ?? 0) > 0) break;
        this.#byHash.delete(own);
        forgotten.push(header);
        const parent = toHex(header.prev);
        children.set(parent, (children.get(parent) ?? 1) - 1);
      }
    }
    return forgotten;
  }
}
