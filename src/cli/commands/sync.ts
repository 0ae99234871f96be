/** `headlight sync`: connect, bring the headers to the tip, and with --follow stay there. */

import type { Command } from 'commander';
import { type ClientEvent, LightClient } from '../../index.ts';
import { formatChainwork, formatCount, formatFields, formatSeconds, formatTime } from '../format.ts';
import { addConnectOptions, type ConnectOptions, flag, outputOptions } from '../options.ts';
import { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

interface SyncOptions extends ConnectOptions {
  readonly follow?: boolean;
}

/** JSON readers want to know that it moves, not each step. */
const JSON_PROGRESS_INTERVAL_MS = 1_000;

export function addSync(program: Command, terminal: Terminal): void {
  const command = program
    .command('sync')
    .description('connect to a peer, check its headers and store them up to the tip')
    .addOption(flag('--follow', 'stay, and print new blocks and reorganisations'))
    .action((options: SyncOptions) => sync(options, terminal));
  addConnectOptions(command);
}

async function sync(options: SyncOptions, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  const client = new LightClient({
    network: options.network,
    datadir: options.datadir,
    connect: options.connect ?? [],
    addPeers: options.addPeer ?? [],
    follow: options.follow ?? false,
    timeoutSeconds: options.timeout,
    pingIntervalMs: 1000 * options.pingInterval,
    silenceTimeoutMs: 1000 * options.silenceTimeout,
    signal: terminal.signal,
    ...(options.minChainwork === undefined ? {} : { minChainwork: options.minChainwork }),
  });
  await follow(client, terminal, output);
}

/** Runs a client to its end and shows what happens. */
export async function follow(client: LightClient, terminal: Terminal, output: Output): Promise<void> {
  const progress = new Progress(terminal, output, 'Syncing');
  const reporter = new Reporter(output, progress);
  client.onEvent((event) => reporter.report(event));
  try {
    await client.start();
    reporter.started(client);
    await client.ended();
  } finally {
    progress.stop();
  }
  if (terminal.signal.aborted) {
    output.remark(
      'info',
      `Interrupted at height ${formatCount(client.tip?.height ?? 0)}; all headers so far are saved.`,
    );
  }
}

class Reporter {
  readonly #output: Output;
  readonly #progress: Progress;
  #firstHeight = 0;
  #nextJsonProgressMs = 0;

  constructor(output: Output, progress: Progress) {
    this.#output = output;
    this.#progress = progress;
  }

  started({ tip, network }: LightClient): void {
    this.#firstHeight = tip?.height ?? 0;
    this.#output.remark('info', `Syncing ${network.name} from height ${formatCount(this.#firstHeight)}`);
  }

  report(event: ClientEvent): void {
    if (event.event !== 'progress' && event.event !== 'error') this.#output.object(event);
    switch (event.event) {
      case 'peer-connected': {
        const claim = `${event.userAgent}, height ${formatCount(event.height)}`;
        return this.#output.remark('info', `Connected to ${event.peer} (${claim})`);
      }
      case 'peer-disconnected': {
        const { peer, reason, detail } = event;
        const isMissed = reason === 'connect-failed' || reason === 'connect-timeout';
        const what = isMissed ? `No connection to ${peer}` : `Lost ${peer}`;
        return this.#output.remark('info', `${what}: ${detail} (${reason})`);
      }
      case 'progress':
        return this.#showProgress(event);
      case 'synced':
        return this.#showSynced(event);
      case 'block': {
        const { height, hash, blockTime } = event;
        return this.#output.line(`block ${height}  ${hash}  ${formatTime(blockTime)}`);
      }
      case 'reorg': {
        const { fork, removed, added } = event;
        const counts = `${removed.length} removed, ${added.length} added`;
        return this.#output.line(`reorg at ${fork.height}  ${fork.hash}  ${counts}`);
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
    this.#output.line(`Synced ${network} to height ${formatCount(height)}`);
    const fields = [
      ['hash', hash],
      ['chainwork', formatChainwork(chainwork)],
      ['new headers', `${formatCount(fresh)} in ${formatSeconds(seconds)}${rate}`],
    ] as const;
    for (const line of formatFields(fields)) this.#output.line(line);
  }
}
