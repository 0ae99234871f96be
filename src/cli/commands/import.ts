/** `headlight import`: headers from a file, checked exactly like a peer's. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { HeaderChain, importHeaders } from '../../index.ts';
import { Failure } from '../failure.ts';
import { formatCount, formatFields } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import { addStoreOptions, outputOptions, type StoreOptions } from '../options.ts';
import { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { rateMeter } from '../rate-meter.ts';
import { warnOfRepair } from '../repair.ts';
import type { Terminal } from '../terminal.ts';

const HEADER_SIZE_BYTES = 80;

export function addImport(program: Command, terminal: Terminal): void {
  const command = program
    .command('import')
    .description('add headers from a file of 80-byte headers, checked like those of a peer')
    .argument('<file>', 'the file, or - for standard input')
    .action((file: string, options: StoreOptions) => runImport(file, options, terminal));
  addStoreOptions(command);
}

async function runImport(file: string, options: StoreOptions, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  const progress = new Progress(terminal, output, 'Importing');
  const { source, count } = await openSource(file, terminal);
  const chain = await HeaderChain.open({ ...options, create: true });
  try {
    warnOfRepair(chain, output);
    const rate = rateMeter();
    const { validCount, newCount, fault } = await importHeaders(chain, source, Date.now() / 1000, (done) => {
      terminal.signal.throwIfAborted();
      progress.update({ height: done, target: count ?? done, perSecond: rate.of(done) });
    });
    progress.stop();
    const { height, hash } = chain.tip;
    if (fault !== undefined) {
      const { code, index, offset, field, detail } = fault;
      const kept = `${formatCount(newCount)} new headers before it are kept, the tip is at height ${formatCount(height)}`;
      const where = `header ${formatCount(index)} of ${file}, byte ${offset}, ${field}`;
      throw new Failure(code, `${where}: ${detail} (${code}); ${kept}`, {
        index,
        offset,
        field,
        height,
        hash,
      });
    }
    const seconds = rate.seconds();
    output.object(
      jsonEvent('imported', options.network.name, {
        read: validCount,
        added: newCount,
        height,
        hash,
        seconds,
      }),
    );
    output.line(
      `Imported ${formatCount(newCount)} new headers of ${formatCount(validCount)} read, every rule checked`,
    );
    for (const line of formatFields([
      ['tip', `height ${formatCount(height)}`],
      ['hash', hash],
    ]))
      output.line(line);
  } finally {
    progress.stop();
    await chain.close();
  }
}

/** Looked at before a store is made, so that a wrong name leaves nothing behind. */
async function openSource(
  file: string,
  terminal: Terminal,
): Promise<{ source: AsyncIterable<Uint8Array>; count: number | undefined }> {
  if (file === '-') return { source: terminal.stdin, count: undefined };
  try {
    const found = await stat(file);
    if (found.isDirectory())
      throw new Failure('file-unreadable', `${file} is a folder, not a file of headers`);
    return {
      source: createReadStream(file),
      count: found.isFile() ? Math.floor(found.size / HEADER_SIZE_BYTES) : undefined,
    };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('file-unreadable', `cannot read ${file}: ${(error as Error).message}`);
  }
}
