/** Headers of a chain whose work is not known yet, looked at twice before any is kept (Core: src/headerssync.cpp). */

import { equalBytes } from '../../bytes/hash.ts';
import { MAX_FUTURE_SECONDS } from '../../chain/check-header.ts';
import { compactHex } from '../../chain/compact-target.ts';
import type { HeaderRun } from '../../chain/header-run.ts';
import { isPermittedTransition } from '../../chain/permitted-transition.ts';
import { WorkMeter } from '../../chain/work.ts';
import type { Network } from '../../networks/network.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../wire/messages/headers.ts';
import type { Random } from '../machine.ts';
import { Commitments } from './commitments.ts';
import { RedownloadBuffer } from './redownload-buffer.ts';

/**
 * Blocks a second of the fastest chain that the rules allow. A header must be later than the median of the eleven before
 * it, so six headers can share a second and the seventh must take the next one.
 */
const MAX_BLOCKS_PER_SECOND = 6;

/** The header that the peer's chain leaves ours at. Everything up to it is stored. */
export interface PresyncFork {
  readonly height: number;
  /** 32 bytes in wire order. */
  readonly hash: Uint8Array;
  readonly bits: number;
  readonly chainwork: bigint;
  /** Median time past of the fork, Unix seconds: no header above it is earlier. */
  readonly medianTime: number;
}

export interface PresyncOptions {
  readonly network: Network;
  readonly fork: PresyncFork;
  /** Chainwork from which on a chain may be stored. */
  readonly threshold: bigint;
  /** Our clock, Unix seconds: it bounds how long a chain can be. */
  readonly nowSeconds: number;
  readonly random: Random;
}

/** What to do after an answer of the peer. */
export type PresyncStep =
  /** Store what is ready, then ask for what comes after {@link Presync.from}. */
  | { readonly kind: 'more'; readonly ready: Iterable<HeaderRun> }
  /**
   * The chain has the work. Store what is ready, then go on with the peer as with any other. The runs, of no more headers
   * than a message holds, are made while they are iterated, which can be done once: all at the same time would be many.
   */
  | { readonly kind: 'done'; readonly ready: Iterable<HeaderRun> }
  /** The peer has no more headers, and those it had are too little work. This is where they ended. */
  | { readonly kind: 'ended'; readonly height: number; readonly chainwork: bigint }
  | { readonly kind: 'refused'; readonly reason: PresyncRefusal; readonly detail: string };

/**
 * Why the rest of a chain is not looked at.
 *
 * - `not-continuous`: innocent. The peer left the branch that we were asking about, or announced a block in between.
 * - `chain-changed`: what came the second time is not what came the first time. A reorganisation between the two does that,
 *   if it took away a header that was remembered. Where more than a few blocks below the end were exchanged, an attack.
 * - `bad-diffbits`: an attack: no chain whatever has these bits there.
 * - `chain-too-long`: an attack, if our clock is right: more headers than time has allowed for.
 */
export type PresyncRefusal = 'not-continuous' | 'chain-changed' | 'bad-diffbits' | 'chain-too-long';

/**
 * A chain from one peer, until it is known to be worth its room.
 *
 * The problem: which chain is best is told by its work, and the work of a chain is known when all its headers are there.
 * A peer sends them two thousand at a time, and each must be kept somewhere until the last has come.
 *
 * The attack: headers of the easiest target cost next to nothing, and near genesis that target is what the rules ask for.
 * Who makes a hundred million of them can send them to everybody for ever after, and whoever stores them first and adds
 * them up later has lost his memory and his disk to a chain that never wins. Hard-coded checkpoints would stop that, but
 * then somebody decides what the chain is.
 *
 * The way out is to have everything sent twice, for the honest chain is sent twice at little cost.
 *
 * First the work is counted and the headers are thrown away. Of the chain only the last header's hash and bits stay, and
 * the sum. If the peer runs out of headers before the sum is enough, nothing was lost but time.
 *
 * If it is enough, there is a chain worth having, and we ask for it again from the fork. But now the peer may send another
 * one, long and worthless, since the proof was thrown away. Therefore, while counting, something small is remembered of it:
 * a single bit of a salted hash, for one header in `commitmentPeriod`. A header fixes all headers below it by their hashes,
 * so whoever changes one changes all above, and every bit above is then right with a chance of one half only. When a header
 * comes the second time it waits in a buffer, and is let go when `bufferSize` headers lie on top of it: on mainnet there are
 * 23 bits or 24 among these, and when all are right it is the header from the first time, but for one try in eight million.
 * Each try costs a forger an upload of the whole chain that was counted. He cannot prepare for it: salt and positions are
 * secret, and drawn anew each time.
 *
 * So one bit in several hundred headers is enough because a bit need not protect its own header; it is the number of bits in
 * the buffer that counts. A longer period costs a larger buffer, a shorter one more bits: both numbers of a network were
 * chosen together so that the larger of both costs is least.
 *
 * When the work is enough the second time too, nothing is left to guard: all that waits is let go, whatever it is.
 *
 * What is guarded here is memory and nothing else. The caller has looked at each header's proof of work and at the links
 * within a run; the exact rules are for the tree, when it takes in what is ready. That bits change by no more than any rule
 * allows is checked all the same: otherwise a miner might try his luck with a single header of enormous work.
 */
export class Presync {
  readonly #network: Network;
  readonly #fork: PresyncFork;
  readonly #threshold: bigint;
  readonly #commitments: Commitments;
  readonly #work = new WorkMeter();
  /** What waits in the second phase; undefined in the first. */
  #buffer: RedownloadBuffer | undefined;
  #isOver = false;
  /** How far the phase has come: the last header, and the chainwork up to it. */
  #from: Uint8Array;
  #height: number;
  #bits: number;
  #chainwork: bigint;

  constructor({ network, fork, threshold, nowSeconds, random }: PresyncOptions) {
    this.#network = network;
    // The hash may be a view of something larger.
    this.#fork = { ...fork, hash: new Uint8Array(fork.hash) };
    this.#threshold = threshold;
    const period = network.presync.commitmentPeriod;
    const seconds = nowSeconds + MAX_FUTURE_SECONDS - fork.medianTime;
    const max = Math.floor((MAX_BLOCKS_PER_SECOND * seconds) / period);
    this.#commitments = new Commitments({ period, max, random });
    this.#from = this.#fork.hash;
    this.#height = fork.height;
    this.#bits = fork.bits;
    this.#chainwork = fork.chainwork;
  }

  /** Hash of the header after which the peer is to be asked next. */
  get from(): Uint8Array {
    return this.#from;
  }

  /** Height of that header. */
  get height(): number {
    return this.#height;
  }

  /** Whether the work is still being counted, or what was counted is being fetched again. */
  get phase(): 'counting' | 'fetching-again' {
    return this.#buffer === undefined ? 'counting' : 'fetching-again';
  }

  /** Bytes of memory held between two answers, but for what every object of ours is. */
  get memoryBytes(): number {
    return this.#commitments.memoryBytes + (this.#buffer?.memoryBytes ?? 0);
  }

  /**
   * Takes in the answer to a request for what comes after {@link from}. After any step but `more` it is over.
   *
   * @param run headers with proof of work, each the parent of the next.
   * @param isFull whether the answer had as many headers as a message holds, so that there may be more.
   */
  take(run: HeaderRun, isFull: boolean): PresyncStep {
    if (this.#isOver) throw new TypeError('take: it is over');
    const buffer = this.#buffer;
    const step =
      run.count > 0 && !equalBytes(run.prevAt(0), this.#from)
        ? refused('not-continuous', `no child of the header at height ${this.#height}`)
        : buffer === undefined
          ? this.#count(run, isFull)
          : this.#compare(run, isFull, buffer);
    this.#isOver = step.kind !== 'more';
    return step;
  }

  /** First phase. */
  #count(run: HeaderRun, isFull: boolean): PresyncStep {
    for (let index = 0; index < run.count; index++) {
      const fault = this.#advance(run, index);
      if (fault !== undefined) return fault;
      if (this.#commitments.isDueAt(this.#height) && !this.#commitments.add(run.hashAt(index))) {
        return refused('chain-too-long', `no chain can have come to height ${this.#height} by now`);
      }
      // The rest of the run will come again.
      if (this.#chainwork >= this.#threshold) return this.#beginAgain();
    }
    return this.#askOnOrEnd(run, isFull, []);
  }

  #beginAgain(): PresyncStep {
    const { hash, height, bits, chainwork } = this.#fork;
    this.#buffer = new RedownloadBuffer(hash);
    this.#from = hash;
    this.#height = height;
    this.#bits = bits;
    this.#chainwork = chainwork;
    return { kind: 'more', ready: [] };
  }

  /** Second phase. */
  #compare(run: HeaderRun, isFull: boolean, buffer: RedownloadBuffer): PresyncStep {
    for (let index = 0; index < run.count; index++) {
      const fault = this.#advance(run, index);
      if (fault !== undefined) return fault;
      if (this.#chainwork >= this.#threshold) {
        return { kind: 'done', ready: all(buffer, run.part(index, run.count)) };
      }
      if (this.#commitments.isDueAt(this.#height) && !this.#commitments.confirm(run.hashAt(index))) {
        return refused('chain-changed', `another header at height ${this.#height}, or below it, than before`);
      }
      buffer.push(run.bytesAt(index));
    }
    const excess = buffer.size - this.#network.presync.bufferSize;
    return this.#askOnOrEnd(run, isFull, excess > 0 ? [buffer.shift(excess)] : []);
  }

  /** Goes on by one header, as both phases do. */
  #advance(run: HeaderRun, index: number): PresyncStep | undefined {
    const bits = run.bitsAt(index);
    const height = this.#height + 1;
    if (!isPermittedTransition({ height, parentBits: this.#bits, bits }, this.#network)) {
      const change = `from bits ${compactHex(this.#bits)} to ${compactHex(bits)}`;
      return refused('bad-diffbits', `${change} at height ${height}, which no chain allows`);
    }
    this.#height = height;
    this.#bits = bits;
    this.#chainwork += this.#work.of(bits);
    return undefined;
  }

  #askOnOrEnd(run: HeaderRun, isFull: boolean, ready: Iterable<HeaderRun>): PresyncStep {
    if (!isFull) return { kind: 'ended', height: this.#height, chainwork: this.#chainwork };
    // A copy, for the message that it came in need not stay; `slice` would make none of a Buffer.
    this.#from = new Uint8Array(run.hashAt(run.count - 1));
    return { kind: 'more', ready };
  }
}

/** All that waits, and then the last run from the header on that made the work enough. */
function* all(buffer: RedownloadBuffer, last: HeaderRun): Generator<HeaderRun, void> {
  while (buffer.size > 0) yield buffer.shift(Math.min(buffer.size, MAX_HEADERS_PER_MESSAGE));
  yield last;
}

function refused(reason: PresyncRefusal, detail: string): PresyncStep {
  return { kind: 'refused', reason, detail };
}
