/**
 * Headers fetched over loopback, checked and stored, and the store opened again: for 100,000 and 1,000,000 headers of
 * regtest made on the spot, or for the counts given. Each part runs in a process of its own, so that its memory is its
 * own. Usage: node build/bench/sync.js [COUNT ...]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sha256d } from '../src/bytes/hash.ts';
import { HeaderRun } from '../src/chain/header-run.ts';
import { HeaderChain, headersFolder } from '../src/header-chain.ts';
import { LightClient, NETWORKS } from '../src/index.ts';
import { mine } from '../test/support/mine.ts';

const COUNTS = [100_000, 1_000_000];
/** Small, so that a million blocks end before today. */
const SPACING_SECONDS = 60;

interface Result {
  readonly seconds: number;
  /** Largest resident memory of the process, MB. */
  readonly peakMegabytes: number;
}

const [role, ...args] = process.argv.slice(2);
if (role === 'serve') await serve(args[0] as string);
else if (role === 'sync') await sync(args[0] as string, args[1] as string);
else if (role === 'open') await open(args[0] as string);
else await main([role, ...args].filter((text) => text !== undefined).map(Number));

async function main(counts: readonly number[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'headlight-bench-'));
  try {
    console.log(`Node.js ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}`);
    for (const count of counts.length > 0 ? counts : COUNTS) await measure(count, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(count: number, folder: string): Promise<void> {
  const file = join(folder, `${count}.headers`);
  const headers = mine(count, { spacingSeconds: SPACING_SECONDS });
  writeFileSync(file, headers);
  const hashing = timeHashing(headers);
  const datadir = join(folder, `${count}`);
  const server = spawn(process.execPath, [fileURLToPath(import.meta.url), 'serve', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [address] = (await once(createInterface(server.stdout), 'line')) as [string];
  const synced = await inProcess('sync', address, datadir);
  server.kill();
  const opened = await inProcess('open', datadir);
  const disk = sizeOf(headersFolder(datadir, 'regtest'));
  const rate = Math.round(count / synced.seconds);
  console.log(`${count.toLocaleString('en-US')} headers`);
  console.log(
    `  fetched, checked and stored  ${synced.seconds.toFixed(2)} s, ${rate.toLocaleString('en-US')} headers/s`,
  );
  console.log(
    `  of that, hashing alone takes ${hashing.toFixed(2)} s (ratio ${(synced.seconds / hashing).toFixed(2)})`,
  );
  console.log(`  peak memory                  ${synced.peakMegabytes} MB`);
  console.log(
    `  opened again                 ${opened.seconds.toFixed(2)} s, peak memory ${opened.peakMegabytes} MB`,
  );
  console.log(
    `  on disk                      ${(disk / 1e6).toFixed(1)} MB, ${(disk / count).toFixed(1)} bytes a header`,
  );
}

/** The least that any client must do: the baseline of the same run. */
function timeHashing(headers: Uint8Array): number {
  const startMs = performance.now();
  for (let start = 0; start < headers.length; start += 80) sha256d(headers.subarray(start, start + 80));
  return (performance.now() - startMs) / 1000;
}

async function inProcess(...command: string[]): Promise<Result> {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  await once(child, 'close');
  return JSON.parse(line) as Result;
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

async function serve(file: string): Promise<void> {
  const chain = await HeaderChain.open({ network: NETWORKS.regtest, datadir: undefined, create: true });
  const headers = new Uint8Array(readFileSync(file));
  // Known to be good: checking them here would only keep the bench waiting.
  for (let start = 0; start < headers.length; start += 80 * 100_000) {
    const run = HeaderRun.fromBytes(headers.subarray(start, start + 80 * 100_000));
    const fork = chain.tree.tip;
    chain.tree.restoreBest(run);
    const nothing = { removed: [], added: [], promoted: [], branched: [], forgotten: [] };
    await chain.store.commit({ ...nothing, fork, appended: run.bytes, tip: chain.tree.tip });
  }
  const server = new LightClient({ chain, dial: false, listen: '127.0.0.1:0' });
  await server.start();
  console.log(`127.0.0.1:${server.listening?.port}`);
}

async function sync(address: string, datadir: string): Promise<void> {
  const startMs = performance.now();
  const client = new LightClient({ network: 'regtest', connect: [address], datadir, follow: false });
  await client.start();
  await client.ended();
  report((performance.now() - startMs) / 1000);
}

async function open(datadir: string): Promise<void> {
  const startMs = performance.now();
  const chain = await HeaderChain.open({ network: NETWORKS.regtest, datadir, create: false });
  const seconds = (performance.now() - startMs) / 1000;
  await chain.close();
  report(seconds);
}

function report(seconds: number): void {
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1000);
  console.log(JSON.stringify({ seconds, peakMegabytes }));
}
