/** One connection from its first byte to its last: the handshake, then the upkeep, and all other messages passed on. */

import type { Message } from '../../wire/message.ts';
import type { Machine, Now, Random } from '../machine.ts';
import type { Disconnect, PeerInfo } from '../peer.ts';
import { type Established, Handshake, type HandshakeOptions, type HandshakeStep } from './handshake.ts';
import { Keepalive, type KeepaliveOptions } from './keepalive.ts';

export interface SessionOptions extends KeepaliveOptions {
  /** Time from connecting to the peer's verack. */
  readonly handshakeTimeoutMs: number;
}

/**
 * The times a session keeps to unless told otherwise. Core waits a minute for a handshake; a client that tries one
 * address after another has less patience.
 */
export const SESSION_DEFAULTS: SessionOptions = {
  pingIntervalMs: 30_000,
  silenceTimeoutMs: 90_000,
  handshakeTimeoutMs: 20_000,
};

export type SessionInput =
  | { readonly type: 'connected' }
  | { readonly type: 'received'; readonly message: Message }
  | { readonly type: 'tick' };

export type SessionOutput =
  | { readonly do: 'send'; readonly message: Message }
  /** The handshake is over: the peer may be asked things now. */
  | ({ readonly do: 'establish' } & Established)
  /** A message that is none of the session's business. */
  | { readonly do: 'pass-on'; readonly message: Message }
  | { readonly do: 'hang-up'; readonly disconnect: Disconnect };

type State =
  | { readonly phase: 'shaking-hands'; readonly deadlineMs: number }
  | { readonly phase: 'established' }
  | { readonly phase: 'over' };

export class Session implements Machine<SessionInput, SessionOutput> {
  readonly #handshake: Handshake;
  readonly #keepalive: Keepalive;
  readonly #handshakeTimeoutMs: number;
  #state: State = { phase: 'shaking-hands', deadlineMs: Number.POSITIVE_INFINITY };

  constructor(options: SessionOptions, handshake: HandshakeOptions, random: Random) {
    this.#handshake = new Handshake(handshake);
    this.#keepalive = new Keepalive(options, random);
    this.#handshakeTimeoutMs = options.handshakeTimeoutMs;
  }

  /** What the peer said of itself; undefined until the handshake is over. */
  get info(): PeerInfo | undefined {
    return this.#state.phase === 'established' ? this.#handshake.info : undefined;
  }

  /** The shortest round trip seen, in milliseconds. */
  get latencyMs(): number | undefined {
    return this.#keepalive.latencyMs;
  }

  handle(input: SessionInput, now: Now): SessionOutput[] {
    switch (this.#state.phase) {
      case 'shaking-hands':
        return this.#shakeHands(input, now, this.#state.deadlineMs);
      case 'established':
        return this.#keepUp(input, now);
      case 'over':
        return [];
    }
  }

  deadline(): number | undefined {
    switch (this.#state.phase) {
      case 'shaking-hands':
        return this.#state.deadlineMs;
      case 'established':
        return this.#keepalive.deadline();
      case 'over':
        return undefined;
    }
  }

  #shakeHands(input: SessionInput, now: Now, deadlineMs: number): SessionOutput[] {
    switch (input.type) {
      case 'connected':
        this.#state = { phase: 'shaking-hands', deadlineMs: now.ms + this.#handshakeTimeoutMs };
        return this.#step(this.#handshake.start(now), now);
      case 'received':
        return this.#step(this.#handshake.receive(input.message, now), now);
      case 'tick':
        if (now.ms < deadlineMs) return [];
        return this.#hangUp({ reason: 'handshake-timeout', detail: this.#missing() });
    }
  }

  #missing(): string {
    return this.#handshake.info === undefined ? 'its version did not come' : 'its verack did not come';
  }

  #step(step: HandshakeStep, now: Now): SessionOutput[] {
    switch (step.kind) {
      case 'send':
        return step.messages.map((message) => ({ do: 'send', message }));
      case 'done':
        this.#state = { phase: 'established' };
        return [
          { do: 'establish', ...step.established },
          ...this.#keepalive.handle({ type: 'started' }, now),
        ];
      case 'refused':
        return this.#hangUp(step.disconnect);
    }
  }

  #keepUp(input: SessionInput, now: Now): SessionOutput[] {
    if (input.type === 'connected') throw new TypeError('Session: connected twice');
    const outputs: SessionOutput[] = [];
    for (const output of this.#keepalive.handle(input, now)) {
      outputs.push(...(output.do === 'hang-up' ? this.#hangUp(output.disconnect) : [output]));
    }
    if (input.type === 'received') outputs.push({ do: 'pass-on', message: input.message });
    return outputs;
  }

  #hangUp(disconnect: Disconnect): SessionOutput[] {
    this.#state = { phase: 'over' };
    return [{ do: 'hang-up', disconnect }];
  }
}
