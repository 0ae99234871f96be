/** `headlight export`: the best chain as a flat file. */

import { open, rename, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { HeaderChain } from '../../index.ts';
import { Failure } from '../failure.ts';
import { formatBytes, formatCount } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import { addStoreOptions, outputOptions, type StoreOptions } from '../options.ts';
import { Output } from '../output.ts';
import { warnOfRepair } from '../repair.ts';
import type { Terminal } from '../terminal.ts';

/** Headers written at a time. */
const BATCH = 10_000;

export function addExport(program: Command, terminal: Terminal): void {
  const command = program
    .command('export')
    .description('write the best chain to a file of 80-byte headers, genesis first')
    .argument('<file>', 'the file, or - for standard output')
    .action((file: string, options: StoreOptions) => runExport(file, options, terminal));
  addStoreOptions(command);
}

async function runExport(file: string, options: StoreOptions, terminal: Terminal): Promise<void> {
  // What goes to standard output is the headers and nothing else.
  const output = new Output(terminal, {
    ...outputOptions(options),
    json: options.json === true && file !== '-',
  });
  const chain = await HeaderChain.open({ ...options, create: false });
  try {
    warnOfRepair(chain, output);
    if (file === '-') {
      await writeAll(chain, terminal.signal, (bytes) => output.bytes(bytes));
      return;
    }
    const sizeBytes = await exportTo(file, chain, terminal.signal);
    const { height, hash } = chain.tip;
    output.object(
      jsonEvent('exported', options.network.name, { file, count: height + 1, height, hash, sizeBytes }),
    );
    output.line(`Wrote ${formatCount(height + 1)} headers to ${file} (${formatBytes(sizeBytes)})`);
  } finally {
    await chain.close();
  }
}

/** Writes beside the file and renames: whoever reads it sees the old one or the whole new one. */
async function exportTo(file: string, chain: HeaderChain, signal: AbortSignal): Promise<number> {
  const unfinished = `${file}.unfinished`;
  try {
    const handle = await open(unfinished, 'w');
    let sizeBytes = 0;
    try {
      await writeAll(chain, signal, async (bytes) => {
        await handle.writeFile(bytes);
        sizeBytes += bytes.length;
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
    return sizeBytes;
  } catch (error) {
    await rm(unfinished, { force: true });
    if (signal.aborted || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new Failure('file-unwritable', `cannot write ${file}: ${(error as Error).message}`);
  }
}

async function writeAll(
  chain: HeaderChain,
  signal: AbortSignal,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  for (let from = 0; from <= chain.tip.height; from += BATCH) {
    signal.throwIfAborted();
    await write(await chain.store.read(from, BATCH));
  }
}
