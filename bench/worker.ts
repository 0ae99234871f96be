/**
 * Is a worker thread worth its while? The same messages of headers, in order and from memory, checked by every rule: in one
 * thread; with a worker that decodes, hashes and looks at proof of work; and with one that does everything. What a thread is
 * given it is given for good, nothing is copied for it. Usage: node build/bench/worker.js [COUNT]
 */
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { HeaderRun } from '../src/chain/header-run.ts';
import { NETWORKS } from '../src/index.ts';
import type { Proven, Share } from './support/checking-worker.ts';
import { Chain, Decoder } from './support/checking.ts';
import { chunksOf, framesOf, mineHeaders } from './support/headers.ts';
import { Meter } from './support/program.ts';
import { count, describeMachine, printTable, rate } from './support/table.ts';

const COUNT = 1_000_000;
/** Of each way the quickest of so many rounds is taken; they take turns. */
const ROUNDS = 3;
/** Messages that a worker has before it: enough that it never waits. */
const AHEAD = 8;

interface Round {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Time before the first message, milliseconds. */
  readonly startMs: number;
  /** The longest that the main thread's event loop stood still, milliseconds; and the 99th of a hundred. */
  readonly longestMs: number;
  readonly mostMs: number;
}

const wanted = Number(process.argv[2] ?? COUNT);
console.log(`${describeMachine()}\n\n${count(wanted)} headers of regtest, from memory:\n`);
const frames = framesOf(NETWORKS.regtest.magic, mineHeaders(wanted));
const ways: Readonly<Record<string, () => Promise<Round>>> = {
  'one thread': inOneThread,
  'a worker decodes, hashes and proves': () => inWorker('proof'),
  'a worker does everything': () => inWorker('all'),
};
const best = new Map<string, Round>();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, measure] of Object.entries(ways)) {
    const result = await measure();
    if (result.seconds < (best.get(name)?.seconds ?? Infinity)) best.set(name, result);
  }
}
printTable(
  [
    '',
    'time',
    'headers a second',
    'processor time',
    'main thread held up, 99 of 100',
    'at most',
    'to start it',
  ],
  Array.from(best, ([name, { seconds, cpuSeconds, longestMs, mostMs, startMs }]) => [
    name,
    `${seconds.toFixed(2)} s`,
    rate(wanted, seconds),
    `${cpuSeconds.toFixed(2)} s`,
    `${mostMs.toFixed(1)} ms`,
    `${longestMs.toFixed(1)} ms`,
    startMs === 0 ? '' : `${Math.round(startMs)} ms`,
  ]),
);

async function inOneThread(): Promise<Round> {
  const decoder = new Decoder();
  const chain = new Chain();
  return measured(0, async () => {
    let height = 0;
    for (const frame of frames) {
      height = chain.take(HeaderRun.fromBytes(decoder.decode(chunksOf(frame))));
      // As between two messages of a socket.
      await turn();
    }
    return height;
  });
}

async function inWorker(share: Share): Promise<Round> {
  const startMs = performance.now();
  const worker = new Worker(new URL('support/checking-worker.js', import.meta.url), { workerData: share });
  try {
    await once(worker, 'message');
    return await measured(performance.now() - startMs, () => passOn(worker, new Chain()));
  } finally {
    await worker.terminate();
  }
}

/** Keeps a worker busy, and does what it leaves. */
function passOn(worker: Worker, chain: Chain): Promise<number> {
  let next = 0;
  let done = 0;
  const pass = (): void => {
    const frame = frames[next++];
    if (frame === undefined) return;
    const chunks = chunksOf(frame);
    worker.postMessage(
      chunks,
      chunks.map(({ buffer }) => buffer as ArrayBuffer),
    );
  };
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.on('message', (answer: Proven | number) => {
      const height =
        typeof answer === 'number' ? answer : chain.take(HeaderRun.linked(answer.headers, answer.lastHash));
      pass();
      if (++done === frames.length) resolve(height);
    });
    for (let i = 0; i < AHEAD; i++) pass();
  });
}

async function measured(startMs: number, act: () => Promise<number>): Promise<Round> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const meter = new Meter();
  delay.enable();
  const height = await act();
  delay.disable();
  if (height !== wanted) throw new Error(`ended at ${height}`);
  const { seconds, cpuSeconds } = meter.usage();
  // The timer that it goes by is late by its own millisecond.
  return {
    seconds,
    cpuSeconds,
    startMs,
    longestMs: delay.max / 1e6 - 1,
    mostMs: delay.percentile(99) / 1e6 - 1,
  };
}
