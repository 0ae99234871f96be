/** All chance of a simulation, from one seed: the same seed gives the same numbers, everywhere and for ever. */
import type { Random } from '../../src/protocol/machine.ts';

export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = 0x9e3779b9;
    // Seeds that differ in one bit are far apart after a few rounds.
    for (let i = 0; i < 12; i++) this.#word();
  }

  /** Another source that is independent of how much is drawn from this one later. */
  fork(): Chance {
    return new Chance(this.#word() + this.#word() * 2 ** 32);
  }

  /** From 0 up to, but without, 1. */
  fraction(): number {
    return this.#word() / 2 ** 32;
  }

  /** A whole number from one to another, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** @param probability from 0 (never) to 1 (always). */
  maybe(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.int(0, items.length - 1)] as T;
  }

  /** One of some things, each as likely as its weight says. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let left = this.fraction() * items.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, item] of items) {
      left -= weight;
      if (left < 0) return item;
    }
    return this.pick(items)[1];
  }

  /** Some of the items, none twice, in any order. */
  sample<T>(items: readonly T[], count: number): T[] {
    const rest = [...items];
    const taken: T[] = [];
    while (taken.length < count && rest.length > 0) {
      const at = this.int(0, rest.length - 1);
      taken.push(rest[at] as T);
      rest[at] = rest.at(-1) as T;
      rest.pop();
    }
    return taken;
  }

  shuffled<T>(items: readonly T[]): T[] {
    return this.sample(items, items.length);
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.int(0, 255));
  }

  /** Time to the next of events that come independently of each other. */
  pause(meanMs: number): number {
    return Math.ceil(-Math.log(1 - this.fraction()) * meanMs);
  }

  bits64(): bigint {
    return (BigInt(this.#word()) << 32n) | BigInt(this.#word());
  }

  /** For machines that have their chance handed in. */
  get random(): Random {
    return () => this.bits64();
  }

  /** Chris Doty-Humphrey's sfc32. */
  #word(): number {
    const result = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result;
    return result >>> 0;
  }
}
