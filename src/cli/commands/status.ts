/** `headlight status`: what the store holds. */

import type { Command } from 'commander';
import { type ChainStatus, readStatus } from '../../offline.ts';
import {
  formatAge,
  formatBytes,
  formatChainwork,
  formatCount,
  formatDifficulty,
  formatFields,
  formatTime,
} from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import { warnOfRepair } from '../repair.ts';
import { addStoreOptions, outputOptions, type StoreOptions } from '../options.ts';
import { Output } from '../output.ts';
import { startWords } from '../start-words.ts';
import type { Terminal } from '../terminal.ts';

export function addStatus(program: Command, terminal: Terminal): void {
  const command = program
    .command('status')
    .description('show what the store holds')
    .action((options: StoreOptions) => status(options, terminal));
  addStoreOptions(command);
}

async function status(options: StoreOptions, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  const { repair, ...found } = await readStatus(options.network, options.datadir);
  warnOfRepair({ repair }, output);
  output.object(jsonEvent('status', options.network.name, found));
  const isBelow = BigInt(`0x${found.chainwork}`) < BigInt(`0x${found.minChainwork}`);
  const fields: [string, string][] = [
    ['network', found.network],
    ['height', formatCount(found.height)],
    ['hash', found.hash],
    ['time', timeOf(found)],
    ['difficulty', formatDifficulty(found.difficulty)],
    ['chainwork', formatChainwork(found.chainwork)],
    [
      'complete',
      isBelow ? 'no, the network is known to have more work: run headlight sync' : 'as far as the work tells',
    ],
    ['verified', startWords(found.startHeight)],
    ['on disk', formatBytes(found.sizeBytes)],
    ['folder', found.folder],
    ['peers', peersOf(found)],
  ];
  if (found.pid !== undefined) fields.push(['in use', `headlight is running (process ${found.pid})`]);
  for (const line of formatFields(fields)) output.line(line.slice(2));
}

function timeOf({ blockTime }: Pick<ChainStatus, 'blockTime'>): string {
  if (blockTime === undefined) return 'not known of the anchor that the store begins at';
  return `${formatTime(blockTime)}, ${formatAge(Date.now() / 1000 - blockTime)}`;
}

function peersOf({ knownPeers, connectedPeers }: Pick<ChainStatus, 'knownPeers' | 'connectedPeers'>): string {
  const known =
    knownPeers === undefined ? 'the address book cannot be read' : `${formatCount(knownPeers)} known`;
  return connectedPeers === undefined ? known : `${formatCount(connectedPeers)} connected, ${known}`;
}
