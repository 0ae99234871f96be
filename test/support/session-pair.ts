/** Two ends of a connection on one false clock, and a line between them that takes its time. */
import type { Message } from '../../src/wire/message.ts';
import { Session, type SessionOptions, type SessionOutput } from '../../src/protocol/session/session.ts';
import { FalseClock, seededRandom } from './false-time.ts';

/** What an end did, and when. */
export interface Deed {
  /** Milliseconds since the connection. */
  readonly ms: number;
  readonly end: 'caller' | 'called';
  readonly output: SessionOutput;
}

export interface PairOptions {
  readonly latencyMs?: number;
  readonly caller?: Partial<SessionOptions>;
  readonly called?: Partial<SessionOptions>;
  /** Whether a message that was sent arrives. */
  readonly arrives?: (message: Message, from: Deed['end']) => boolean;
}

const TIMES: SessionOptions = {
  pingIntervalMs: 30_000,
  silenceTimeoutMs: 90_000,
  handshakeTimeoutMs: 20_000,
};

export class SessionPair {
  readonly clock: FalseClock = new FalseClock();
  readonly deeds: Deed[] = [];
  readonly caller: Session;
  readonly called: Session;
  readonly #options: PairOptions;
  readonly #startMs = this.clock.ms;
  readonly #onTheWay: { readonly atMs: number; readonly to: Deed['end']; readonly message: Message }[] = [];

  constructor(options: PairOptions = {}) {
    this.#options = options;
    this.caller = newSession('caller', options);
    this.called = newSession('called', options);
  }

  /** Connects both ends, and lets time pass. */
  run(forMs: number): void {
    const endMs = this.#startMs + forMs;
    for (const end of ['caller', 'called'] as const) {
      this.#note(end, this[end].handle({ type: 'connected' }, this.clock.now));
    }
    for (let steps = 0; ; steps++) {
      if (steps > 100_000) throw new Error('the two never come to rest');
      const arrivalMs = this.#onTheWay[0]?.atMs ?? Number.POSITIVE_INFINITY;
      const dueMs = Math.min(this.caller.deadline() ?? endMs, this.called.deadline() ?? endMs);
      if (Math.min(arrivalMs, dueMs) >= endMs) break;
      this.clock.advanceTo(Math.min(arrivalMs, dueMs));
      if (arrivalMs <= dueMs) this.#deliver();
      else this.#tick();
    }
    this.clock.advanceTo(endMs);
  }

  /** When, and to what end, some kind of output came. */
  when(kind: SessionOutput['do'], end: Deed['end']): number[] {
    return this.deeds.filter((deed) => deed.end === end && deed.output.do === kind).map(({ ms }) => ms);
  }

  #deliver(): void {
    const arrived = this.#onTheWay.shift();
    if (arrived === undefined) return;
    const { to, message } = arrived;
    this.#note(to, this[to].handle({ type: 'received', message }, this.clock.now));
  }

  #tick(): void {
    for (const end of ['caller', 'called'] as const) {
      this.#note(end, this[end].handle({ type: 'tick' }, this.clock.now));
    }
  }

  #note(end: Deed['end'], outputs: readonly SessionOutput[]): void {
    const { latencyMs = 0, arrives = () => true } = this.#options;
    for (const output of outputs) {
      this.deeds.push({ ms: this.clock.ms - this.#startMs, end, output });
      if (output.do !== 'send' || !arrives(output.message, end)) continue;
      const to = end === 'caller' ? 'called' : 'caller';
      this.#onTheWay.push({ atMs: this.clock.ms + latencyMs, to, message: output.message });
    }
  }
}

function newSession(end: Deed['end'], options: PairOptions): Session {
  const handshake = {
    isOutbound: end === 'caller',
    needsServices: false,
    userAgent: `/${end}/`,
    startHeight: end === 'caller' ? 1 : 2,
    wantsTxs: false,
    nonce: end === 'caller' ? 11n : 22n,
    isOwnNonce: (nonce: bigint) => nonce === (end === 'caller' ? 11n : 22n),
  };
  return new Session({ ...TIMES, ...options[end] }, handshake, seededRandom(handshake.startHeight));
}
