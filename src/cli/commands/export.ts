/** `headlight export`: the best chain as a flat file. */

import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { HeaderChain } from '../../offline.ts';
import { Failure } from '../failure.ts';
import { formatBytes, formatCount } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import { addStoreOptions, outputOptions, type StoreOptions } from '../options.ts';
import { Output } from '../output.ts';
import { warnOfRepair } from '../repair.ts';
import { isSystemError, reasonOf } from '../system-error.ts';
import { Interrupted, type Terminal } from '../terminal.ts';

const SCREEN_ADVICE =
  'headers are bytes, not text: name a file, or send them through a pipe with headlight export - | ...';
/** Headers written at a time. */
const BATCH = 10_000;

export function addExport(program: Command, terminal: Terminal): void {
  const command = program
    .command('export')
    .description('write the best chain to a file of 80-byte headers, from where the store begins')
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
    sayStart(chain, output);
    if (file === '-') {
      if (terminal.stdout.isTTY === true) throw new Failure('file-unwritable', SCREEN_ADVICE);
      await writeAll(chain, terminal.signal, (bytes) => output.bytes(bytes));
      return;
    }
    const sizeBytes = await exportTo(file, chain, terminal.signal);
    const { tip, firstHeight } = chain;
    const { height, hash } = tip;
    const count = height - firstHeight + 1;
    const result = { file, fromHeight: firstHeight, count, height, hash, sizeBytes };
    output.object(jsonEvent('exported', options.network.name, result));
    output.line(`Wrote ${formatCount(count)} headers to ${file} (${formatBytes(sizeBytes)})`);
  } finally {
    await chain.close();
  }
}

/** Such a file fits a store that begins at the same place, or has what comes before. */
function sayStart({ startHeight, firstHeight }: HeaderChain, output: Output): void {
  if (startHeight === 0) return;
  const first = `the first header in the file is that of height ${formatCount(firstHeight)}`;
  output.remark('info', `The store begins at height ${formatCount(startHeight)}, not at genesis: ${first}`);
}

async function exportTo(file: string, chain: HeaderChain, signal: AbortSignal): Promise<number> {
  try {
    const existing = await stat(file).catch(() => undefined);
    if (existing?.isDirectory() === true)
      throw new Failure('file-unwritable', `cannot write ${file}: it is a folder`);
    // A device or a pipe is written to, not replaced; of a link, the file that it leads to.
    if (existing !== undefined && !existing.isFile()) return await writeFile(file, chain, signal);
    return await replaceFile(existing === undefined ? file : await realpath(file), chain, signal);
  } catch (error) {
    if (signal.aborted) throw new Interrupted(`${file} is as it was`);
    throw isSystemError(error)
      ? new Failure('file-unwritable', `cannot write ${file}: ${reasonOf(error)}`)
      : error;
  }
}

/** Writes beside the file and renames: whoever reads it sees the old one or the whole new one. */
async function replaceFile(file: string, chain: HeaderChain, signal: AbortSignal): Promise<number> {
  const unfinished = `${file}.unfinished`;
  try {
    const sizeBytes = await writeFile(unfinished, chain, signal);
    await rename(unfinished, file);
    return sizeBytes;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Returns the bytes written. */
async function writeFile(file: string, chain: HeaderChain, signal: AbortSignal): Promise<number> {
  const handle = await open(file, 'w');
  try {
    let sizeBytes = 0;
    await writeAll(chain, signal, async (bytes) => {
      await handle.writeFile(bytes);
      sizeBytes += bytes.length;
    });
    if ((await handle.stat()).isFile()) await handle.sync();
    return sizeBytes;
  } finally {
    await handle.close();
  }
}

async function writeAll(
  chain: HeaderChain,
  signal: AbortSignal,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  for (let from = chain.firstHeight; from <= chain.tip.height; from += BATCH) {
    signal.throwIfAborted();
    await write(await chain.store.read(from, BATCH));
  }
}
