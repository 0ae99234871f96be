/** `headlight serve`: stay at the tip, and answer those who connect from our own store. */

import type { Command } from 'commander';
import { LightClient } from '../../index.ts';
import { clientOptions, orWrongUsage } from '../client-options.ts';
import { follow, interrupted } from '../follow.ts';
import { addConnectOptions, type ConnectOptions, flag, outputOptions } from '../options.ts';
import { Output } from '../output.ts';
import type { Terminal } from '../terminal.ts';

interface ServeOptions extends ConnectOptions {
  readonly dial: boolean;
}

export function addServe(program: Command, terminal: Terminal): void {
  const command: Command = program
    .command('serve')
    .description('stay at the tip, and serve headers to those who connect')
    .addOption(flag('--no-dial', 'call nobody: serve what is stored, and what others bring'))
    .action((options: ServeOptions) => serve(options, command, terminal));
  addConnectOptions(command, "127.0.0.1 and the network's port");
}

async function serve(options: ServeOptions, command: Command, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  // Who wants to be found by others has to say so.
  const listen = options.listen ?? `127.0.0.1:${options.network.port}`;
  const client = orWrongUsage(
    command,
    () => new LightClient({ ...clientOptions(options, terminal), listen, dial: options.dial }),
  );
  await follow(client, terminal, output, {
    datadir: options.datadir,
    next: 'Following new blocks',
    task: 'Serving',
  });
  if (terminal.signal.aborted) throw interrupted(client);
}
