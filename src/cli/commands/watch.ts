/** `headlight watch`: sync, and then show unconfirmed transactions as the peers announce them. */

import type { Command } from 'commander';
import { LightClient } from '../../index.ts';
import { clientOptions, orWrongUsage } from '../client-options.ts';
import { follow, interrupted } from '../follow.ts';
import { formatCount } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import {
  addConnectOptions,
  type ConnectOptions,
  countTo,
  flag,
  option,
  outputOptions,
  timerSeconds,
} from '../options.ts';
import { Output } from '../output.ts';
import { Interrupted, type Terminal } from '../terminal.ts';
import { addFilterOptions, filterOf, type FilterOptions, filterWords } from '../watch/filter-options.ts';
import { MempoolViewer } from '../watch/mempool-viewer.ts';

interface WatchOptions extends ConnectOptions, FilterOptions {
  readonly blocks: boolean;
  readonly maxMempoolMb: number;
  readonly summary?: number;
  readonly duration?: number;
  readonly count?: number;
}

/** Most megabytes that can be asked for. */
const MAX_MEMPOOL_MB = 10_000;

export function addWatch(program: Command, terminal: Terminal): void {
  const command: Command = program
    .command('watch')
    .description('sync, then show unconfirmed transactions as peers announce them')
    .addOption(flag('--no-blocks', 'do not fetch new blocks: then nothing is said to be confirmed'))
    .addOption(
      option('--max-mempool-mb <n>', 'memory for transactions; the oldest of low rate leave first')
        .default(100)
        .argParser(countTo(MAX_MEMPOOL_MB)),
    )
    .addOption(timerSeconds('--summary <seconds>', 'show numbers so often, in place of each transaction'))
    .addOption(timerSeconds('--duration <seconds>', 'end so long after the tip was reached'))
    .addOption(
      option('--count <n>', 'end after so many transactions').argParser(countTo(Number.MAX_SAFE_INTEGER)),
    )
    .action((options: WatchOptions) => watch(options, command, terminal));
  addFilterOptions(command);
  addConnectOptions(command);
}

async function watch(options: WatchOptions, command: Command, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  const filter = filterOf(options);
  const mempool = { blocks: options.blocks, maxMegabytes: options.maxMempoolMb, filter };
  const client = orWrongUsage(
    command,
    () => new LightClient({ ...clientOptions(options, terminal), mempool }),
  );
  const { name } = options.network;
  const words = filterWords(filter, name);
  if (words !== undefined) {
    output.line(words);
    output.object(jsonEvent('watching', name, { filter }));
  }
  const { summary, duration, count } = options;
  const viewer = new MempoolViewer({
    client,
    terminal,
    output,
    summarySeconds: summary,
    durationSeconds: duration,
    count,
  });
  try {
    await follow(client, terminal, output, {
      datadir: options.datadir,
      next: 'Watching the mempool',
      viewer,
    });
  } finally {
    viewer.end();
  }
  const seen = `${formatCount(viewer.seen)} ${viewer.seen === 1 ? 'transaction was' : 'transactions were'} seen`;
  if (terminal.signal.aborted) throw new Interrupted(`${seen}; ${interrupted(client).message}`);
  output.remark('info', `Done: ${seen}.`);
}
