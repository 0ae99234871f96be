/** `headlight send`: announce a transaction to the peers, and tell what can be known of its fate. */

import type { Command } from 'commander';
import { LightClient } from '../../index.ts';
import { toDisplayHex } from '../../wire/index.ts';
import { clientOptions, orWrongUsage } from '../client-options.ts';
import { Failure } from '../failure.ts';
import { follow } from '../follow.ts';
import {
  addConnectOptions,
  type ConnectOptions,
  oneOf,
  option,
  outputOptions,
  timerSeconds,
} from '../options.ts';
import { Output } from '../output.ts';
import { SendViewer, type Stage, STAGES } from '../send/send-viewer.ts';
import { readTransaction } from '../send/transaction-input.ts';
import { Interrupted, type Terminal } from '../terminal.ts';

interface SendOptions extends ConnectOptions {
  readonly timeout: number;
  readonly until?: Stage;
}

export function addSend(program: Command, terminal: Terminal): void {
  const command: Command = program
    .command('send')
    .description('announce a transaction to the peers, and tell who takes it')
    .argument('<transaction>', 'hexadecimal digits, @FILE, or - for standard input')
    .addOption(timerSeconds('--timeout <seconds>', 'time that peers have to come for it', 60))
    .addOption(
      option('--until <stage>', `end when it is ${STAGES.join(', ')}`)
        .default(undefined, 'relayed; with one peer requested')
        .argParser(oneOf(STAGES)),
    )
    .action((input: string, options: SendOptions) => send(input, options, command, terminal));
  addConnectOptions(command);
}

async function send(
  input: string,
  options: SendOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  const { raw, txid } = await readTransaction(input, terminal);
  const until = options.until ?? (isAlone(options) ? 'requested' : 'relayed');
  const mempool = { transactions: false, blocks: until === 'confirmed' };
  const client = orWrongUsage(
    command,
    () => new LightClient({ ...clientOptions(options, terminal), mempool }),
  );
  const viewer = new SendViewer({ client, output, raw, until, timeoutSeconds: options.timeout });
  output.line(`Sending ${toDisplayHex(txid)}`);
  output.remark('info', `Waiting until ${WAITS_FOR[until]}`);
  try {
    await follow(client, terminal, output, { showsChain: false, viewer });
  } finally {
    viewer.end();
    await client.stop();
  }
  if (viewer.isReached) return;
  if (terminal.signal.aborted) throw new Interrupted(viewer.words);
  if (!viewer.isAnswered) throw unanswered(viewer, options);
  output.remark(
    'warning',
    `Warning: ${viewer.words}, and nobody announced it back in ${options.timeout} s: ` +
      'whoever asked for it may have refused it, or knows no other peers of ours',
  );
}

const WAITS_FOR: Readonly<Record<Stage, string>> = {
  requested: 'a peer asks for it',
  relayed: 'a peer announces it that had it from others',
  confirmed: 'a block holds it',
};

/** Whether there will be one peer only: then there is nobody to hear of it from. */
function isAlone({ connect, maxPeers, listen }: ConnectOptions): boolean {
  return (connect?.length === 1 || (connect === undefined && maxPeers === 1)) && listen === undefined;
}

function unanswered({ words, isAnnounced }: SendViewer, { timeout }: SendOptions): Failure {
  if (!isAnnounced)
    return new Failure(
      'send-unanswered',
      `within ${timeout} s there was no peer to tell; name one that you know with --connect HOST:PORT`,
    );
  return new Failure(
    'send-unanswered',
    `${words}, and nobody came for it in ${timeout} s: the peers have it already, or want none like it ` +
      '(already spent, fee too low, not standard)',
  );
}
