/** `headlight sync`: connect, bring the headers to the tip, and with --follow stay there. */

import type { Command } from 'commander';
import { LightClient } from '../../index.ts';
import { withAdviceOnPeers } from '../advice.ts';
import { clientOptions, orWrongUsage, wasTyped, wrongUsage } from '../client-options.ts';
import { follow, interrupted } from '../follow.ts';
import { addConnectOptions, type ConnectOptions, flag, outputOptions, seconds } from '../options.ts';
import { Output } from '../output.ts';
import type { Terminal } from '../terminal.ts';

interface SyncOptions extends ConnectOptions {
  readonly follow?: boolean;
  readonly timeout: number;
}

export function addSync(program: Command, terminal: Terminal): void {
  const command: Command = program
    .command('sync')
    .description('connect to peers, check their headers and store them up to the tip')
    .addOption(flag('--follow', 'stay, and print new blocks and reorganisations'))
    .addOption(seconds('--timeout <seconds>', 'give up when no new header came for so long', 60))
    .action((options: SyncOptions) => sync(options, command, terminal));
  addConnectOptions(command);
}

async function sync(options: SyncOptions, command: Command, terminal: Terminal): Promise<void> {
  const stays = options.follow === true;
  if (!stays && wasTyped(command, 'listen'))
    wrongUsage(command, '--listen is of use with --follow only, or with headlight serve');
  const output = new Output(terminal, outputOptions(options));
  const { listen, ...others } = clientOptions(options, terminal);
  const client = orWrongUsage(
    command,
    () =>
      new LightClient({
        ...others,
        ...(stays && listen !== undefined ? { listen } : {}),
        follow: stays,
        timeoutSeconds: options.timeout,
      }),
  );
  try {
    await follow(client, terminal, output, {
      datadir: options.datadir,
      ...(stays ? { next: 'Following new blocks' } : {}),
    });
  } catch (error) {
    throw options.connect === undefined ? error : withAdviceOnPeers(error, options.network);
  }
  if (terminal.signal.aborted) throw interrupted(client);
}
