/** Fetches filters of blocks from all peers that serve them (BIP 157, `getcfilters`); each is checked before it counts. */

import type { Message } from '../../wire/message.ts';
import { BASIC_FILTER_TYPE } from '../../filters/index.ts';
import { earliest, type Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import type { FilterServer } from './scan-contract.ts';
import type { Stretch } from './stretch.ts';

/** Filters asked for at once: those of large blocks are some ten thousand bytes each. At most 1,000 are allowed. */
const FILTERS_PER_REQUEST = 200;
/** Requests that a peer may have to answer, so that it need not wait for the next one over a long line. */
const REQUESTS_PER_PEER = 3;
/** Time after which one that has nothing to do is asked for what another has not sent: nobody shall make all wait. */
const HELP_AFTER_MS = 5_000;

interface Request {
  readonly peer: PeerId;
  readonly stretch: Stretch;
  /** Heights whose filters have not come, in ascending order. */
  readonly pending: Set<number>;
  /** When another may be asked as well; undefined when one was. */
  helpMs: number | undefined;
}

export class FilterFetch {
  readonly #timeoutMs: number;
  /** Oldest first. */
  readonly #requests = new Map<PeerId, Request[]>();
  /** Filters that peers have yet to send, and that are not needed any more. */
  readonly #staleCounts = new Map<PeerId, number>();
  /** Peers that have sent what they were asked for. */
  readonly #useful = new Set<PeerId>();
  /** When a peer must have sent the next filter. */
  readonly #dueMs = new Map<PeerId, number>();
  /** Peers that others had to help: they are asked last. */
  readonly #slow = new Set<PeerId>();
  /** Stretches of which peers are asked for nothing. */
  readonly #barred = new Map<PeerId, Set<Stretch>>();
  /** When some request is so old that another peer may be asked as well; in the past while there is none who could. */
  #helpMs: number | undefined;
  /** Until when that was looked into; undefined when there is nobody to help. */
  #lookedMs: number | undefined;

  /** @param timeoutMs time that a peer has for each filter. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** What is to be asked now, of the first stretches first. */
  take(
    stretches: readonly Stretch[],
    servers: readonly FilterServer[],
    hashAt: (height: number) => Uint8Array,
    now: Now,
  ): { readonly peer: PeerId; readonly message: Message }[] {
    const asked: { peer: PeerId; message: Message }[] = [];
    for (const stretch of stretches) {
      for (;;) {
        const run = stretch.firstRun('filter', FILTERS_PER_REQUEST);
        const peer = run && this.#leastBusy(servers, stretch, run.last);
        if (run === undefined || peer === undefined) break;
        for (let height = run.first; height <= run.last; height++) stretch.set(height, 'asked');
        asked.push({ peer, message: this.#ask(peer, stretch, { ...run, hashAt }, now) });
      }
    }
    this.#lookedMs = servers.length > 1 ? now.ms : undefined;
    if (this.#helpMs === undefined || now.ms < this.#helpMs) return asked;
    for (const server of servers) {
      const late = this.#isIdle(server.peer) ? this.#longestLate(server, now) : undefined;
      if (late === undefined) continue;
      late.helpMs = undefined;
      this.#slow.add(late.peer);
      const message = this.#ask(server.peer, late.stretch, { ...missingOf(late), hashAt }, now);
      asked.push({ peer: server.peer, message });
    }
    this.#helpMs = earliest(...this.#all().map(({ helpMs }) => helpMs));
    return asked;
  }

  #ask(
    peer: PeerId,
    stretch: Stretch,
    { first, last, hashAt }: { first: number; last: number; hashAt: (height: number) => Uint8Array },
    now: Now,
  ): Message {
    const pending = new Set(Array.from({ length: last - first + 1 }, (_, i) => first + i));
    const requests = this.#requests.get(peer) ?? [];
    if (requests.length === 0) this.#dueMs.set(peer, now.ms + this.#timeoutMs);
    const helpMs = now.ms + HELP_AFTER_MS;
    this.#helpMs ??= helpMs;
    this.#requests.set(peer, [...requests, { peer, stretch, pending, helpMs }]);
    const payload = { filterType: BASIC_FILTER_TYPE, startHeight: first, stopHash: hashAt(last).slice() };
    return { command: 'getcfilters', payload };
  }

  #isIdle(peer: PeerId): boolean {
    return (this.#requests.get(peer)?.length ?? 0) === 0;
  }

  /** Of the requests that take long and that nobody else was asked for, the one with the lowest blocks. */
  #longestLate({ peer, provenHeight }: FilterServer, now: Now): Request | undefined {
    const barred = this.#barred.get(peer);
    const late = this.#all().filter(({ helpMs }) => helpMs !== undefined && now.ms >= helpMs);
    return late
      .filter((request) => missingOf(request).last <= provenHeight && barred?.has(request.stretch) !== true)
      .toSorted((a, b) => missingOf(a).first - missingOf(b).first)[0];
  }

  #all(): Request[] {
    return Array.from(this.#requests.values()).flat();
  }

  /**
   * A filter came.
   *
   * @param height of its block; undefined when that is not on the best chain any more.
   * @returns the stretch that waits for it from this peer; `unneeded` when none does any more, and undefined when none did.
   */
  receive(peer: PeerId, height: number | undefined, now: Now): Stretch | 'unneeded' | undefined {
    const requests = this.#requests.get(peer) ?? [];
    const request = requests.find(({ pending }) => height !== undefined && pending.delete(height));
    if (request === undefined || height === undefined) return this.#takeStale(peer) ? 'unneeded' : undefined;
    this.#useful.add(peer);
    this.#dueMs.set(peer, now.ms + this.#timeoutMs);
    for (const earlier of requests.slice(0, requests.indexOf(request))) this.#passOver(earlier, Infinity);
    this.#passOver(request, height);
    for (const one of requests)
      if (one.pending.size === 0) this.#end(peer, this.#requests.get(peer) ?? [], one);
    return request.stretch.stateOf(height) === 'asked' ? request.stretch : 'unneeded';
  }

  /** A peer answers in order: what it has not sent below a height it will not send any more. */
  #passOver({ stretch, pending }: Request, height: number): void {
    for (const lower of pending) {
      if (lower > height) return;
      pending.delete(lower);
      if (stretch.stateOf(lower) === 'asked') stretch.set(lower, 'filter');
    }
  }

  /** Whether it may be one that was asked for before the chain changed. */
  #takeStale(peer: PeerId): boolean {
    const count = this.#staleCountOf(peer);
    this.#staleCounts.set(peer, Math.max(0, count - 1));
    return count > 0;
  }

  #staleCountOf(peer: PeerId): number {
    return this.#staleCounts.get(peer) ?? 0;
  }

  #end(peer: PeerId, requests: readonly Request[], ended: Request): void {
    const others = requests.filter((request) => request !== ended);
    this.#requests.set(peer, others);
    if (others.length === 0) this.#dueMs.delete(peer);
  }

  /** A peer sends something else: it answers in order, so more time is due to it. */
  heard(peer: PeerId, now: Now): void {
    if (this.#dueMs.has(peer)) this.#dueMs.set(peer, now.ms + this.#timeoutMs);
  }

  /** Peers that have not sent the next filter in time; what they were asked for is asked of others. */
  takeLate(now: Now): PeerId[] {
    const late = Array.from(this.#dueMs)
      .filter(([, dueMs]) => now.ms >= dueMs)
      .map(([peer]) => peer);
    for (const peer of late) this.peerLost(peer);
    return late;
  }

  deadline(): number | undefined {
    const isAhead =
      this.#helpMs !== undefined && this.#lookedMs !== undefined && this.#helpMs > this.#lookedMs;
    const helpMs = isAhead && this.#dueMs.size > 0 ? this.#helpMs : undefined;
    return earliest(helpMs, ...this.#dueMs.values());
  }

  peerLost(peer: PeerId): void {
    this.#giveUp(this.#requests.get(peer) ?? []);
    this.#requests.delete(peer);
    this.#dueMs.delete(peer);
    this.#useful.delete(peer);
    this.#staleCounts.delete(peer);
    this.#barred.delete(peer);
    this.#slow.delete(peer);
  }

  /** A peer is asked for nothing more of a stretch: its filters are not those that are wanted. */
  bar(peer: PeerId, stretch: Stretch): void {
    this.#barred.set(peer, (this.#barred.get(peer) ?? new Set()).add(stretch));
    const own = this.#requests.get(peer)?.filter((request) => request.stretch === stretch) ?? [];
    this.#giveUp(own);
    for (const request of own) this.#staleCounts.set(peer, this.#staleCountOf(peer) + request.pending.size);
    for (const request of own) this.#end(peer, this.#requests.get(peer) ?? [], request);
  }

  #giveUp(requests: readonly Request[]): void {
    // Only what has not come: the others may have been asked of somebody else since.
    for (const { stretch, pending } of requests)
      for (const height of pending) if (stretch.stateOf(height) === 'asked') stretch.set(height, 'filter');
  }

  /** The blocks are other ones now: what was asked for before is of no use, though it will still come. */
  forgetAll(): void {
    for (const [peer, requests] of this.#requests) {
      const count = requests.reduce((sum, { pending }) => sum + pending.size, 0);
      this.#staleCounts.set(peer, count + this.#staleCountOf(peer));
    }
    this.#requests.clear();
    this.#dueMs.clear();
    this.#barred.clear();
  }

  /** Of those who were of use, if they can take more: one that never answers would cost its time again and again. */
  #leastBusy(servers: readonly FilterServer[], stretch: Stretch, height: number): PeerId | undefined {
    let best: PeerId | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const { peer, provenHeight } of servers) {
      const count = this.#requests.get(peer)?.length ?? 0;
      const isGood = this.#useful.has(peer) && !this.#slow.has(peer);
      const cost = count + (isGood ? 0 : REQUESTS_PER_PEER);
      const isAble = provenHeight >= height && this.#barred.get(peer)?.has(stretch) !== true;
      if (!isAble || count >= REQUESTS_PER_PEER || cost >= least) continue;
      best = peer;
      least = cost;
    }
    return best;
  }
}

/** The lowest heights that nobody has sent, without a gap between them. */
function missingOf({ stretch, pending }: Request): { first: number; last: number } {
  const missing = Array.from(pending).filter((height) => stretch.stateOf(height) === 'asked');
  const gap = missing.findIndex((height, i) => i > 0 && height !== (missing[i - 1] as number) + 1);
  const run = gap === -1 ? missing : missing.slice(0, gap);
  return { first: run[0] ?? Number.POSITIVE_INFINITY, last: run.at(-1) ?? Number.POSITIVE_INFINITY };
}
