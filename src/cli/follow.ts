/** Runs a client to its end and shows what happens: what the commands that sync, serve and demonstrate share. */

import { type ClientEvent, endpointText, type LightClient } from '../index.ts';
import { formatChainwork, formatCount, formatFields, formatSeconds, formatTime } from './format.ts';
import { jsonEvent } from './json-event.ts';
import type { Output } from './output.ts';
import { PeerNews } from './peer-news.ts';
import { Progress } from './progress.ts';
import { Interrupted, type Terminal } from './terminal.ts';

/** What a person is told of beside the events. */
export interface Setting {
  /** Where the headers are, if they stay there. */
  readonly datadir?: string;
  /** Whether the client stays when the tip is reached. */
  readonly stays?: boolean;
  /** What the client does to begin with. */
  readonly task?: 'Syncing' | 'Serving';
}

/** JSON readers want to know that it moves, not each step. */
const JSON_PROGRESS_INTERVAL_MS = 1_000;

export async function follow(
  client: LightClient,
  terminal: Terminal,
  output: Output,
  setting: Setting = {},
): Promise<void> {
  const progress = new Progress(terminal, output, 'Syncing');
  const reporter = new Reporter(output, progress, setting);
  client.onEvent((event) => reporter.report(event));
  try {
    await client.start();
    reporter.started(client);
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
  readonly #output: Output;
  readonly #progress: Progress;
  readonly #setting: Setting;
  readonly #peerNews: PeerNews;
  #firstHeight = 0;
  #nextJsonProgressMs = 0;

  constructor(output: Output, progress: Progress, setting: Setting) {
    this.#output = output;
    this.#setting = setting;
    this.#progress = progress;
    this.#peerNews = new PeerNews(output);
  }

  started({ tip, network, listening }: LightClient): void {
    if (listening !== undefined) {
      const address = endpointText(listening);
      this.#output.object(jsonEvent('listening', network.name, { address }));
      this.#output.remark('info', `Listening on ${address}`);
    }
    this.#firstHeight = tip?.height ?? 0;
    const { task = 'Syncing' } = this.#setting;
    this.#output.remark('info', `${task} ${network.name} from height ${formatCount(this.#firstHeight)}`);
  }

  report(event: ClientEvent): void {
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
        return this.#output.line(`block ${formatCount(height)}  ${hash}  ${formatTime(blockTime)}`);
      }
      case 'reorg': {
        const { fork, removed, added } = event;
        const counts = `${removed.length} removed, ${added.length} added`;
        return this.#output.line(`reorg at ${formatCount(fork.height)}  ${fork.hash}  ${counts}`);
      }
      case 'warning':
        return this.#output.remark('warning', `Warning: ${event.message} (${event.code})`);
      // Told when the program ends, like any other failure.
      case 'error':
        return undefined;
    }
  }

  #showProgress(event: ClientEvent & { event: 'progress' }): void {
    const nowMs = performance.now();
    if (nowMs >= this.#nextJsonProgressMs) {
      this.#nextJsonProgressMs = nowMs + JSON_PROGRESS_INTERVAL_MS;
      this.#output.object(event);
    }
    this.#progress.update({ height: event.height, target: event.target, perSecond: event.headersPerSecond });
  }

  #showSynced({ network, height, hash, chainwork, seconds }: ClientEvent & { event: 'synced' }): void {
    this.#progress.stop();
    const fresh = Math.max(0, height - this.#firstHeight);
    const rate = seconds > 0 && fresh > 0 ? ` (${formatCount(Math.round(fresh / seconds))} headers/s)` : '';
    const { datadir, stays } = this.#setting;
    this.#output.line(`Synced ${network} to height ${formatCount(height)}`);
    const fields: [string, string][] = [
      ['hash', hash],
      ['chainwork', formatChainwork(chainwork)],
      ['new headers', `${formatCount(fresh)} in ${formatSeconds(seconds)}${rate}`],
    ];
    if (datadir !== undefined) fields.push(['stored in', datadir]);
    for (const line of formatFields(fields)) this.#output.line(line);
    if (stays === true) this.#output.remark('info', 'Following new blocks; Ctrl-C stops.');
  }
}
