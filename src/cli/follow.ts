/** Runs a client to its end and shows what happens: what the commands that sync, serve and demonstrate share. */

import { type ClientEvent, endpointText, type LightClient } from '../index.ts';
import { formatChainwork, formatCount, formatFields, formatSeconds, formatTime } from './format.ts';
import { jsonEvent } from './json-event.ts';
import type { Output } from './output.ts';
import { PeerNews } from './peer-news.ts';
import { Progress } from './progress.ts';
import { startWords } from './start-words.ts';
import { cutMiddle } from './table.ts';
import { Interrupted, type Terminal, widthOf } from './terminal.ts';

/** What a person is told of beside the events. */
export interface Setting {
  /** Where the headers are, if they stay there. */
  readonly datadir?: string;
  /** What goes on when the tip is reached, such as `Following new blocks`; without it the client ends there. */
  readonly next?: string;
  /** What the client does to begin with. */
  readonly task?: 'Syncing' | 'Serving';
  /** Whether the tip, blocks and reorganisations are results. Default: true; events of --json they always are. */
  readonly showsChain?: boolean;
  readonly viewer?: Viewer;
}

/** Shows what a command has to show beside the chain and its peers. */
export interface Viewer {
  /** Told of every event before it is shown. Returns whether there is nothing left to show of it. */
  takes(event: ClientEvent): boolean;
  /** The client runs; what is thrown here ends the command. */
  started?(): void;
  /** The tip was reached for the first time, and that was said. */
  synced(): void;
}

/** JSON readers want to know that it moves, not each step. */
const JSON_PROGRESS_INTERVAL_MS = 1_000;
/** As much of a hash as tells two blocks apart. */
const LEAST_HASH_WIDTH = 12;

export async function follow(
  client: LightClient,
  terminal: Terminal,
  output: Output,
  setting: Setting = {},
): Promise<void> {
  const progress = new Progress(terminal, output, 'Syncing');
  const reporter = new Reporter(terminal, output, progress, setting);
  client.onEvent((event) => reporter.report(event));
  try {
    await client.start();
    reporter.started(client);
    setting.viewer?.started?.();
    await client.ended();
  } finally {
    progress.stop();
  }
}

/** Of a client that the user has stopped. */
export function interrupted({ tip }: LightClient): Interrupted {
  const height = formatCount(tip?.height ?? 0);
  return new Interrupted(`the tip is at height ${height}, all headers so far are saved`);
}

class Reporter {
  readonly #terminal: Terminal;
  readonly #output: Output;
  readonly #progress: Progress;
  readonly #setting: Setting;
  readonly #peerNews: PeerNews;
  #firstHeight = 0;
  #startHeight = 0;
  #isSynced = false;
  #nextJsonProgressMs = 0;

  constructor(terminal: Terminal, output: Output, progress: Progress, setting: Setting) {
    this.#terminal = terminal;
    this.#output = output;
    this.#setting = setting;
    this.#progress = progress;
    this.#peerNews = new PeerNews(output);
  }

  started({ tip, network, listening, startHeight = 0 }: LightClient): void {
    if (listening !== undefined) {
      const address = endpointText(listening);
      this.#output.object(jsonEvent('listening', network.name, { address }));
      this.#output.remark('info', `Listening on ${address}`);
    }
    this.#firstHeight = tip?.height ?? 0;
    const { task = 'Syncing' } = this.#setting;
    this.#output.remark('info', `${task} ${network.name} from height ${formatCount(this.#firstHeight)}`);
    this.#startHeight = startHeight;
  }

  report(event: ClientEvent): void {
    if (this.#setting.viewer?.takes(event) === true) return undefined;
    if (event.event !== 'progress' && event.event !== 'error') this.#output.object(event);
    switch (event.event) {
      case 'peer-connected':
        return this.#peerNews.connected(event);
      case 'peer-disconnected':
        return this.#peerNews.disconnected(event);
      case 'progress':
        return this.#showProgress(event);
      case 'synced':
        return this.#showSynced(event);
      case 'block': {
        const { height, hash, blockTime } = event;
        return this.#lineOf(`block ${formatCount(height)}`, hash, formatTime(blockTime));
      }
      case 'reorg': {
        const { fork, removed, added } = event;
        const counts = `${removed.length} removed, ${added.length} added`;
        return this.#lineOf(`reorg at ${formatCount(fork.height)}`, fork.hash, counts);
      }
      case 'warning':
        return this.#output.remark('warning', `Warning: ${event.message} (${event.code})`);
      // Told when the program ends, like any other failure.
      case 'error':
        return undefined;
      // Come to those only who ask for them, and have a viewer.
      case 'tx':
      case 'tx-updated':
      case 'tx-removed':
      case 'events-dropped':
      case 'send':
      case 'payment':
      case 'payment-removed':
      case 'scan-progress':
      case 'scanned':
        return undefined;
    }
  }

  #showProgress(event: ClientEvent & { event: 'progress' }): void {
    const nowMs = performance.now();
    if (nowMs >= this.#nextJsonProgressMs) {
      this.#nextJsonProgressMs = nowMs + JSON_PROGRESS_INTERVAL_MS;
      this.#output.object(event);
    }
    const { height, target, headersPerSecond: perSecond, countedHeight } = event;
    // Nothing is stored before the work is known to be enough: it comes twice.
    const isCounting = countedHeight !== undefined;
    this.#progress.update(
      isCounting
        ? { height: countedHeight, target, perSecond, what: 'Counting' }
        : { height, target, perSecond },
    );
  }

  #showSynced({ network, height, hash, chainwork, seconds }: ClientEvent & { event: 'synced' }): void {
    this.#progress.stop();
    const fresh = Math.max(0, height - this.#firstHeight);
    const rate = seconds > 0 && fresh > 0 ? ` (${formatCount(Math.round(fresh / seconds))} headers/s)` : '';
    const { datadir, next, viewer } = this.#setting;
    this.#line(`Synced ${network} to height ${formatCount(height)}`);
    const fields: [string, string][] = [
      ['hash', hash],
      ['chainwork', formatChainwork(chainwork)],
      ['new headers', `${formatCount(fresh)} in ${formatSeconds(seconds)}${rate}`],
    ];
    if (this.#startHeight > 0) fields.push(['verified', startWords(this.#startHeight)]);
    if (datadir !== undefined) fields.push(['stored in', datadir]);
    for (const line of formatFields(fields)) this.#line(line);
    if (next !== undefined) this.#output.remark('info', `${next}; Ctrl-C stops.`);
    if (this.#isSynced) return;
    this.#isSynced = true;
    viewer?.synced();
  }

  /** A hash between two texts, cut where the screen is too narrow. */
  #lineOf(start: string, hash: string, end: string): void {
    const room = widthOf(this.#terminal) - start.length - end.length - 4;
    this.#line(`${start}  ${cutMiddle(hash, Math.max(LEAST_HASH_WIDTH, room))}  ${end}`);
  }

  #line(text: string): void {
    if (this.#setting.showsChain !== false) this.#output.line(text);
  }
}
