/**
 * What a header costs on its way from the socket to the disk, stage by stage: messages of regtest headers go through the
 * parts of the client in one thread, one message after the other, and of each stage the time is taken. The middle of all
 * messages is little troubled by whatever else runs on the machine. Usage: node build/bench/stages.js [COUNT]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { HeaderRun } from '../src/chain/header-run.ts';
import { HeaderTree } from '../src/chain/header-tree.ts';
import { NETWORKS } from '../src/index.ts';
import { HeaderStore } from '../src/store/header-store.ts';
import type { KeyValue } from '../src/store/key-value.ts';
import { LevelKeyValue } from '../src/store/level.ts';
import { MemoryKeyValue } from '../src/store/memory.ts';
import { restore } from '../src/store/restore.ts';
import { MessageStream } from '../src/transport/message-stream.ts';
import { V1Transport } from '../src/transport/v1.ts';
import { chunksOf, framesOf, mineHeaders } from './support/headers.ts';
import { count, describeMachine, printTable } from './support/table.ts';

const COUNT = 1_000_000;
const NETWORK = NETWORKS.regtest;

const STAGES = [
  'frames, their checksums',
  'decoding',
  'hashing',
  'checking the rules',
  'the tree',
  'records for the store',
  'LevelDB, synced',
] as const;
type Stage = (typeof STAGES)[number];

const wanted = Number(process.argv[2] ?? COUNT);
const folder = mkdtempSync(join(tmpdir(), 'headlight-bench-'));
const millisecondsOf = new Map<Stage, number[]>(STAGES.map((stage) => [stage, []]));
let garbageMs = 0;
const collector = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) garbageMs += duration;
});
try {
  console.log(`${describeMachine()}\n\n${count(wanted)} headers of regtest, one thread:\n`);
  const frames = framesOf(NETWORK.magic, mineHeaders(wanted));
  collector.observe({ entryTypes: ['gc'] });
  const startMs = performance.now();
  await walk(frames);
  const totalMs = performance.now() - startMs;
  // What was collected is told in a turn of its own.
  await new Promise((resolve) => setTimeout(resolve, 50));
  report(totalMs);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function walk(frames: readonly Uint8Array[]): Promise<void> {
  const transport = new V1Transport(NETWORK.magic);
  const stream = new MessageStream(new V1Transport(NETWORK.magic));
  const tree = new HeaderTree(NETWORK);
  const database = await LevelKeyValue.open(join(folder, 'store'));
  const levelStore = await HeaderStore.open(database, NETWORK.name);
  await restore(levelStore, tree);
  const recordStore = await newRecordStore();
  const nowSeconds = Math.floor(Date.now() / 1000);
  for (const frame of frames) {
    const chunks = chunksOf(frame);
    const framing = timed('frames, their checksums', () => {
      for (const chunk of chunks) transport.receive(chunk);
    });
    const headers = timed('decoding', () => decodeAll(stream, chunks), -framing.milliseconds).result;
    const run = timed('hashing', () => HeaderRun.fromBytes(headers)).result;
    const verdict = timed('checking the rules', () => tree.check(run, nowSeconds)).result;
    if (verdict === undefined || verdict.fault !== undefined) throw new Error(verdict?.fault?.detail);
    const change = timed('the tree', () => tree.connect(verdict)).result;
    if (change === undefined) throw new Error('nothing new');
    const recordsMs = await timedLater('records for the store', () => recordStore.commit(change));
    await timedLater('LevelDB, synced', () => levelStore.commit(change), -recordsMs);
  }
  await database.close();
}

function decodeAll(stream: MessageStream, chunks: readonly Uint8Array[]): Uint8Array {
  let headers: Uint8Array | undefined;
  for (const chunk of chunks) {
    for (const { command, payload } of stream.receive(chunk).messages)
      if (command === 'headers') ({ headers } = payload);
  }
  if (headers === undefined) throw new Error('no message of headers');
  return headers;
}

/** A store whose database takes no time and keeps nothing but the record of the tip. */
async function newRecordStore(): Promise<HeaderStore> {
  const memory = new MemoryKeyValue();
  const store = await HeaderStore.open(memory, NETWORK.name);
  await restore(store, new HeaderTree(NETWORK));
  const nothing: Pick<KeyValue, 'write'> = { write: () => Promise.resolve() };
  return Object.assign(memory, nothing) && store;
}

function timed<T>(stage: Stage, act: () => T, correctionMs = 0): { result: T; milliseconds: number } {
  const startMs = performance.now();
  const result = act();
  const milliseconds = performance.now() - startMs;
  millisecondsOf.get(stage)?.push(Math.max(0, milliseconds + correctionMs));
  return { result, milliseconds };
}

async function timedLater(stage: Stage, act: () => Promise<void>, correctionMs = 0): Promise<number> {
  const startMs = performance.now();
  await act();
  const milliseconds = performance.now() - startMs;
  millisecondsOf.get(stage)?.push(Math.max(0, milliseconds + correctionMs));
  return milliseconds;
}

function report(totalMs: number): void {
  const typical = new Map(
    Array.from(millisecondsOf, ([stage, all]) => [stage, middle(all) * all.length] as const),
  );
  const sum = Array.from(typical.values()).reduce((total, milliseconds) => total + milliseconds, 0);
  const hashing = typical.get('hashing') ?? 0;
  const row = (title: string, milliseconds: number, isPart = true): string[] => [
    title,
    `${Math.round(milliseconds)} ms`,
    isPart ? `${Math.round((100 * milliseconds) / sum)} %` : '',
    ((1000 * milliseconds) / wanted).toFixed(2),
  ];
  printTable(
    ['stage', 'time', 'share', 'µs a header'],
    [
      ...Array.from(typical, ([stage, milliseconds]) => row(stage, milliseconds)),
      row('all of it', sum),
      row('by the clock, with every disturbance', totalMs, false),
      row('of that, collecting garbage', garbageMs, false),
    ],
  );
  console.log(
    `\nHashing alone would take ${((100 * hashing) / sum).toFixed(0)} % of the time: a factor of ${(sum / hashing).toFixed(1)}.`,
  );
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1] ?? 0;
}
