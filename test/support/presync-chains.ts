/** Chains for presync, peers that serve them as fast as they are asked, and a whole conversation with one of them. */
import { sha256d } from '../../src/bytes/hash.ts';
import { fromHex } from '../../src/bytes/hex.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { workOfBits } from '../../src/chain/work.ts';
import type { Network } from '../../src/networks/network.ts';
import { regtest } from '../../src/networks/regtest.ts';
import {
  Presync,
  type PresyncFork,
  type PresyncOptions,
  type PresyncStep,
} from '../../src/protocol/headers/presync.ts';
import { HEADER_OFFSETS, HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../src/wire/messages/headers.ts';
import { concatenated } from './concatenated.ts';
import { seededRandom } from './false-time.ts';

/** A clock that leaves time for more headers than any test has. */
export const MUCH_LATER = 2_000_000_000;

export interface LinkedOptions {
  /** Hash of the header below the first; genesis of regtest by default. */
  readonly prev?: Uint8Array;
  readonly bits?: number | ((index: number) => number);
  /** Unlike salts make unlike headers on the same parent. */
  readonly salt?: number;
}

/** Headers that are linked and have no proof of work: presync leaves that to its caller. */
export function linked(count: number, options: LinkedOptions = {}): HeaderRun {
  const { prev = genesisFork(regtest).hash, bits = regtest.powLimitBits, salt = 0 } = options;
  const bytes = new Uint8Array(count * HEADER_SIZE_BYTES);
  const view = new DataView(bytes.buffer);
  let last = prev;
  for (let index = 0, start = 0; index < count; index++, start += HEADER_SIZE_BYTES) {
    bytes.set(last, start + HEADER_OFFSETS.prev);
    view.setUint32(start + HEADER_OFFSETS.merkleRoot, salt, true);
    view.setUint32(start + HEADER_OFFSETS.bits, typeof bits === 'number' ? bits : bits(index), true);
    last = sha256d(bytes.subarray(start, start + HEADER_SIZE_BYTES));
  }
  return HeaderRun.linked(bytes, last);
}

/** The first `index` headers of a chain, and after them others: as many as wanted. */
export function changedFrom(
  chain: HeaderRun,
  index: number,
  { count = chain.count - index, ...options }: LinkedOptions & { readonly count?: number } = {},
): HeaderRun {
  const others = linked(count, { prev: new Uint8Array(chain.prevAt(index)), salt: 7, ...options });
  return HeaderRun.linked(concatenated(chain.slice(0, index), others.bytes), others.hashAt(count - 1));
}

export function genesisFork(network: Network): PresyncFork {
  const genesis = HeaderRun.fromBytes(fromHex(network.genesisHeaderHex));
  const bits = genesis.bitsAt(0);
  const hash = genesis.hashAt(0);
  return { height: 0, hash, bits, chainwork: workOfBits(bits), medianTime: genesis.timeAt(0) };
}

export interface PresyncWishes extends Partial<Omit<PresyncOptions, 'random'>> {
  readonly seed?: number;
}

/** By default of regtest, from genesis, with all the time there is. */
export function presyncOf({ network = regtest, seed = 1, ...options }: PresyncWishes): Presync {
  const common = { fork: genesisFork(network), threshold: 2n ** 255n, nowSeconds: MUCH_LATER };
  return new Presync({ ...common, ...options, network, random: seededRandom(seed) });
}

/** Answers with what follows a header of its chain, and with all of it to whoever names none. */
export class ChainPeer {
  readonly #chain: HeaderRun;
  readonly #size: number;

  /** @param size headers that make an answer full. */
  constructor(chain: HeaderRun, size: number = MAX_HEADERS_PER_MESSAGE) {
    this.#chain = chain;
    this.#size = size;
  }

  answer(presync: Presync): { readonly run: HeaderRun; readonly isFull: boolean } {
    const first = this.#indexAfter(presync.from);
    const end = Math.min(first + this.#size, this.#chain.count);
    return { run: this.#chain.part(first, end), isFull: end - first === this.#size };
  }

  #indexAfter(hash: Uint8Array): number {
    const last = HEADER_SIZE_BYTES;
    const at = Buffer.from(this.#chain.bytes.buffer, this.#chain.bytes.byteOffset, this.#chain.bytes.length);
    for (let from = 0; ;) {
      const found = at.indexOf(hash, from);
      if (found === -1) break;
      if (found % last === HEADER_OFFSETS.prev) return (found - HEADER_OFFSETS.prev) / last;
      from = found + 1;
    }
    const isLast = Buffer.from(this.#chain.hashAt(this.#chain.count - 1)).equals(hash);
    return isLast ? this.#chain.count : 0;
  }
}

export interface Played {
  /** The steps in order; what was ready is taken out of them. */
  readonly steps: readonly PresyncStep['kind'][];
  readonly end: PresyncStep;
  /** All that was ready, in order. */
  readonly ready: readonly HeaderRun[];
  /** The same as bytes, 80 a header. */
  readonly bytes: Uint8Array;
  /** The most memory that was held after a step. */
  readonly memoryBytes: number;
}

/** Talks to a peer until it is over. The peer may be another one in the second phase. */
export function play(presync: Presync, first: ChainPeer, second: ChainPeer = first): Played {
  const steps: PresyncStep['kind'][] = [];
  const ready: HeaderRun[] = [];
  let memoryBytes = 0;
  for (;;) {
    const { run, isFull } = (presync.phase === 'counting' ? first : second).answer(presync);
    const step = presync.take(run, isFull);
    steps.push(step.kind);
    if (step.kind === 'more' || step.kind === 'done') ready.push(...step.ready);
    memoryBytes = Math.max(memoryBytes, presync.memoryBytes);
    if (step.kind === 'more') continue;
    const bytes = concatenated(...ready.map((part) => part.bytes));
    return { steps, end: step, ready, bytes, memoryBytes };
  }
}
