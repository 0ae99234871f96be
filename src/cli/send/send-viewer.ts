/** Shows how a transaction of our own fares, and ends when it has come as far as it should, or nobody came for it in time. */

import type { ClientEvent, LightClient, SendEvent } from '../../index.ts';
import type { Viewer } from '../follow.ts';
import { formatCount } from '../format.ts';
import type { Output } from '../output.ts';

/** How far it can come, the next always after the one before. */
export const STAGES = ['requested', 'relayed', 'confirmed'] as const;
export type Stage = (typeof STAGES)[number];

export interface SendViewerOptions {
  readonly client: Pick<LightClient, 'send' | 'stop'>;
  readonly output: Output;
  readonly raw: Uint8Array;
  readonly until: Stage;
  /** Time that peers have to come for it, from when they are told. */
  readonly timeoutSeconds: number;
}

export class SendViewer implements Viewer {
  readonly #options: SendViewerOptions;
  #timer: NodeJS.Timeout | undefined;
  #txid: string | undefined;
  /** Peers that each was said of: the most at a time. */
  readonly #peers = { announced: 0, requested: 0, relayed: 0 };
  #isConfirmed = false;
  #isOver = false;

  constructor(options: SendViewerOptions) {
    this.#options = options;
  }

  get isAnnounced(): boolean {
    return this.#peers.announced > 0;
  }

  /** Whether any peer has asked for it, or knew it from others. */
  get isAnswered(): boolean {
    return this.#peers.requested + this.#peers.relayed > 0 || this.#isConfirmed;
  }

  get isReached(): boolean {
    switch (this.#options.until) {
      case 'requested':
        return this.isAnswered;
      case 'relayed':
        return this.#peers.relayed > 0 || this.#isConfirmed;
      case 'confirmed':
        return this.#isConfirmed;
    }
  }

  /** `announced to 2 peers, requested by 1`. */
  get words(): string {
    const { announced, requested, relayed } = this.#peers;
    if (announced === 0) return 'the transaction was announced to nobody yet';
    const parts = [`announced to ${peersOf(announced)}`, `requested by ${formatCount(requested)}`];
    if (relayed > 0) parts.push(`announced back by ${formatCount(relayed)}`);
    return `the transaction was ${parts.join(', ')}`;
  }

  started(): void {
    const { client, raw } = this.#options;
    this.#restartTimer();
    this.#txid = client.send(raw);
  }

  synced(): void {
    if (!this.isAnnounced) this.#restartTimer();
  }

  takes(event: ClientEvent): boolean {
    // Who is still busy with headers has not been told of it.
    if (event.event === 'progress' && !this.isAnnounced) this.#restartTimer();
    if (event.event !== 'send' || (this.#txid !== undefined && event.txid !== this.#txid)) return false;
    this.#take(event);
    return false;
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #take(event: SendEvent): void {
    if (this.#isOver) return;
    const { state, peers } = event;
    if (state === 'confirmed') this.#isConfirmed = true;
    else if (state === 'returned') this.#isConfirmed = false;
    else {
      if (state === 'announced' && !this.isAnnounced) this.#restartTimer();
      this.#peers[state] = Math.max(this.#peers[state], peers);
    }
    this.#options.output.line(sendLine(event));
    // Somebody has it now: a block takes as long as it takes.
    if (this.isAnswered && this.#options.until === 'confirmed') clearTimeout(this.#timer);
    if (this.isReached) this.#finish();
  }

  #restartTimer(): void {
    clearTimeout(this.#timer);
    if (!this.#isOver) this.#timer = setTimeout(() => this.#finish(), 1000 * this.#options.timeoutSeconds);
  }

  #finish(): void {
    this.end();
    void this.#options.client.stop();
  }
}

export function sendLine({ time, state, peer, peers, block, height }: SendEvent): string {
  const inAll = `${formatCount(peers)} in all`;
  const start = `${time.slice(11, 19)}  `;
  switch (state) {
    case 'announced':
      return `${start}announced to ${peersOf(peers)}`;
    case 'requested':
      return `${start}requested by ${peer ?? 'a peer'} (${inAll})`;
    case 'relayed':
      return `${start}announced back by ${peer ?? 'a peer'}, which had it from others (${inAll})`;
    case 'confirmed':
      return `${start}confirmed in block ${formatCount(height ?? 0)}  ${block ?? ''}`.trimEnd();
    case 'returned':
      return `${start}unconfirmed again: its block is on the best chain no more`;
  }
}

function peersOf(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'peer' : 'peers'}`;
}
