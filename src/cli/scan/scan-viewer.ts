/** Shows what a scan finds: a row for each payment, how far it is, and what all of it comes to. */

import type {
  ClientEvent,
  LightClient,
  PaymentEvent,
  PaymentRemovedEvent,
  ReorgEvent,
  ScannedEvent,
  ScanProgressEvent,
} from '../../index.ts';
import type { Viewer } from '../follow.ts';
import { formatCount, formatNumberOf } from '../format.ts';
import type { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { StatusLine } from '../status-line.ts';
import { type Terminal, widthOf } from '../terminal.ts';
import { detailLines } from './payment-details.ts';
import { PaymentRow } from './payment-row.ts';
import { type FollowStatus, followText } from './follow-status.ts';
import { balanceLine, summaryLines, unknownWarning } from './scan-summary.ts';

export interface ScanViewerOptions {
  readonly client: Pick<LightClient, 'connections'>;
  readonly terminal: Terminal;
  readonly output: Output;
  /** Height that the scan begins at. */
  readonly fromHeight: number;
  readonly follow: boolean;
  readonly allBlocks: boolean;
}

/** JSON readers want to know that it moves, not each step. */
const JSON_PROGRESS_INTERVAL_MS = 1_000;
/** Fewer blocks than these, once the tip was reached, are over before a bar could be read. */
const LEAST_BLOCKS_FOR_BAR = 10;

export class ScanViewer implements Viewer {
  readonly #options: ScanViewerOptions;
  readonly #output: Output;
  readonly #progress: Progress;
  readonly #status: StatusLine<FollowStatus>;
  #row: { readonly row: PaymentRow; readonly width: number } | undefined;
  #nextJsonProgressMs = 0;
  /** Payments of earlier runs, until they have been spoken of. */
  #known: number | undefined = 0;
  /** First block that this run looks at. */
  #firstHeight: number | undefined;
  /** All up to here was looked at. */
  #height: number | undefined;
  /** What was last said. */
  #scanned: ScannedEvent | undefined;

  constructor(options: ScanViewerOptions) {
    const { terminal, output } = options;
    this.#options = options;
    this.#output = output;
    this.#progress = new Progress(terminal, output, 'Scanning', { place: 'height', items: 'blocks' });
    this.#status = new StatusLine(terminal, output, () => this.#look(), followText);
  }

  /** Height up to which all was looked at; undefined before anything was. */
  get height(): number | undefined {
    return (this.#height ?? -1) < this.#options.fromHeight ? undefined : this.#height;
  }

  takes(event: ClientEvent): boolean {
    switch (event.event) {
      case 'payment':
      case 'payment-removed':
        this.#takePayment(event);
        return true;
      case 'scan-progress':
        this.#takeProgress(event);
        return true;
      case 'scanned':
        this.#takeScanned(event);
        return true;
      case 'progress':
        // A header or two; the place of the bar is taken.
        return this.#height !== undefined;
      case 'reorg':
        this.#sayReorg(event);
        return false;
      case 'synced':
      case 'block':
      case 'peer-connected':
      case 'peer-disconnected':
      case 'warning':
      case 'error':
      case 'tx':
      case 'tx-updated':
      case 'tx-removed':
      case 'events-dropped':
      case 'send':
        return false;
    }
  }

  /** The scan says itself what goes on. */
  synced(): void {}

  /** Takes bar and status line off the screen. */
  end(): void {
    this.#progress.stop();
    this.#status.stop();
  }

  #takePayment(payment: PaymentEvent | PaymentRemovedEvent): void {
    if (payment.event === 'payment' && payment.stored) {
      if (this.#known !== undefined) this.#known++;
    } else {
      // Nothing is known of where this run begins: the progress says so, unless a payment comes before it.
      this.#sayKnown(undefined);
    }
    this.#output.object(payment);
    if (this.#output.json) return;
    const row = this.#currentRow();
    this.#output.line(row.line(payment));
    if (this.#output.shows('debug')) for (const line of detailLines(payment, row)) this.#output.line(line);
  }

  #takeProgress(event: ScanProgressEvent): void {
    const { fromHeight, height, target, blocksPerSecond, fetchedBlocks } = event;
    this.#sayKnown(height);
    this.#firstHeight ??= height + 1;
    this.#height = height;
    const nowMs = performance.now();
    if (nowMs >= this.#nextJsonProgressMs) {
      this.#nextJsonProgressMs = nowMs + JSON_PROGRESS_INTERVAL_MS;
      this.#output.object(event);
    }
    const isSoonOver = this.#scanned !== undefined && target - this.#scanned.height < LEAST_BLOCKS_FOR_BAR;
    if (height >= target || isSoonOver) return;
    this.#status.stop();
    this.#progress.update({
      // Before the first block of all there is none.
      height: Math.max(0, height),
      target,
      from: fromHeight,
      perSecond: blocksPerSecond,
      detail: `${formatCount(fetchedBlocks)} fetched`,
    });
  }

  #takeScanned(event: ScannedEvent): void {
    const { allBlocks, follow } = this.#options;
    this.#sayKnown(undefined);
    this.#progress.stop();
    this.#output.object(event);
    const before = this.#scanned;
    this.#scanned = event;
    this.#height = event.height;
    if (before === undefined) {
      const firstHeight = this.#firstHeight ?? event.fromHeight;
      for (const line of summaryLines(event, { firstHeight, allBlocks })) this.#output.line(line);
    } else if (event.balanceSats !== before.balanceSats) {
      this.#output.line(balanceLine(event));
    }
    if (event.unknownSpends > (before?.unknownSpends ?? 0)) {
      const warning = unknownWarning(event);
      if (warning !== undefined) this.#output.remark('warning', warning);
    }
    if (!follow) return;
    if (before === undefined) this.#output.remark('info', 'Following new blocks; Ctrl-C stops.');
    this.#status.start();
  }

  /** What earlier runs found is said once, under their payments. */
  #sayKnown(height: number | undefined): void {
    const count = this.#known;
    this.#known = undefined;
    const isResumed = height !== undefined && height >= this.#options.fromHeight;
    if (count === undefined || (count === 0 && !isResumed)) return;
    const upTo = isResumed ? ` up to height ${formatCount(height)}` : '';
    const payments = count === 0 ? 'No payments' : formatNumberOf(count, 'payment');
    this.#output.remark('info', `${payments} known${upTo} from an earlier run`);
  }

  #sayReorg({ fork, removed, added }: ReorgEvent): void {
    if (this.#height === undefined) return;
    const counts = `${removed.length} removed, ${added.length} added`;
    this.#output.remark('info', `Reorganisation above height ${formatCount(fork.height)}: blocks ${counts}`);
  }

  /** The columns for the screen as it is now; where they change, they are named again. */
  #currentRow(): PaymentRow {
    const width = widthOf(this.#options.terminal);
    if (this.#row?.width !== width) {
      this.#row = { row: new PaymentRow(width), width };
      this.#output.line(this.#row.row.header());
    }
    return this.#row.row;
  }

  #look(): FollowStatus {
    const { height = 0, balanceSats = 0, payments = 0 } = this.#scanned ?? {};
    // Those that have not shaken hands bring nothing.
    const peers = this.#options.client.connections().filter(({ version }) => version !== null).length;
    return { peers, height, balanceSats, payments };
  }
}
