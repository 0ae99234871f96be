/**
 * Presync as it would be with all the memory in the world: every header of both phases is kept, and each answer is judged
 * by going through all of them again.
 */
import { sha256 } from '../../src/bytes/hash.ts';
import type { PresyncRefusal } from '../../src/protocol/headers/presync.ts';
import type { Random } from '../../src/protocol/machine.ts';
import { concatenated } from './concatenated.ts';

export interface ModelHeader {
  readonly name: string;
  readonly prev: string;
  readonly hash: Uint8Array;
  readonly work: number;
  /** Whether its bits may follow its parent's. */
  readonly isPermitted: boolean;
}

export interface ModelRules {
  readonly period: number;
  readonly bufferSize: number;
  /** Work above the fork that is enough. */
  readonly enough: number;
  /** Remembered headers beyond which a chain is too long. */
  readonly maxRemembered: number;
  readonly forkName: string;
  readonly forkHeight: number;
  readonly forkWork: bigint;
}

export type ModelStep =
  | { readonly kind: 'more' | 'done'; readonly ready: readonly string[] }
  | { readonly kind: 'ended'; readonly height: number; readonly chainwork: bigint }
  | { readonly kind: 'refused'; readonly reason: PresyncRefusal };

export class PresyncModel {
  readonly #rules: ModelRules;
  readonly #salt: Uint8Array;
  readonly #offset: number;
  /** All that came in the first phase, up to the header that made it enough. */
  #first: ModelHeader[] = [];
  #second: ModelHeader[] | undefined;
  #released = 0;

  /** @param random the same that the real one draws from: four numbers make the salt, the fifth the offset. */
  constructor(rules: ModelRules, random: Random) {
    this.#rules = rules;
    this.#salt = new Uint8Array(new BigUint64Array(Array.from({ length: 4 }, random)).buffer);
    this.#offset = Number(random() % BigInt(rules.period));
  }

  /** The header that is to be built on next. */
  get from(): string {
    return (this.#second ?? this.#first).at(-1)?.name ?? this.#rules.forkName;
  }

  take(headers: readonly ModelHeader[], isFull: boolean): ModelStep {
    const [first] = headers;
    if (first !== undefined && first.prev !== this.from) return { kind: 'refused', reason: 'not-continuous' };
    return this.#second === undefined ? this.#count(headers, isFull) : this.#compare(headers, isFull);
  }

  #count(headers: readonly ModelHeader[], isFull: boolean): ModelStep {
    for (const header of headers) {
      this.#first.push(header);
      if (!header.isPermitted) return { kind: 'refused', reason: 'bad-diffbits' };
      if (this.#remembered(this.#first).length > this.#rules.maxRemembered) {
        return { kind: 'refused', reason: 'chain-too-long' };
      }
      if (this.#isEnough(this.#first)) {
        this.#second = [];
        return { kind: 'more', ready: [] };
      }
    }
    if (!isFull) return this.#end(this.#first);
    return { kind: 'more', ready: [] };
  }

  #compare(headers: readonly ModelHeader[], isFull: boolean): ModelStep {
    const second = (this.#second ??= []);
    for (const [index, header] of headers.entries()) {
      second.push(header);
      if (!header.isPermitted) return { kind: 'refused', reason: 'bad-diffbits' };
      if (this.#isEnough(second)) {
        second.push(...headers.slice(index + 1));
        return { kind: 'done', ready: this.#release(second.length) };
      }
      const before = this.#remembered(this.#first).map((kept) => this.#bitOf(kept));
      const now = this.#remembered(second).map((kept) => this.#bitOf(kept));
      // An undefined bit of before, where there are more now, is unlike every bit.
      if (now.some((bit, i) => bit !== before[i])) return { kind: 'refused', reason: 'chain-changed' };
    }
    if (!isFull) return this.#end(second);
    return { kind: 'more', ready: this.#release(second.length - this.#rules.bufferSize) };
  }

  #release(end: number): string[] {
    if (end <= this.#released) return [];
    const names = (this.#second ?? []).slice(this.#released, end).map(({ name }) => name);
    this.#released = end;
    return names;
  }

  #end(headers: readonly ModelHeader[]): ModelStep {
    const { forkHeight, forkWork } = this.#rules;
    return {
      kind: 'ended',
      height: forkHeight + headers.length,
      chainwork: forkWork + BigInt(workOf(headers)),
    };
  }

  #isEnough(headers: readonly ModelHeader[]): boolean {
    return workOf(headers) >= this.#rules.enough;
  }

  /** Those headers at the secret heights. */
  #remembered(headers: readonly ModelHeader[]): ModelHeader[] {
    const { forkHeight, period } = this.#rules;
    return headers.filter((_, index) => (forkHeight + 1 + index) % period === this.#offset);
  }

  #bitOf({ hash }: ModelHeader): number {
    return (sha256(concatenated(this.#salt, hash))[0] as number) % 2;
  }
}

function workOf(headers: readonly ModelHeader[]): number {
  return headers.reduce((sum, { work }) => sum + work, 0);
}
