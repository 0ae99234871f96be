/** Transactions whose place another one took, and who has announced them since. */

import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import { type Announced, type PoolEntry, type Witness, wordOf } from './pool-entry.ts';

/** Where there are more they are all forgotten: then they count as new. */
const MAX_DISPLACED = 10_000;

interface Voices extends Announced {
  /** Of its txid. */
  readonly key: HashKey;
  /** Of its txid and its wtxid. */
  readonly names: readonly HashKey[];
  readonly announcers: Witness[];
  readonly announcedMs: number[];
}

/**
 * A node announces only what it has, so what is announced after it was displaced may have its place still, or again. The word
 * of one that is only behind is not enough: nobody wants to hear of the same transaction again and again.
 */
export class Displaced {
  /** By each name of a transaction. */
  readonly #voices = new Map<HashKey, Voices>();

  /** @param name a txid or a wtxid. */
  has(name: HashKey): boolean {
    return this.#voices.has(name);
  }

  add({ key, wtxid }: PoolEntry): void {
    if (this.#voices.size >= 2 * MAX_DISPLACED) this.#voices.clear();
    const voices: Voices = { key, names: [key, hashKey(wtxid)], announcers: [], announcedMs: [] };
    for (const name of voices.names) this.#voices.set(name, voices);
  }

  /**
   * A peer announces one of them.
   *
   * @param neededWord how much must speak for it.
   * @returns who does, as soon as that is enough: then it is forgotten here.
   */
  announce(
    name: HashKey,
    peer: Witness,
    atMs: number,
    neededWord: number,
  ): (Announced & { key: HashKey }) | undefined {
    const voices = this.#voices.get(name);
    if (voices === undefined || voices.announcers.includes(peer)) return undefined;
    voices.announcers.push(peer);
    voices.announcedMs.push(atMs);
    if (wordOf(voices) < neededWord) return undefined;
    for (const each of voices.names) if (this.#voices.get(each) === voices) this.#voices.delete(each);
    return voices;
  }

  clear(): void {
    this.#voices.clear();
  }
}
