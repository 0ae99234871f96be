/**
 * Where the main thread of a client spends its time while it fetches headers of regtest over loopback, by V8's CPU profile.
 * Usage: node build/bench/profile.js [COUNT]
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureHashing, mineHeaders } from './support/headers.ts';
import { begin, run } from './support/program.ts';
import type { ServeOptions } from './support/serve-main.ts';
import type { SyncOptions, SyncResult } from './support/sync-main.ts';
import { count, describeMachine, printTable } from './support/table.ts';

const COUNT = 1_000_000;
const INTERVAL_MICROSECONDS = 500;

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

/** What a function belongs to, by its name or its file; the first that fits. What fits none is its caller's. */
const PARTS: readonly (readonly [part: string, name: RegExp | undefined, file: RegExp | undefined])[] = [
  ['waiting for the peer or the disk', /^\(idle\)$/, undefined],
  ['collecting garbage', /^\(garbage collector\)$/, undefined],
  ['sending requests', /^writeBuffer$/, undefined],
  ['starting: modules, compiling', /^compile/, /internal\/modules|internal\/bootstrap/],
  ['hashing headers', undefined, /^wasm:|bytes\/(piece-hasher|simd)/],
  ['checksums of messages', undefined, /bytes\/hash\.|internal\/crypto\/hash/],
  ['frames and decoding', undefined, /src\/(transport|wire)\/|bytes\/reader/],
  ['the tree', undefined, /chain\/(best-chain|hash-index|work-sum)/],
  ['checking the rules', undefined, /src\/chain\//],
  ['storing', /^crc32$/, /src\/store\/|commit-queue|bytes\/concat|classic-level|abstract-level/],
  ['machines and connections', undefined, /src\/(protocol|io)\/|src\/[^/]+$/],
];

const wanted = Number(process.argv[2] ?? COUNT);
const folder = mkdtempSync(join(tmpdir(), 'headlight-bench-'));
console.log(`${describeMachine()}\n`);
try {
  const headers = mineHeaders(wanted);
  const file = join(folder, 'served.headers');
  writeFileSync(file, headers);
  const server = await begin('serve-main.js', { network: 'regtest', file } satisfies ServeOptions);
  const { port } = server.answer as { port: number };
  const options = {
    network: 'regtest',
    connect: [`127.0.0.1:${port}`],
    datadir: join(folder, 'store'),
  } as const;
  const profiles = join(folder, 'profiles');
  const { seconds } = await run<SyncResult>('sync-main.js', options satisfies SyncOptions, [
    '--cpu-prof',
    `--cpu-prof-dir=${profiles}`,
    `--cpu-prof-interval=${INTERVAL_MICROSECONDS}`,
  ]);
  server.child.kill();
  await once(server.child, 'exit');
  const [name = ''] = readdirSync(profiles);
  const hashing = measureHashing(headers).cpuSeconds;
  console.log(
    `${count(wanted)} headers of regtest in ${seconds.toFixed(2)} s; hashing alone: ${hashing.toFixed(2)} s\n`,
  );
  report(JSON.parse(readFileSync(join(profiles, name), 'utf8')) as Profile);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function report({ nodes, samples, timeDeltas }: Profile): void {
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const own = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  const sums = new Map<string, number>();
  samples.forEach((id, i) => {
    let at: number | undefined = id;
    while (at !== undefined && own.get(at) === undefined) at = parents.get(at);
    const part = (at === undefined ? undefined : own.get(at)) ?? 'Node.js itself';
    sums.set(part, (sums.get(part) ?? 0) + (timeDeltas[i] ?? 0));
  });
  const total = Array.from(sums.values()).reduce((sum, microseconds) => sum + microseconds, 0);
  printTable(
    ['', 'time', 'share'],
    Array.from(sums)
      .toSorted(([, a], [, b]) => b - a)
      .map(([part, microseconds]) => [
        part,
        `${Math.round(microseconds / 1000)} ms`,
        `${Math.round((100 * microseconds) / total)} %`,
      ]),
  );
}

function partOf({ functionName, url }: CallFrame): string | undefined {
  return PARTS.find(([, name, file]) => name?.test(functionName) === true || file?.test(url) === true)?.[0];
}
