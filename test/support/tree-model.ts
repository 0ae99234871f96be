/** The header tree once more: slow, obvious, and sharing no code with src/chain/header-tree.ts, to compare it with. */
import { sha256d } from '../../src/bytes/hash.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import type { Network } from '../../src/networks/network.ts';
import { referenceWork } from './reference-rules.ts';

interface Known {
  readonly parent: string;
  readonly work: bigint;
}

/** Everything by hash in hexadecimal, wire order. */
export class TreeModel {
  readonly #headers = new Map<string, Known>();
  readonly #genesis: string;
  #tip: string;

  constructor(network: Network) {
    this.#genesis = this.#learn(fromHex(network.genesisHeaderHex));
    this.#tip = this.#genesis;
  }

  get tip(): string {
    return this.#tip;
  }

  has(hash: string): boolean {
    return this.#headers.has(hash);
  }

  /** Takes in headers that keep the rules, one by one; the last of them may become the tip. */
  add(run: readonly Uint8Array[]): void {
    const end = run.map((header) => this.#learn(header)).at(-1) ?? this.#tip;
    if (this.chainwork(end) > this.chainwork(this.#tip)) this.#tip = end;
  }

  forget(hash: string): void {
    this.#headers.delete(hash);
  }

  /** From genesis to a header. */
  chainTo(hash: string): string[] {
    const chain = [hash];
    for (let at = hash; at !== this.#genesis; chain.push(at)) at = this.parentOf(at);
    return chain.toReversed();
  }

  chainwork(hash: string): bigint {
    return this.chainTo(hash).reduce((sum, at) => sum + this.#known(at).work, 0n);
  }

  parentOf(hash: string): string {
    return this.#known(hash).parent;
  }

  /** The headers off the best chain. */
  side(): string[] {
    const best = new Set(this.chainTo(this.#tip));
    return [...this.#headers.keys()].filter((hash) => !best.has(hash));
  }

  /** The ends of the side branches, each as `hash height chainwork branchLength`. */
  sideTips(): string[] {
    const best = new Set(this.chainTo(this.#tip));
    const parents = new Set([...this.#headers.keys()].map((hash) => this.parentOf(hash)));
    return this.side()
      .filter((hash) => !parents.has(hash))
      .map((hash) => {
        const chain = this.chainTo(hash);
        const length = chain.filter((at) => !best.has(at)).length;
        return [hash, chain.length - 1, this.chainwork(hash), length].join(' ');
      });
  }

  /** Returns the header's hash. */
  #learn(header: Uint8Array): string {
    const hash = toHex(sha256d(header));
    const bits = new DataView(header.buffer, header.byteOffset).getUint32(72, true);
    this.#headers.set(hash, { parent: toHex(header.subarray(4, 36)), work: referenceWork(bits) });
    return hash;
  }

  #known(hash: string): Known {
    const known = this.#headers.get(hash);
    if (known === undefined) throw new RangeError(`no header ${hash}`);
    return known;
  }
}
