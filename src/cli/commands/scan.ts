/** `headlight scan`: sync, and then find all payments of the user's own addresses without naming them to anybody. */

import type { Command } from 'commander';
import { LightClient } from '../../index.ts';
import { withAdviceOnPeers } from '../advice.ts';
import { clientOptions, orWrongUsage, wasTyped, wrongUsage } from '../client-options.ts';
import { follow, interrupted } from '../follow.ts';
import { formatCount } from '../format.ts';
import { addConnectOptions, type ConnectOptions, flag, outputOptions, seconds } from '../options.ts';
import { Output } from '../output.ts';
import { addScanOptions, type ScanForOptions, scanOf, scanWords } from '../scan/scan-options.ts';
import { ScanViewer } from '../scan/scan-viewer.ts';
import { Interrupted, type Terminal } from '../terminal.ts';

interface ScanCommandOptions extends ConnectOptions, ScanForOptions {
  readonly follow?: boolean;
  readonly timeout: number;
}

export function addScan(program: Command, terminal: Terminal): void {
  const command: Command = program
    .command('scan')
    .description('sync, then find the payments of addresses; peers see only which blocks are fetched')
    .action((options: ScanCommandOptions) => scan(options, command, terminal));
  addScanOptions(command)
    .addOption(flag('--follow', 'stay, and show new payments and those that a reorganisation takes back'))
    .addOption(seconds('--timeout <seconds>', 'give up when nothing new came for so long', 60));
  addConnectOptions(command);
}

async function scan(options: ScanCommandOptions, command: Command, terminal: Terminal): Promise<void> {
  const fromHeight = checkUsage(options, command);
  const output = new Output(terminal, outputOptions(options));
  const stays = options.follow === true;
  const { listen, ...others } = clientOptions(options, terminal);
  const client = orWrongUsage(
    command,
    () =>
      new LightClient({
        ...others,
        ...(stays && listen !== undefined ? { listen } : {}),
        follow: stays,
        timeoutSeconds: options.timeout,
        scan: scanOf(options, fromHeight),
      }),
  );
  output.remark('info', scanWords(options, options.network, fromHeight));
  const viewer = new ScanViewer({
    client,
    terminal,
    output,
    fromHeight,
    follow: stays,
    allBlocks: options.allBlocks === true,
  });
  try {
    await follow(client, terminal, output, { showsChain: false, viewer });
  } catch (error) {
    throw options.connect === undefined ? error : withAdviceOnPeers(error, options.network);
  } finally {
    viewer.end();
  }
  if (terminal.signal.aborted) throw interruptedAt(viewer.height, client, options);
}

/** Returns the height to begin at. */
function checkUsage(options: ScanCommandOptions, command: Command): number {
  const { address, script, descriptor, from, network, follow: stays } = options;
  if (address === undefined && script === undefined && descriptor === undefined)
    wrongUsage(command, 'say what to look for, with --address, --script or --descriptor');
  if (wasTyped(command, 'range') && descriptor === undefined)
    wrongUsage(command, '--range is of use with --descriptor only');
  if (wasTyped(command, 'listen') && stays !== true)
    wrongUsage(command, '--listen is of use with --follow only, or with headlight serve');
  // A chain of one's own costs nothing; of others nobody should fetch all by mistake.
  if (from === undefined && network.name !== 'regtest')
    wrongUsage(
      command,
      'say where to begin, with --from HEIGHT, a block before the first payment: from height 0 mainnet has over ' +
        '10 GB of filters',
    );
  return from ?? 0;
}

function interruptedAt(
  height: number | undefined,
  client: LightClient,
  { fresh }: ScanCommandOptions,
): Interrupted {
  if (height === undefined) return interrupted(client);
  const same = fresh === true ? 'the same command without --fresh' : 'the same command';
  return new Interrupted(
    `all blocks up to height ${formatCount(height)} were looked at; ${same} goes on from there`,
  );
}
