/** `headlight decode`: what bytes say, field by field. */

import { Argument, type Command } from 'commander';
import { decodeFrame, FRAME_HEADER_SIZE_BYTES } from '../../index.ts';
import { block, decode, DecodeError, decodeMessage, header, isCommand, toHex, tx } from '../../wire/index.ts';
import { checkTransaction } from '../../chain/index.ts';
import type { Network } from '../../script/index.ts';
import { describeBlock, describeHeader, describePayload } from '../decode/describe.ts';
import { describeScript, describeTx } from '../decode/describe-tx.ts';
import { readInput } from '../decode/input.ts';
import type { Plain } from '../decode/plain.ts';
import { plainLines } from '../decode/text.ts';
import { Failure } from '../failure.ts';
import { jsonEvent } from '../json-event.ts';
import { addNetworkOptions, type NetworkOptions, outputOptions } from '../options.ts';
import { Output } from '../output.ts';
import type { Terminal } from '../terminal.ts';

/** A whole message says itself of which network it is. */
const KINDS: Readonly<Record<string, (bytes: Uint8Array, network: Network) => Plain>> = {
  header: decodeHeader,
  tx: decodeTx,
  block: (bytes, network) => describeBlock(decode(block, bytes), network),
  script: (bytes, network) => describeScript(bytes, network),
  message: decodeWholeMessage,
};

export function addDecode(program: Command, terminal: Terminal): void {
  const command = program
    .command('decode')
    .description('say what bytes mean, field by field')
    .addArgument(new Argument('<kind>', 'what they are').choices(Object.keys(KINDS)))
    .argument('[input]', 'hexadecimal digits, @FILE, or - for standard input', '-')
    .action((kind: string, input: string, options: NetworkOptions) =>
      runDecode(kind, input, options, terminal),
    );
  addNetworkOptions(command);
}

async function runDecode(
  kind: string,
  input: string,
  options: NetworkOptions,
  terminal: Terminal,
): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  try {
    const bytes = await readInput(input, terminal);
    const value = KINDS[kind]?.(bytes, options.network) ?? null;
    output.object(jsonEvent('decoded', undefined, { kind, value }));
    for (const line of plainLines(value)) output.line(line);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { code, offset, path } = error;
    throw new Failure(code, `this is no ${kind}: ${error.message}`, { offset, field: path });
  }
}

function decodeHeader(bytes: Uint8Array): Plain {
  decode(header, bytes);
  return describeHeader(bytes);
}

/** With the first rule that it breaks, of those that need nothing but the transaction. */
function decodeTx(bytes: Uint8Array, network: Network): Plain {
  const decoded = decode(tx, bytes);
  const broken = checkTransaction(decoded);
  const fault = broken === undefined ? null : { code: broken.rule, detail: broken.detail };
  return { ...describeTx(decoded, network), fault };
}

function decodeWholeMessage(bytes: Uint8Array): Plain {
  const { network, command, checksum, isIntact, payload } = decodeFrame(bytes);
  const frame = {
    network: network.name,
    command,
    length: payload.length,
    checksum: toHex(checksum),
    checksumFits: isIntact,
  };
  return {
    ...frame,
    payload: isCommand(command) ? decodePayload(command, payload, network) : { hex: toHex(payload) },
  };
}

function decodePayload(
  command: Parameters<typeof decodeMessage>[0],
  payload: Uint8Array,
  network: Network,
): Plain {
  try {
    return describePayload(decodeMessage(command, payload), network);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    // Places are counted from the start of what was given.
    const { code, detail, offset, path } = error;
    throw new DecodeError(code, detail, FRAME_HEADER_SIZE_BYTES + offset, path).within('payload');
  }
}
