/** `headlight proof verify`: whether the best chain holds what a proof says; the headers stored are all that it needs. */

import { type Command, InvalidArgumentError } from 'commander';
import { HeaderChain, type ValidProof, verifyProof } from '../../offline.ts';
import { DecodeError } from '../../wire/index.ts';
import { readInput } from '../decode/input.ts';
import { Failure } from '../failure.ts';
import { formatCount, formatFields, formatTime } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import { addStoreOptions, option, outputOptions, type StoreOptions } from '../options.ts';
import { Output } from '../output.ts';
import { warnOfRepair } from '../repair.ts';
import type { Terminal } from '../terminal.ts';
import { adviceOn } from './refusal-advice.ts';

interface VerifyProofOptions extends StoreOptions {
  readonly tx?: readonly string[];
  readonly coinbase?: string;
}

export function addVerifyProof(proof: Command, terminal: Terminal): void {
  const command = proof
    .command('verify')
    .description('check a proof, as bitcoind gives them (gettxoutproof), against the stored headers')
    .argument('[proof]', 'hexadecimal digits, @FILE, or - for standard input', '-')
    .addOption(
      option(
        '--tx <transaction>',
        'a transaction in full that it must prove: digits or @FILE (repeatable)',
      ).argParser((text, previous: readonly string[] | undefined) => [...(previous ?? []), parseInput(text)]),
    )
    .addOption(
      option('--coinbase <transaction>', "the block's first transaction in full: digits or @FILE").argParser(
        parseInput,
      ),
    )
    .action((input: string, options: VerifyProofOptions) => verify(input, options, terminal));
  addStoreOptions(command);
}

async function verify(input: string, options: VerifyProofOptions, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  const proof = await read(input, 'proof', terminal);
  const transactions: Uint8Array[] = [];
  for (const tx of options.tx ?? []) transactions.push(await read(tx, 'transaction', terminal));
  const coinbase =
    options.coinbase === undefined ? {} : { coinbase: await read(options.coinbase, 'transaction', terminal) };
  const chain = await HeaderChain.open({ ...options, create: false });
  try {
    warnOfRepair(chain, output);
    const result = await verifyProof(chain, proof, { transactions, ...coinbase });
    output.object(jsonEvent('proof', options.network.name, result));
    if (!result.valid) {
      const { code, message, hash } = result;
      throw new Failure(code, `${withCode(message, code)}; ${adviceOn(code)}`, { hash });
    }
    show(result, options, output);
  } finally {
    await chain.close();
  }
}

async function read(input: string, what: string, terminal: Terminal): Promise<Uint8Array> {
  try {
    return await readInput(input, terminal);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new Failure(error.code, `this is no ${what}: ${error.message}`, { offset: error.offset });
  }
}

function show(proof: ValidProof, { tx = [], coinbase }: VerifyProofOptions, output: Output): void {
  const { txids } = proof;
  const isProven = proof.depth === 'proven';
  const evidence = coinbase === undefined ? (tx.length === 1 ? 'transaction' : 'transactions') : 'coinbase';
  const fields: [string, string][] = [
    ['block', proof.hash],
    ['height', formatCount(proof.height)],
    ['time', formatTime(proof.blockTime)],
    ['confirmations', formatCount(proof.confirmations)],
    ['transactions', `${formatCount(proof.transactionCount)}, as the proof says`],
  ];
  for (const { txid, index } of txids) {
    const place = formatCount(index);
    fields.push(txids.length === 1 ? ['place', place] : [`place ${place}`, txid]);
  }
  fields.push(['depth of tree', isProven ? `proven by the ${evidence} given` : 'claimed only']);
  output.line(headline(txids, isProven));
  for (const line of formatFields(fields)) output.line(line);
  if (!isProven) output.line(STILL_POSSIBLE);
}

function headline(txids: ValidProof['txids'], isProven: boolean): string {
  const [only] = txids;
  if (txids.length === 1 && only !== undefined)
    return `Transaction ${only.txid} is in the best chain${isProven ? '' : ', if that is what it is'}`;
  const all = `${formatCount(txids.length)} transactions are in the best chain`;
  return isProven ? all : `${all}, if that is what they are`;
}

/** What a proof alone leaves open, in one line. */
const STILL_POSSIBLE =
  'Still possible: a txid here names no transaction but a hash inside the tree, or one of just 64 bytes that was made up to ' +
  "fit (about 2^35 hashes, and two transactions of one's own in that block). To rule it out give the transaction with --tx, " +
  "or the block's first with --coinbase.";

/** In brackets, where the message does not have it yet. */
function withCode(message: string, code: string): string {
  return message.endsWith(`(${code})`) ? message : `${message} (${code})`;
}

/** Standard input can be the proof only. */
function parseInput(text: string): string {
  if (text === '-') throw new InvalidArgumentError('Not hexadecimal digits or @FILE.');
  return text;
}
