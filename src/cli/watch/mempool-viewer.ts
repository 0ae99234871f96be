/** Shows unconfirmed transactions as they come: a line for each, an event for each, or a digest now and then. */

import type { ClientEvent, LightClient, TxEvent, TxRemovedEvent } from '../../index.ts';
import type { Viewer } from '../follow.ts';
import { jsonEvent } from '../json-event.ts';
import type { Output } from '../output.ts';
import { StatusLine } from '../status-line.ts';
import { OutputLost, type Terminal, widthOf } from '../terminal.ts';
import { Departures } from './departures.ts';
import { DigestCounter } from './digest.ts';
import { digestLines, type Held } from './digest-text.ts';
import { RecentRate } from './recent-rate.ts';
import { SlowReader } from './slow-reader.ts';
import { type Status, statusText } from './status-line.ts';
import { TxRow } from './tx-row.ts';

/** What is watched. */
export type Watched = Pick<LightClient, 'network' | 'tip' | 'connections' | 'stop'> & {
  readonly mempool: { readonly count: number; readonly bytes: number } | undefined;
};

export interface MempoolViewerOptions {
  readonly client: Watched;
  readonly terminal: Terminal;
  readonly output: Output;
  /** Time between digests, which take the place of the transactions. */
  readonly summarySeconds?: number | undefined;
  /** Time after which it ends, counted from when the tip is reached. */
  readonly durationSeconds?: number | undefined;
  /** Transactions after which it ends. */
  readonly count?: number | undefined;
}

/** How often is looked whether a slow reader has caught up. */
const LOOK_INTERVAL_MS = 500;

export class MempoolViewer implements Viewer {
  readonly #options: MempoolViewerOptions;
  readonly #output: Output;
  readonly #reader: SlowReader;
  readonly #status: StatusLine<Status>;
  readonly #departures: Departures;
  readonly #rate = new RecentRate(performance.now());
  readonly #timers: NodeJS.Timeout[] = [];
  #digest: DigestCounter | undefined;
  #row: { readonly row: TxRow; readonly width: number } | undefined;
  #isSynced = false;
  #isOver = false;
  #seen = 0;
  #shown = 0;
  /** What the list held when it was last looked at: at the end it is gone. */
  #held: Held = { count: 0, bytes: 0 };

  constructor(options: MempoolViewerOptions) {
    const { client, terminal, output } = options;
    this.#options = options;
    this.#output = output;
    this.#reader = new SlowReader(output, client.network.name);
    this.#status = new StatusLine(terminal, output, () => this.#look(), statusText);
    this.#departures = new Departures({
      say: (line) => this.#say(line),
      width: () => widthOf(terminal),
    });
  }

  /** Transactions that came so far, also those that were left out. */
  get seen(): number {
    return this.#seen;
  }

  takes(event: ClientEvent): boolean {
    switch (event.event) {
      case 'tx':
        this.#takeTx(event);
        return true;
      case 'tx-removed':
        this.#takeRemoved(event);
        return true;
      case 'tx-updated':
        this.#digest?.note(event);
        if (this.#showsEach && this.#output.json) this.#offer(event);
        return true;
      case 'progress':
        // A header or two; the place of the bar is taken.
        return this.#isSynced;
      case 'peer-connected':
      case 'peer-disconnected':
        // Strangers may come and go as often as they like.
        return this.#output.json && !this.#reader.admits();
      case 'synced':
      case 'block':
      case 'reorg':
      case 'warning':
      case 'error':
      case 'events-dropped':
      case 'send':
      case 'payment':
      case 'payment-removed':
      case 'scan-progress':
      case 'scanned':
        return false;
    }
  }

  synced(): void {
    const { summarySeconds, durationSeconds } = this.#options;
    this.#isSynced = true;
    if (this.#isOver) return;
    if (summarySeconds !== undefined) {
      this.#digest = new DigestCounter(performance.now());
      this.#timers.push(setInterval(() => this.#sayDigest(), 1000 * summarySeconds));
    } else if (!this.#output.json) {
      this.#currentRow();
    }
    if (durationSeconds !== undefined)
      this.#timers.push(setTimeout(() => this.#finish(), 1000 * durationSeconds));
    this.#timers.push(
      setInterval(() => {
        this.#lookAtHeld();
        this.#reader.lookAgain();
      }, LOOK_INTERVAL_MS),
    );
    this.#status.start();
  }

  /** Says what is left to say, and takes the status line off the screen. */
  end(): void {
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#status.stop();
    if (this.#options.terminal.signal.reason instanceof OutputLost) return this.#departures.cancel();
    this.#departures.end();
    if (this.#digest !== undefined) this.#sayDigest();
    this.#reader.end();
  }

  get #showsEach(): boolean {
    return this.#options.summarySeconds === undefined && !this.#isOver;
  }

  #takeTx(event: TxEvent): void {
    if (this.#isOver) return;
    this.#seen++;
    this.#rate.note(performance.now());
    this.#digest?.note(event);
    if (this.#options.summarySeconds !== undefined) this.#shown++;
    else if (this.#reader.admits()) this.#showTx(event);
    if (this.#shown === this.#options.count) this.#finish();
  }

  #showTx(event: TxEvent): void {
    this.#shown++;
    if (this.#output.json) this.#output.object(event);
    else this.#output.line(this.#currentRow().line(event));
  }

  #takeRemoved(event: TxRemovedEvent): void {
    if (this.#isOver) return;
    this.#digest?.note(event);
    if (!this.#showsEach) return;
    if (this.#output.json) this.#offer(event);
    else this.#departures.note(event);
  }

  /** The columns for the screen as it is now; where they change, they are named again. */
  #currentRow(): TxRow {
    const width = widthOf(this.#options.terminal);
    if (this.#row?.width !== width) {
      this.#row = { row: new TxRow(width), width };
      this.#output.line(this.#row.row.header());
    }
    return this.#row.row;
  }

  #offer(event: ClientEvent): void {
    if (this.#reader.admits()) this.#output.object(event);
  }

  #say(line: string): void {
    if (this.#reader.admits()) this.#output.line(line);
  }

  #sayDigest(): void {
    const { client, terminal } = this.#options;
    const nowMs = performance.now();
    const digest = this.#digest?.at(nowMs);
    this.#digest = new DigestCounter(nowMs);
    if (digest === undefined || !this.#reader.admits()) return;
    const held = this.#lookAtHeld();
    this.#output.object(jsonEvent('summary', client.network.name, { ...digest, held }));
    const time = new Date().toISOString().slice(11, 19);
    for (const line of digestLines(digest, held, time, widthOf(terminal))) this.#output.line(line);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lookAtHeld();
    this.#status.stop();
    void this.#options.client.stop();
  }

  #lookAtHeld(): Held {
    const { mempool } = this.#options.client;
    if (mempool !== undefined) this.#held = { count: mempool.count, bytes: mempool.bytes };
    return this.#held;
  }

  #look(): Status {
    const { client } = this.#options;
    return {
      // Those that have not shaken hands bring nothing.
      peers: client.connections().filter(({ version }) => version !== null).length,
      height: client.tip?.height ?? 0,
      ...this.#lookAtHeld(),
      perSecond: this.#rate.at(performance.now()),
      dropped: this.#reader.dropped,
    };
  }
}
