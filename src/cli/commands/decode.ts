/** `headlight decode`: what bytes say, field by field. */

import { Argument, type Command } from 'commander';
import { decodeFrame, FRAME_HEADER_SIZE_BYTES } from '../../index.ts';
import { block, decode, DecodeError, decodeMessage, header, isCommand, toHex, tx } from '../../wire/index.ts';
import {
  describeBlock,
  describeHeader,
  describePayload,
  describeTx,
  type Plain,
} from '../decode/describe.ts';
import { readInput } from '../decode/input.ts';
import { plainLines } from '../decode/text.ts';
import { Failure } from '../failure.ts';
import { jsonEvent } from '../json-event.ts';
import { addCommonOptions, type CommonOptions, outputOptions } from '../options.ts';
import { Output } from '../output.ts';
import type { Terminal } from '../terminal.ts';

const KINDS: Readonly<Record<string, (bytes: Uint8Array) => Plain>> = {
  header: decodeHeader,
  tx: (bytes) => describeTx(decode(tx, bytes)),
  block: (bytes) => describeBlock(decode(block, bytes)),
  message: decodeWholeMessage,
};

export function addDecode(program: Command, terminal: Terminal): void {
  const command = program
    .command('decode')
    .description('say what bytes mean, field by field')
    .addArgument(new Argument('<kind>', 'what they are').choices(Object.keys(KINDS)))
    .argument('[input]', 'hexadecimal digits, @FILE, or - for standard input', '-')
    .action((kind: string, input: string, options: CommonOptions) =>
      runDecode(kind, input, options, terminal),
    );
  addCommonOptions(command);
}

async function runDecode(
  kind: string,
  input: string,
  options: CommonOptions,
  terminal: Terminal,
): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  try {
    const bytes = await readInput(input, terminal);
    const value = KINDS[kind]?.(bytes) ?? null;
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
    payload: isCommand(command) ? decodePayload(command, payload) : { hex: toHex(payload) },
  };
}

function decodePayload(command: Parameters<typeof decodeMessage>[0], payload: Uint8Array): Plain {
  try {
    return describePayload(decodeMessage(command, payload));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    // Places are counted from the start of what was given.
    const { code, detail, offset, path } = error;
    throw new DecodeError(code, detail, FRAME_HEADER_SIZE_BYTES + offset, path).within('payload');
  }
}
