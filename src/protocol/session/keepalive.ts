/** Pings to an idle peer, and the end of one that stays silent (BIP 31). */

import type { Message } from '../../wire/message.ts';
import { earliest, type Machine, type Now, type Random } from '../machine.ts';
import type { Disconnect } from '../peer.ts';

export interface KeepaliveOptions {
  /** Time between pings. */
  readonly pingIntervalMs: number;
  /** Time without any message after which a peer is given up. */
  readonly silenceTimeoutMs: number;
}

/** Time for which a peer may leave pings unanswered while it says other things (Core: TIMEOUT_INTERVAL). */
const PONG_TIMEOUT_MS = 20 * 60_000;

export type KeepaliveInput =
  | { readonly type: 'started' }
  | { readonly type: 'received'; readonly message: Message }
  | { readonly type: 'tick' };

export type KeepaliveOutput =
  | { readonly do: 'send'; readonly message: Message }
  | { readonly do: 'hang-up'; readonly disconnect: Disconnect };

export class Keepalive implements Machine<KeepaliveInput, KeepaliveOutput> {
  readonly #options: KeepaliveOptions;
  readonly #random: Random;
  #nextPingMs: number | undefined;
  #lastHeardMs = 0;
  /** When the first ping was sent that no pong has followed; undefined when one has. */
  #unansweredSinceMs: number | undefined;
  #ping: { readonly nonce: bigint; readonly sentMs: number } | undefined;
  #latencyMs: number | undefined;

  constructor(options: KeepaliveOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** The shortest time that a ping took to come back; undefined before the first. */
  get latencyMs(): number | undefined {
    return this.#latencyMs;
  }

  handle(input: KeepaliveInput, now: Now): KeepaliveOutput[] {
    switch (input.type) {
      case 'started':
        this.#lastHeardMs = now.ms;
        return [this.#sendPing(now)];
      case 'received':
        this.#lastHeardMs = now.ms;
        return this.#answer(input.message, now);
      case 'tick':
        return this.#tick(now);
    }
  }

  deadline(): number | undefined {
    return this.#nextPingMs === undefined
      ? undefined
      : earliest(this.#nextPingMs, this.#silentMs(), this.#pongDueMs());
  }

  #pongDueMs(): number | undefined {
    return this.#unansweredSinceMs === undefined ? undefined : this.#unansweredSinceMs + PONG_TIMEOUT_MS;
  }

  #silentMs(): number {
    return this.#lastHeardMs + this.#options.silenceTimeoutMs;
  }

  #answer(message: Message, now: Now): KeepaliveOutput[] {
    if (message.command === 'ping' && message.payload.nonce !== undefined) {
      return [{ do: 'send', message: { command: 'pong', payload: { nonce: message.payload.nonce } } }];
    }
    if (message.command === 'pong') this.#unansweredSinceMs = undefined;
    // A pong with another nonce is not an offence: it may belong to a ping that was given up.
    if (message.command === 'pong' && message.payload.nonce === this.#ping?.nonce) {
      const tookMs = now.ms - this.#ping.sentMs;
      this.#latencyMs = Math.min(tookMs, this.#latencyMs ?? tookMs);
      this.#ping = undefined;
    }
    return [];
  }

  #tick(now: Now): KeepaliveOutput[] {
    if (this.#nextPingMs === undefined) return [];
    if (now.ms >= this.#silentMs()) {
      const detail = `nothing came for ${Math.round((now.ms - this.#lastHeardMs) / 1000)} s`;
      return [{ do: 'hang-up', disconnect: { reason: 'silent', detail } }];
    }
    if (now.ms >= (this.#pongDueMs() ?? Number.POSITIVE_INFINITY)) {
      const detail = `no ping was answered for ${PONG_TIMEOUT_MS / 60_000} min`;
      return [{ do: 'hang-up', disconnect: { reason: 'silent', detail } }];
    }
    return now.ms >= this.#nextPingMs ? [this.#sendPing(now)] : [];
  }

  #sendPing(now: Now): KeepaliveOutput {
    // Zero would be taken for a peer that knows no nonces.
    const nonce = this.#random() || 1n;
    this.#ping = { nonce, sentMs: now.ms };
    this.#unansweredSinceMs ??= now.ms;
    this.#nextPingMs = now.ms + this.#options.pingIntervalMs;
    return { do: 'send', message: { command: 'ping', payload: { nonce } } };
  }
}
