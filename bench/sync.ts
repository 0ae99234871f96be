/**
 * Headers fetched over loopback, checked and stored, and what a store of them takes to open and to keep: 100,000 and
 * 1,000,000 headers of regtest made on the spot, or the counts given, and 188,801 real ones of mainnet where they are at
 * hand. Usage: node build/bench/sync.js [COUNT ...]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headersFolder } from '../src/header-chain.ts';
import { HEADER_SIZE_BYTES } from '../src/wire/header.ts';
import type { FollowResult } from './support/follow-main.ts';
import { MAINNET_START, mainnetHeaders, measureHashing, mineHeaders } from './support/headers.ts';
import type { OpenOptions } from './support/open-main.ts';
import { begin, run, type Usage } from './support/program.ts';
import type { ServeOptions } from './support/serve-main.ts';
import type { SyncOptions, SyncResult } from './support/sync-main.ts';
import { count, describeMachine, printTable, rate } from './support/table.ts';

const COUNTS = [100_000, 1_000_000];
const FOLLOW_SECONDS = 5;
/** Of what is over in a moment the quickest of so many is taken. */
const ROUNDS = 5;
const HEADLIGHT = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

interface Measured {
  readonly name: string;
  readonly count: number;
  readonly hashing: Usage;
  readonly synced: SyncResult;
  /** On disk, when the client has ended and after the next start. */
  readonly fullBytes: number;
  readonly tidyBytes: number;
}

type Source = Omit<ServeOptions, 'file'>;

const folder = mkdtempSync(join(tmpdir(), 'headlight-bench-'));
try {
  console.log(`${describeMachine()}\n`);
  await main(process.argv.slice(2).map(Number));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(given: readonly number[]): Promise<void> {
  const measured: Measured[] = [];
  const stores: (readonly string[])[] = [];
  for (const wanted of given.length > 0 ? given : COUNTS) {
    const headers = mineHeaders(wanted);
    const source = { network: 'regtest' } as const;
    await served(source, headers, async (peer) => {
      const datadir = join(folder, String(wanted));
      const options = { ...source, connect: [peer], datadir };
      measured.push(await measureSync(`regtest, ${count(wanted)}`, options, headers));
      stores.push(await measureStore(wanted, datadir, peer));
    });
  }
  const real = mainnetHeaders();
  if (real === undefined) {
    console.log('The real headers of mainnet are not at hand: they are left out.\n');
  } else {
    const source = { network: 'mainnet', start: MAINNET_START } as const;
    await served(source, real, async (peer) => {
      const wanted = count(real.length / HEADER_SIZE_BYTES);
      for (const anchors of [true, false]) {
        const name = `mainnet, ${wanted}, ${anchors ? 'anchors' : 'no anchors'}`;
        const datadir = join(folder, name);
        measured.push(await measureSync(name, { ...source, anchors, connect: [peer], datadir }, real));
      }
    });
  }
  printRates(measured);
  console.log('\nA store of regtest:\n');
  printStores(stores);
}

async function served(
  source: Source,
  headers: Uint8Array,
  measure: (peer: string) => Promise<void>,
): Promise<void> {
  const file = join(folder, 'served.headers');
  writeFileSync(file, headers);
  const server = await begin('serve-main.js', { ...source, file } satisfies ServeOptions);
  try {
    await measure(`127.0.0.1:${(server.answer as { port: number }).port}`);
  } finally {
    server.child.kill();
    await once(server.child, 'exit');
  }
}

async function measureSync(name: string, options: SyncOptions, headers: Uint8Array): Promise<Measured> {
  const wanted = headers.length / HEADER_SIZE_BYTES;
  const hashing = measureHashing(headers);
  const synced = await run<SyncResult>('sync-main.js', options);
  const { height } = synced;
  if (height !== (options.start ?? 0) + wanted) throw new Error(`${name}: ended at ${height}`);
  const { network, datadir } = options;
  const store = headersFolder(datadir, network);
  const fullBytes = sizeOf(store);
  // What LevelDB has not tidied up by the end it does at the next start.
  await open({ network, datadir, looksOnly: false });
  return { name, count: wanted, hashing, synced, fullBytes, tidyBytes: sizeOf(store) };
}

/** What it takes to begin with a store that is there, and to stay at the tip. */
async function measureStore(wanted: number, datadir: string, peer: string): Promise<readonly string[]> {
  const regtest = { network: 'regtest', datadir } as const;
  const opened = await quickest(() => open({ ...regtest, looksOnly: false }));
  const looked = await quickest(() => open({ ...regtest, looksOnly: true }));
  const status = await quickest(() => timeStatus(datadir));
  const following = { datadir, connect: [peer], seconds: FOLLOW_SECONDS };
  const memory = await run<FollowResult>('follow-main.js', following);
  return [
    count(wanted),
    milliseconds(status),
    milliseconds(looked),
    `${milliseconds(opened)} (${opened.cpuSeconds.toFixed(2)} s)`,
    `${opened.peakMegabytes} MB`,
    `${memory.opened} MB`,
    `${memory.following} MB`,
    `${memory.peak} MB`,
  ];
}

function open(options: OpenOptions): Promise<Usage> {
  return run<Usage>('open-main.js', options);
}

/** From the start of the process to its first answer. */
async function timeStatus(datadir: string): Promise<Pick<Usage, 'seconds'>> {
  const startMs = performance.now();
  const child = spawn(process.execPath, [HEADLIGHT, 'status', '--network', 'regtest', '--datadir', datadir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const seconds = (performance.now() - startMs) / 1000;
  await once(child, 'close');
  return { seconds };
}

async function quickest<T extends Pick<Usage, 'seconds'>>(measure: () => Promise<T>): Promise<T> {
  let best = await measure();
  for (let round = 1; round < ROUNDS; round++) {
    const next = await measure();
    if (next.seconds < best.seconds) best = next;
  }
  return best;
}

function milliseconds({ seconds }: Pick<Usage, 'seconds'>): string {
  return `${Math.round(1000 * seconds)} ms`;
}

function sizeOf(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}

function printRates(measured: readonly Measured[]): void {
  const row = (title: string, cell: (one: Measured) => string): string[] => [title, ...measured.map(cell)];
  printTable(
    ['', ...measured.map(({ name }) => name)],
    [
      row('fetched, checked and stored', ({ synced }) => `${synced.seconds.toFixed(2)} s`),
      row('headers a second', ({ count: wanted, synced }) => rate(wanted, synced.seconds)),
      row('processor time, all threads', ({ synced }) => `${synced.cpuSeconds.toFixed(2)} s`),
      row('headers a second of that', ({ count: wanted, synced }) => rate(wanted, synced.cpuSeconds)),
      row('hashing alone', ({ hashing }) => `${hashing.cpuSeconds.toFixed(2)} s`),
      row('processor time to that', ({ hashing, synced }) =>
        (synced.cpuSeconds / hashing.cpuSeconds).toFixed(1),
      ),
      row('peak memory', ({ synced }) => `${synced.peakMegabytes} MB`),
      row('on disk, bytes a header', ({ count: wanted, fullBytes }) => (fullBytes / wanted).toFixed(1)),
      row('after the next start', ({ count: wanted, tidyBytes }) => (tidyBytes / wanted).toFixed(1)),
    ],
  );
}

function printStores(rows: readonly (readonly string[])[]): void {
  const head = [
    'headers',
    '`headlight status`',
    'readStatus',
    'opened whole (processor)',
    'peak of that',
    'client started',
    'following',
    'peak of that',
  ];
  printTable(head, rows);
}
