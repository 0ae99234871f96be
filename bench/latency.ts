/**
 * Headers from peers that are far away: 188,801 real ones of mainnet, from 1, 2, 4, 8 and 16 peers of ours, each behind a line
 * of its own with 100 ms of round trip and 16 Mbit/s. Usage: node build/bench/latency.js [PEERS ...]
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HEADER_SIZE_BYTES } from '../src/wire/header.ts';
import { DistantLine } from '../test/support/distant-line.ts';
import { MAINNET_START, mainnetHeaders } from './support/headers.ts';
import { begin, run } from './support/program.ts';
import type { ServeOptions } from './support/serve-main.ts';
import type { SyncOptions, SyncResult } from './support/sync-main.ts';
import { count, describeMachine, printTable, rate } from './support/table.ts';

const PEERS = [1, 2, 4, 8, 16];
const DELAY_MS = 50;
const BYTES_PER_SECOND = 2_000_000;

const given = process.argv.slice(2).map(Number);
const headers = mainnetHeaders();
console.log(`${describeMachine()}\n`);
if (headers === undefined) console.log('The real headers of mainnet are not at hand: nothing is measured.');
else await main(headers, given.length > 0 ? given : PEERS);

async function main(served: Uint8Array, peerCounts: readonly number[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'headlight-bench-'));
  const file = join(folder, 'served.headers');
  writeFileSync(file, served);
  const source = { network: 'mainnet', start: MAINNET_START } as const;
  const server = await begin('serve-main.js', { ...source, file } satisfies ServeOptions);
  const line = await DistantLine.start({
    targetPort: (server.answer as { port: number }).port,
    lines: Math.max(...peerCounts),
    delayMs: DELAY_MS,
    bytesPerSecond: BYTES_PER_SECOND,
  });
  try {
    const total = served.length / HEADER_SIZE_BYTES;
    const measure = async (program: string, peers: number, anchors: boolean): Promise<SyncResult> => {
      const connect = line.ports.slice(0, peers).map((port) => `127.0.0.1:${port}`);
      const datadir = join(folder, `${program}-${peers}-${anchors}`);
      const result = await run<SyncResult>(program, {
        ...source,
        datadir,
        connect,
        anchors,
      } satisfies SyncOptions);
      if (result.height !== MAINNET_START + total) throw new Error(`ended at ${result.height}`);
      return result;
    };
    const baseline = await measure('one-by-one-main.js', 1, false);
    const rows = [row('1 peer, one request in flight', baseline)];
    rows.push(row('1 peer, without anchors', await measure('sync-main.js', 1, false)));
    for (const peers of peerCounts)
      rows.push(row(`${peers} peer${peers === 1 ? '' : 's'}`, await measure('sync-main.js', peers, true)));
    console.log(`${count(total)} headers, each peer ${2 * DELAY_MS} ms away with 16 Mbit/s:\n`);
    printTable(['', 'time', 'headers a second', 'times as fast', 'processor time'], rows);

    function row(title: string, { seconds, cpuSeconds }: SyncResult): string[] {
      const gain = (baseline.seconds / seconds).toFixed(1);
      return [title, `${seconds.toFixed(2)} s`, rate(total, seconds), gain, `${cpuSeconds.toFixed(2)} s`];
    }
  } finally {
    await line.stop();
    server.child.kill();
    await once(server.child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}
