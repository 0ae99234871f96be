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

/** A header with the names of itself and its parent as the map knows them, so that long walks make no text. */
interface Entry {
  readonly header: SideHeader;
  readonly key: string;
  readonly parentKey: string;
}

export class SideHeaders {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  get(hash: Uint8Array): SideHeader | undefined {
    return this.#entries.get(toHex(hash))?.header;
  }

  add(header: SideHeader): void {
    const key = toHex(header.hash);
    this.#entries.set(key, { header, key, parentKey: toHex(header.prev) });
  }

  delete(hash: Uint8Array): void {
    this.#entries.delete(toHex(hash));
  }

  /**
   * The branch up to a header, oldest first.
   *
   * @param limit how many headers at most, the newest; all down to the best chain by default.
   */
  pathTo(last: SideHeader | undefined, limit: number = Number.POSITIVE_INFINITY): SideHeader[] {
    const path: SideHeader[] = [];
    for (const { header } of this.#ancestry(last && this.#entries.get(toHex(last.hash)))) {
      if (path.length === limit) break;
      path.push(header);
    }
    return path.toReversed();
  }

  /** Headers without children: the ends of branches. */
  leaves(): SideHeader[] {
    return this.#leafEntries().map(({ header }) => header);
  }

  /**
   * Forgets whole branches, those with the least work first, until at most `size` headers are left.
   *
   * @param spared a header that is kept, and with it its ancestors.
   * @returns the headers forgotten.
   */
  shrinkTo(size: number, spared?: Uint8Array): SideHeader[] {
    const forgotten: SideHeader[] = [];
    const keep = new Set(this.#ancestry(spared && this.#entries.get(toHex(spared))));
    const children = new Map<string, number>();
    for (const { parentKey } of this.#entries.values()) {
      children.set(parentKey, (children.get(parentKey) ?? 0) + 1);
    }
    const weakestFirst = this.#leafEntries().toSorted((a, b) =>
      a.header.chainwork < b.header.chainwork ? -1 : 1,
    );
    for (const leaf of weakestFirst) {
      for (const entry of this.#ancestry(leaf)) {
        if (this.size <= size) return forgotten;
        // Where another branch goes on from here, or the spared one does, this branch ends.
        if (keep.has(entry) || (children.get(entry.key) ?? 0) > 0) break;
        this.#entries.delete(entry.key);
        forgotten.push(entry.header);
        children.set(entry.parentKey, (children.get(entry.parentKey) ?? 1) - 1);
      }
    }
    return forgotten;
  }

  /** An entry, its parent, and so on down to the best chain. */
  *#ancestry(last: Entry | undefined): Generator<Entry> {
    for (let entry = last; entry !== undefined; entry = this.#entries.get(entry.parentKey)) yield entry;
  }

  #leafEntries(): Entry[] {
    const entries = Array.from(this.#entries.values());
    const parents = new Set(entries.map(({ parentKey }) => parentKey));
    return entries.filter(({ key }) => !parents.has(key));
  }
}
