import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { WriteQueue } from '../../src/io/write-queue.ts';

/** A queue with a disk that the test holds up. */
class Bench {
  readonly log: string[] = [];
  readonly queue: WriteQueue<string>;
  #pending: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  constructor() {
    this.queue = new WriteQueue<string>({
      write: (item) => {
        this.log.push(item);
        return new Promise((resolve, reject) => {
          this.#pending = { resolve, reject };
        });
      },
      failed: (error) => this.log.push(`failed: ${(error as Error).message}`),
    });
  }

  /** What is being written is safe. */
  async safe(): Promise<void> {
    await turn();
    this.#pending?.resolve();
    await turn();
  }

  async refuse(message: string): Promise<void> {
    await turn();
    this.#pending?.reject(new Error(message));
    await turn();
  }
}

test('one thing is written after another, in the order in which they came', async () => {
  const { queue, log } = new Bench();
  queue.add('first');
  queue.add('second');
  assert.deepEqual(log, [], 'not within the call');
  await turn();
  assert.deepEqual(log, ['first']);
});

test('the next one is written when the one before is safe', async () => {
  const bench = new Bench();
  bench.queue.add('first');
  bench.queue.add('second');
  await bench.safe();
  assert.deepEqual(bench.log, ['first', 'second']);
  bench.queue.add('third');
  await bench.safe();
  assert.deepEqual(bench.log, ['first', 'second', 'third']);
});

test('all that was added is written before a flush is over', async () => {
  const bench = new Bench();
  bench.queue.add('first');
  bench.queue.add('second');
  let isOver = false;
  const flushed = bench.queue.flush().then(() => (isOver = true));
  await bench.safe();
  assert.equal(isOver, false);
  await bench.safe();
  await flushed;
  assert.deepEqual(bench.log, ['first', 'second']);
});

test('what is added while it is flushed is written too, and an empty queue is flushed at once', async () => {
  const bench = new Bench();
  await bench.queue.flush();
  bench.queue.add('first');
  const flushed = bench.queue.flush();
  await turn();
  bench.queue.add('second');
  await bench.safe();
  await bench.safe();
  await flushed;
  assert.deepEqual(bench.log, ['first', 'second']);
});

test('when the disk refuses that is told once, and nothing more is written', async () => {
  const bench = new Bench();
  bench.queue.add('first');
  bench.queue.add('second');
  await bench.refuse('no room');
  bench.queue.add('third');
  await bench.queue.flush();
  await turn();
  assert.deepEqual(bench.log, ['first', 'failed: no room']);
});
