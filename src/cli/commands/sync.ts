/** `headlight sync`: connect, bring the headers to the tip, and with --follow stay there. */

import type { Command } from 'commander';
import { type ClientEvent, ClientError, LightClient } from '../../index.ts';
import { formatChainwork, formatCount, formatFields, formatSeconds, formatTime } from '../format.ts';
import { Failure } from '../failure.ts';
import { addConnectOptions, type ConnectOptions, flag, outputOptions } from '../options.ts';
import { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { Interrupted, type Terminal } from '../terminal.ts';

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
  try {
    await follow(client, terminal, output, {
      datadir: options.datadir,
      stays: options.follow === true,
    });
  } catch (error) {
    throw options.connect === undefined ? error : withAdviceOnPeers(error, options);
  }
  if (terminal.signal.aborted) {
    const height = formatCount(client.tip?.height ?? 0);
    throw new Interrupted(`the tip is at height ${height}, all headers so far are saved`);
  }
}

/** The library names the peer that failed; who named it is asked to look again. */
function withAdviceOnPeers(error: unknown, { network }: SyncOptions): unknown {
  if (!(error instanceof ClientError) || error.code !== 'no-peer') return error;
  return new Failure(
    error.code,
    `${error.message}; check that the node there runs, is on ${network.name} and up to date`,
  );
}

/** What a person is told of beside the events. */
interface Setting {
  /** Where the headers are, if they stay there. */
  readonly datadir?: string;
  /** Whether the client stays when the tip is reached. */
  readonly stays?: boolean;
}

/** Runs a client to its end and shows what happens. */
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

class Reporter {
  readonly #output: Output;
  readonly #progress: Progress;
  readonly #setting: Setting;
  #firstHeight = 0;
  #nextJsonProgressMs = 0;
  /** What was last said of each peer that could not be used: it is called again and again. */
  readonly #complaints = new Map<string, string>();

  constructor(output: Output, progress: Progress, setting: Setting) {
    this.#output = output;
    this.#setting = setting;
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
        const { peer, userAgent, height, version, services } = event;
        this.#complaints.delete(peer);
        this.#output.remark('info', `Connected to ${peer} (${userAgent}, height ${formatCount(height)})`);
        const offer = services.length === 0 ? 'no services' : services.join(', ');
        return this.#output.remark('debug', `${peer} speaks version ${version} and offers ${offer}`);
      }
      case 'peer-disconnected':
        return this.#complain(event);
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

  #complain({ peer, reason, detail }: ClientEvent & { event: 'peer-disconnected' }): void {
    const isMissed = reason === 'connect-failed' || reason === 'connect-timeout';
    const what = isMissed ? `No connection to ${peer}` : `Lost ${peer}`;
    const complaint = `${what}: ${detail} (${reason})`;
    const isNews = this.#complaints.get(peer) !== complaint;
    this.#complaints.set(peer, complaint);
    this.#output.remark(isNews ? 'info' : 'debug', complaint);
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
