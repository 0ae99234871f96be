/** `headlight demo`: the main job with no internet, by a peer of our own on this machine. */

import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { BUNDLED_HEADERS_FILE, HeaderChain, importHeaders, LightClient, NETWORKS } from '../../index.ts';
import { Failure } from '../failure.ts';
import { formatCount, formatFields, formatTime } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import { addCommonOptions, type CommonOptions, outputOptions } from '../options.ts';
import { Output } from '../output.ts';
import { Interrupted, type Terminal } from '../terminal.ts';
import { follow } from '../follow.ts';

/** Height of mainnet's first block with another difficulty than genesis. */
const FIRST_RETARGET_HEIGHT = 32_256;

export function addDemo(program: Command, terminal: Terminal): void {
  const command = program
    .command('demo')
    .description('sync real mainnet headers from a peer on this machine; needs no internet')
    .action((options: CommonOptions) => demo(options, terminal));
  addCommonOptions(command);
  // No option, but what events and failures say.
  command.setOptionValue('network', NETWORKS.mainnet);
}

async function demo(options: CommonOptions, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  const server = await startServer();
  const datadir = await mkdtemp(join(tmpdir(), 'headlight-demo-'));
  try {
    const peer = `127.0.0.1:${server.listening?.port}`;
    const count = formatCount((server.tip?.height ?? 0) + 1);
    output.line(`A peer on ${peer} serves the first ${count} headers of mainnet.`);
    output.line('A fresh client syncs from it:');
    output.line('');
    const { signal } = terminal;
    // The first months of mainnet have little work: the peer is believed because we started it.
    const client = new LightClient({ datadir, connect: [peer], follow: false, minChainwork: 0n, signal });
    await follow(client, terminal, output);
    if (signal.aborted) throw new Interrupted('the demo kept nothing');
    await showResult(datadir, output);
    output.line('');
    output.line(`Next, from the network itself: ${terminal.programName} sync`);
  } finally {
    await server.stop();
    await rm(datadir, { recursive: true, force: true });
  }
}

/** A client that calls nobody and answers those who call. */
async function startServer(): Promise<LightClient> {
  const chain = await HeaderChain.open({ network: NETWORKS.mainnet, datadir: undefined, create: true });
  const { fault } = await importHeaders(chain, createReadStream(BUNDLED_HEADERS_FILE), Date.now() / 1000);
  if (fault !== undefined) throw new Failure(fault.code, `the bundled headers are damaged: ${fault.detail}`);
  const server = new LightClient({ chain, dial: false, listen: '127.0.0.1:0' });
  await server.start();
  return server;
}

/** Opens the store again: what is shown is what is on disk. */
async function showResult(datadir: string, output: Output): Promise<void> {
  const chain = await HeaderChain.open({ network: NETWORKS.mainnet, datadir, create: false });
  try {
    const before = await chain.header(FIRST_RETARGET_HEIGHT - 1);
    const retarget = await chain.header(FIRST_RETARGET_HEIGHT);
    const tip = await chain.header(chain.tip.hash);
    if (before === undefined || retarget === undefined || tip === undefined) {
      throw new Failure('demo-failed', 'the headers that were synced are not in the store');
    }
    output.object(jsonEvent('demo', 'mainnet', { height: tip.height, hash: tip.hash, retarget }));
    output.line('');
    output.line('Read back from the store, which is deleted now:');
    const fields = [
      ['tip', `${formatCount(tip.height)}, mined ${formatTime(tip.blockTime)}`],
      ['first retarget', `${formatCount(retarget.height)}: bits ${before.bits} became ${retarget.bits}`],
      ['checked', 'proof of work, difficulty, times, version and links of each'],
    ] as const;
    for (const line of formatFields(fields)) output.line(line);
  } finally {
    await chain.close();
  }
}
