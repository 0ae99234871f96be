/**
 * The same work done by others: headers of regtest fetched by headlight, by bitcoind and by bcoin's SPV node, once from a peer
 * that is headlight itself and once from a bitcoind. Not part of `npm run bench`, for it needs programs of other people:
 * bitcoind as installed by scripts/install-nodes.sh, and bcoin in the folder that HEADLIGHT_BCOIN_DIR names (bench/README.md
 * says how). What is missing is left out. Usage: node build/bench/compare.js [HEADERS [BLOCKS]]
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodesAvailable } from '../test/support/nodes/binaries.ts';
import { Bitcoind } from '../test/support/nodes/bitcoind.ts';
import type { Callable } from '../test/support/nodes/regtest-node.ts';
import type { BcoinOptions } from './support/bcoin-main.ts';
import { mineHeaders } from './support/headers.ts';
import { begin, run, type Usage } from './support/program.ts';
import type { ServeOptions } from './support/serve-main.ts';
import type { SyncOptions, SyncResult } from './support/sync-main.ts';
import { count, describeMachine, printTable, rate } from './support/table.ts';

const HEADERS = 100_000;
/** Whole blocks, which a real node must have to give their headers away; empty ones, and still they take a while. */
const BLOCKS = 20_000;
/** As many as bcoin has the time for. */
const BCOIN_HEADERS = 5_000;
/** Of each the quickest of so many is taken. */
const ROUNDS = 3;
const POLL_MS = 5;
const PATIENCE_MS = 120_000;

interface Row {
  readonly name: string;
  readonly headers: number;
  readonly seconds: number;
}

const [headerCount = HEADERS, blockCount = BLOCKS] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'headlight-bench-'));
let folders = 0;
console.log(`${describeMachine()}\n`);
try {
  if (nodesAvailable('bitcoind')) await main();
  else console.log('bitcoind is not installed: run scripts/install-nodes.sh');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  console.log(`${count(headerCount)} headers, from a peer that is headlight:\n`);
  printRows(await fromHeadlight());
  console.log(`\n${count(blockCount)} blocks, from a bitcoind that mined them:\n`);
  printRows(await fromBitcoind());
}

async function fromHeadlight(): Promise<Row[]> {
  const file = join(folder, 'served.headers');
  writeFileSync(file, mineHeaders(headerCount));
  const server = await begin('serve-main.js', { network: 'regtest', file } satisfies ServeOptions);
  const { port } = server.answer as { port: number };
  try {
    return [
      { name: 'headlight', headers: headerCount, seconds: await quickest(() => byHeadlight(port)) },
      {
        name: 'bitcoind',
        headers: headerCount,
        seconds: await quickest(() => byBitcoind({ host: '127.0.0.1', p2pPort: port }, headerCount)),
      },
    ];
  } finally {
    server.child.kill();
    await once(server.child, 'exit');
  }
}

async function fromBitcoind(): Promise<Row[]> {
  const server = await Bitcoind.start({ extraArgs: ['-peerbloomfilters=1'] });
  try {
    await server.mine(blockCount);
    const rows: Row[] = [
      { name: 'headlight', headers: blockCount, seconds: await quickest(() => byHeadlight(server.p2pPort)) },
      {
        name: 'bitcoind',
        headers: blockCount,
        seconds: await quickest(() => byBitcoind(server, blockCount)),
      },
    ];
    const bcoin = process.env['HEADLIGHT_BCOIN_DIR'];
    if (bcoin === undefined) {
      console.log('bcoin is left out: HEADLIGHT_BCOIN_DIR does not say where it is.\n');
      return rows;
    }
    const height = Math.min(BCOIN_HEADERS, blockCount);
    const seconds = await byBcoin(bcoin, server.p2pPort, height);
    return [...rows, { name: 'bcoin, SPV node', headers: height, seconds }];
  } finally {
    await server.dispose();
  }
}

/** From before the client is made until all is checked and safe on disk, and the client has ended. */
async function byHeadlight(port: number): Promise<number> {
  const options = { network: 'regtest', connect: [`127.0.0.1:${port}`], datadir: newFolder() } as const;
  return (await run<SyncResult>('sync-main.js', options satisfies SyncOptions)).seconds;
}

/** From the call until it says that it has all headers. It writes them to disk when it sees fit. */
async function byBitcoind(server: Callable, wanted: number): Promise<number> {
  // Without encryption, which headlight does not speak: a call that fails would count.
  const node = await Bitcoind.start({ extraArgs: ['-v2transport=0'] });
  try {
    const startMs = performance.now();
    await node.connectTo(server);
    for (;;) {
      const { headers } = await node.rpc<{ headers: number }>('getblockchaininfo');
      const seconds = (performance.now() - startMs) / 1000;
      if (headers >= wanted) return seconds;
      if (1000 * seconds > PATIENCE_MS) throw new Error(`bitcoind has ${headers} headers`);
      await sleep(POLL_MS);
    }
  } finally {
    await node.dispose();
  }
}

async function byBcoin(where: string, port: number, height: number): Promise<number> {
  const options = { folder: where, prefix: newFolder(), port, height };
  return (await run<Usage>('bcoin-main.js', options satisfies BcoinOptions)).seconds;
}

function newFolder(): string {
  return join(folder, String(++folders));
}

async function quickest(measure: () => Promise<number>): Promise<number> {
  let best = await measure();
  for (let round = 1; round < ROUNDS; round++) best = Math.min(best, await measure());
  return best;
}

function printRows(rows: readonly Row[]): void {
  const ours = rows[0];
  printTable(
    ['', 'headers', 'time', 'headers a second', 'headlight is faster by'],
    rows.map(({ name, headers, seconds }) => [
      name,
      count(headers),
      `${seconds.toFixed(2)} s`,
      rate(headers, seconds),
      ours === undefined ? '' : (ours.headers / ours.seconds / (headers / seconds)).toFixed(1),
    ]),
  );
}
