/** `headlight import`: headers from a file, checked exactly like a peer's. */

import type { Command } from 'commander';
import {
  HeaderChain,
  importHeaders,
  type ImportFault,
  type ImportResult,
  resolveStart,
} from '../../offline.ts';
import { HEADER_SIZE_BYTES } from '../../wire/index.ts';
import { orWrongUsage } from '../client-options.ts';
import { Failure } from '../failure.ts';
import { formatCount, formatFields, formatSeconds } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import { addStartOptions, outputOptions, type StartOptions } from '../options.ts';
import { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { rateMeter } from '../rate-meter.ts';
import { warnOfRepair } from '../repair.ts';
import { startWords } from '../start-words.ts';
import { openFile, readStandardInput, type Source } from '../source.ts';
import { Interrupted, type Terminal } from '../terminal.ts';

export function addImport(program: Command, terminal: Terminal): void {
  const command: Command = program
    .command('import')
    .description('add headers from a file of 80-byte headers, checked like those of a peer')
    .argument('<file>', 'the file, or - for standard input')
    .action((file: string, options: StartOptions) => runImport(file, options, command, terminal));
  addStartOptions(command);
}

async function runImport(
  file: string,
  options: StartOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const { network, start } = options;
  if (start !== undefined) orWrongUsage(command, () => resolveStart(network, start));
  const output = new Output(terminal, outputOptions(options));
  const input = await openInput(file, terminal);
  const chain = await HeaderChain.open({ ...options, create: true });
  try {
    warnOfRepair(chain, output);
    const rate = rateMeter();
    const result = await readAll(chain, input, terminal, output);
    if (result.fault !== undefined) throw describeFault(result, result.fault, file, chain);
    if (result.validCount === 0) throw emptyFault(file, chain);
    const { validCount, newCount } = result;
    const { height, hash } = chain.tip;
    const seconds = rate.seconds();
    const { startHeight } = chain;
    const counts = { read: validCount, added: newCount, height, hash, startHeight, seconds };
    output.object(jsonEvent('imported', network.name, counts));
    output.line(`Imported ${formatCount(newCount)} new headers of ${formatCount(validCount)} read`);
    const fields: [string, string][] = [
      ['tip', `height ${formatCount(height)}`],
      ['hash', hash],
      ['checked', `every rule, in ${formatSeconds(seconds)}`],
    ];
    if (startHeight > 0) fields.push(['verified', startWords(startHeight)]);
    for (const line of formatFields(fields)) output.line(line);
  } finally {
    await chain.close();
  }
}

function openInput(file: string, terminal: Terminal): Source | Promise<Source> {
  return file === '-'
    ? { source: readStandardInput(terminal), sizeBytes: undefined }
    : openFile(file, terminal.signal);
}

async function readAll(
  chain: HeaderChain,
  { source, sizeBytes }: Source,
  terminal: Terminal,
  output: Output,
): Promise<ImportResult> {
  const progress = new Progress(terminal, output, 'Importing');
  const rate = rateMeter();
  const count = sizeBytes === undefined ? undefined : Math.floor(sizeBytes / HEADER_SIZE_BYTES);
  try {
    return await importHeaders(chain, source, Date.now() / 1000, (done) => {
      terminal.signal.throwIfAborted();
      progress.update({ height: done, target: count ?? done, perSecond: rate.of(done) });
    });
  } catch (error) {
    if (!terminal.signal.aborted) throw error;
    throw new Interrupted(
      `the tip is at height ${formatCount(chain.tip.height)}, all headers so far are saved`,
    );
  } finally {
    progress.stop();
  }
}

function describeFault(
  { newCount }: ImportResult,
  { code, index, offset, field, detail }: ImportFault,
  file: string,
  chain: HeaderChain,
): Failure {
  const { height, hash } = chain.tip;
  const where = `header ${formatCount(index)} of ${file}, byte ${offset}, ${field}`;
  const kept =
    newCount === 0 ? 'nothing was added' : `the ${formatCount(newCount)} new headers before it are kept`;
  return new Failure(
    code,
    `${where}: ${detail} (${code}); ${kept}, the tip is at height ${formatCount(height)}`,
    { index, offset, field, height, hash },
  );
}

/** Nothing is wrong with no headers, but nobody means to import them: the file is not the one that was meant. */
function emptyFault(file: string, chain: HeaderChain): Failure {
  const { height, hash } = chain.tip;
  const message = `there is nothing in ${file === '-' ? 'standard input' : file}: headers of 80 bytes each were expected`;
  return new Failure('unexpected-end', message, { index: 0, offset: 0, field: 'header', height, hash });
}
