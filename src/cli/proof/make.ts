/** `headlight proof make`: fetches a block from a peer, checks it, and proves to others that it holds a transaction. */

import { type Command, InvalidArgumentError } from 'commander';
import { type BlockInfo, LightClient, makeProof } from '../../index.ts';
import { fromDisplayHex, toHex } from '../../wire/index.ts';
import { clientOptions, orWrongUsage } from '../client-options.ts';
import { Failure } from '../failure.ts';
import { follow, interrupted } from '../follow.ts';
import { formatCount } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import {
  addConnectOptions,
  type ConnectOptions,
  flag,
  option,
  outputOptions,
  timerSeconds,
} from '../options.ts';
import { Output } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { BlockFetcher } from './block-fetcher.ts';

interface MakeProofOptions extends ConnectOptions {
  readonly block: number | string;
  readonly withCoinbase?: boolean;
  readonly timeout: number;
}

export function addMakeProof(proof: Command, terminal: Terminal): void {
  const command: Command = proof
    .command('make')
    .description('fetch a block from a peer, and print a proof that it holds a transaction')
    .argument('<txid>', 'the transaction to prove', parseTxid)
    .addOption(
      option('--block <hash|height>', 'the block that holds it').argParser(parseBlock).makeOptionMandatory(),
    )
    .addOption(flag('--with-coinbase', "prove the block's first transaction too, and show it"))
    .addOption(timerSeconds('--timeout <seconds>', 'give up when nothing new came for so long', 60))
    .action((txid: string, options: MakeProofOptions) => make(txid, options, command, terminal));
  addConnectOptions(command);
}

async function make(
  txid: string,
  options: MakeProofOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  const client = orWrongUsage(command, () => new LightClient(clientOptions(options, terminal)));
  const fetcher = new BlockFetcher({ client, which: options.block, timeoutSeconds: options.timeout });
  try {
    await follow(client, terminal, output, { showsChain: false, viewer: fetcher });
  } finally {
    fetcher.end();
    await client.stop();
  }
  if (terminal.signal.aborted) throw interrupted(client);
  print(txid, fetcher.block(), options, output);
}

function print(
  txid: string,
  block: BlockInfo,
  { network, withCoinbase = false }: MakeProofOptions,
  output: Output,
): void {
  const { height, hash, transactions } = block;
  const wanted = fromDisplayHex(txid);
  const index = transactions.findIndex((one) => toHex(one.txid) === toHex(wanted));
  const [transaction, coinbase] = [transactions[index], transactions[0]];
  if (transaction === undefined || coinbase === undefined) {
    const message =
      `block ${formatCount(height)} (${hash}) does not hold transaction ${txid}; ` +
      'see in which block it was confirmed';
    throw new Failure('tx-not-in-block', message, { block: hash, height });
  }
  const proofHex = toHex(makeProof(block, withCoinbase ? [coinbase.txid, wanted] : [wanted]));
  const coinbaseHex = toHex(coinbase.raw);
  output.object(
    jsonEvent('proof-made', network.name, {
      txid,
      block: hash,
      height,
      index,
      transactionCount: transactions.length,
      proofHex,
      txHex: toHex(transaction.raw),
      ...(withCoinbase ? { coinbaseHex } : {}),
    }),
  );
  output.line(proofHex);
  output.remark('info', `Proves place ${formatCount(index)} of block ${formatCount(height)} (${hash})`);
  if (withCoinbase) output.remark('info', `For --coinbase of headlight proof verify: ${coinbaseHex}`);
}

function parseTxid(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('Not 64 hexadecimal digits.');
  return text.toLowerCase();
}

function parseBlock(text: string): number | string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  // With commas as well, which is how heights are shown.
  if (/^(\d{1,9}|\d{1,3}(,\d{3}){1,2})$/.test(text)) return Number(text.replaceAll(',', ''));
  throw new InvalidArgumentError('Not a height, nor a hash of 64 hexadecimal digits.');
}
