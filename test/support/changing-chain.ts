/** A chain that grows and is reorganised while peers serve it; what it ever was is remembered. */
import { sha256d } from '../../src/bytes/hash.ts';
import { fromDisplayHex, toDisplayHex } from '../../src/bytes/hex.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import type { LocatorRequestPayload } from '../../src/wire/messages/locator-request.ts';
import { concatenated } from './concatenated.ts';
import { blockInv } from './messages.ts';
import { headerAt, mine, REGTEST_GENESIS } from './mine.ts';
import { type Behaviour, headersPayload, type WirePeer } from './wire-peer.ts';

const MAX_HEADERS = 2000;

export class ChangingChain {
  /** By height, from genesis on. */
  readonly #headers: Uint8Array[] = [];
  readonly #hashes: Uint8Array[] = [];
  /** Heights in the chain as it is now, by hash in display order. */
  readonly #heights = new Map<string, number>();
  /** Heights of all headers that it ever had. */
  readonly #everHad = new Map<string, number>();
  #salt = 0;

  /** @param genesis its 80 bytes. */
  constructor(genesis: Uint8Array = REGTEST_GENESIS) {
    this.#append(genesis);
  }

  /** A regtest chain of so many headers above genesis. */
  static mined(count: number): ChangingChain {
    const chain = new ChangingChain();
    chain.replace(0, count);
    return chain;
  }

  get height(): number {
    return this.#headers.length - 1;
  }

  /** Display order. */
  get tip(): string {
    return this.hashAt(this.height);
  }

  /** Display order. */
  hashAt(height: number): string {
    return toDisplayHex(this.#hashes[height] as Uint8Array);
  }

  /** The hashes from one height to another, both included, display order. */
  hashes(from: number, to: number = this.height): string[] {
    return this.#hashes.slice(from, to + 1).map(toDisplayHex);
  }

  /** The headers from one height to another, both included, 80 bytes each. */
  slice(from: number, to: number = this.height): Uint8Array {
    return concatenated(...this.#headers.slice(from, to + 1));
  }

  /** The height of a header that the chain has now or had once. */
  heightOf(hash: string): number | undefined {
    return this.#everHad.get(hash);
  }

  /** Takes off the last headers and mines new ones, of regtest, on what is left: with `depth` 0 the chain just grows. */
  replace(depth: number, count: number): void {
    const fork = this.height - depth;
    const parent = this.#headers[fork] as Uint8Array;
    this.become(fork, mine(count, { parent, salt: ++this.#salt }));
  }

  /** Takes off all headers above a height and puts these in their place. */
  become(fork: number, headers: Uint8Array): void {
    this.#headers.splice(fork + 1);
    for (const hash of this.#hashes.splice(fork + 1)) this.#heights.delete(toDisplayHex(hash));
    this.#append(headers);
  }

  /** What a peer with this chain answers to getheaders. */
  answer({ locator, stop }: LocatorRequestPayload): Uint8Array {
    const heights = locator.map((hash) => this.#heights.get(toDisplayHex(hash)));
    const from = (heights.find((height) => height !== undefined) ?? 0) + 1;
    const stopHeight = this.#heights.get(toDisplayHex(stop));
    const to = Math.min(this.height, from + MAX_HEADERS - 1);
    return this.slice(from, stopHeight !== undefined && stopHeight >= from ? Math.min(stopHeight, to) : to);
  }

  #append(headers: Uint8Array): void {
    for (let i = 0; i < headers.length / HEADER_SIZE_BYTES; i++) {
      const bytes = headerAt(headers, i);
      const hash = sha256d(bytes);
      this.#headers.push(bytes);
      this.#hashes.push(hash);
      this.#heights.set(toDisplayHex(hash), this.height);
      this.#everHad.set(toDisplayHex(hash), this.height);
    }
  }
}

/** Answers as a node does whose chain may have changed since the last question. */
export function keepingUpWith(chain: ChangingChain): Behaviour {
  return async (connection) => {
    await connection.shakeHands({ startHeight: chain.height });
    for (;;) {
      const request = await connection.next('getheaders');
      if (request === undefined) return;
      connection.sendPayload('headers', headersPayload(chain.answer(request.payload)));
    }
  };
}

/** Tells all who are connected that there is a new tip; they ask for what they lack. */
export function announceTip(peer: WirePeer, chain: ChangingChain): void {
  const tip = fromDisplayHex(chain.tip);
  for (const connection of peer.connections) if (!connection.isOver) connection.send(blockInv(tip));
}
