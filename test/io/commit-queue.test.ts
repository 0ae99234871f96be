import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { toHex } from '../../src/bytes/hex.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { TreeChange } from '../../src/chain/tree-change.ts';
import type { ClientEvent } from '../../src/client-events.ts';
import { EventStream } from '../../src/event-stream.ts';
import { CommitQueue } from '../../src/io/commit-queue.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { HeaderStore } from '../../src/store/header-store.ts';
import { MemoryKeyValue } from '../../src/store/memory.ts';
import { restore } from '../../src/store/restore.ts';
import { describeTree, grow } from '../support/chains.ts';
import { concatenated } from '../support/concatenated.ts';
import { headerAt, mine, REGTEST_GENESIS } from '../support/mine.ts';

/** A queue with a disk that the test holds up, and a log of all that it did. */
class Bench {
  readonly log: string[] = [];
  readonly committed: TreeChange[] = [];
  readonly queue: CommitQueue<string>;
  #pending: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor({ isSlow = false, gatheringMs = 0 }: { isSlow?: boolean; gatheringMs?: number } = {}) {
    this.queue = new CommitQueue<string>({
      commit: (change) => {
        this.log.push(`commit to ${change.tip.height}`);
        this.committed.push(change);
        if (!isSlow) return Promise.resolve();
        return new Promise((resolve, reject) => {
          this.#pending = { resolve, reject };
        });
      },
      deliver: (event) => {
        this.log.push(event);
        if (event === 'poison') throw new Error('poison');
      },
      failed: (error) => this.log.push(`failed: ${(error as Error).message}`),
      gatheringMs,
      busy: (isBusy) => this.log.push(isBusy ? 'busy' : 'idle'),
    });
  }

  /** The commit under way is safe. */
  async safe(): Promise<void> {
    this.#pending?.resolve();
    await turn();
  }

  async refuse(message: string): Promise<void> {
    this.#pending?.reject(new Error(message));
    await turn();
  }
}

/** Changes that each add some headers to a tree, and the tree after them. */
function growth(counts: readonly number[]): { changes: TreeChange[]; tree: HeaderTree; headers: Uint8Array } {
  const tree = new HeaderTree(regtest);
  const headers = mine(counts.reduce((sum, count) => sum + count, 0));
  let height = 0;
  const changes = counts.map((count) => {
    const change = grow(tree, headers.subarray(80 * height, 80 * (height + count)));
    height += count;
    return change;
  });
  return { changes, tree, headers };
}

test('an event is delivered only when the change before it is safe', async () => {
  const bench = new Bench({ isSlow: true });
  const [first, second] = growth([1, 1]).changes as [TreeChange, TreeChange];
  bench.queue.addEvent('before');
  bench.queue.addChange(first);
  bench.queue.addEvent('after the first');
  await turn();
  // Delivered in the same go as what follows: nothing was said about when an event with nothing before it comes.
  assert.deepEqual(
    bench.log.filter((line) => line !== 'before'),
    ['commit to 1'],
  );
  bench.queue.addChange(second);
  bench.queue.addEvent('after the second');
  await turn();
  assert.ok(!bench.log.includes('after the first'));
  await bench.safe();
  assert.deepEqual(bench.log.slice(-2), ['after the first', 'commit to 2']);
  await bench.safe();
  await bench.queue.flush();
  assert.equal(bench.log.at(-1), 'after the second');
  assert.ok(bench.log.indexOf('before') < bench.log.indexOf('after the first'));
});

test('events without a change are delivered in order, and flush waits for them', async () => {
  const bench = new Bench();
  for (const event of ['one', 'two', 'three']) bench.queue.addEvent(event);
  assert.deepEqual(bench.log, []);
  await bench.queue.flush();
  assert.deepEqual(bench.log, ['one', 'two', 'three']);
  await bench.queue.flush();
});

test('extensions that wait together are written together, and the events keep their order', async () => {
  const bench = new Bench();
  const { changes, headers } = growth([1, 499, 500, 3]);
  for (const [i, change] of changes.entries()) {
    bench.queue.addChange(change);
    bench.queue.addEvent(`event ${i}`);
  }
  await bench.queue.flush();
  assert.deepEqual(bench.log, ['commit to 1003', 'event 0', 'event 1', 'event 2', 'event 3']);
  const [joined] = bench.committed as [TreeChange];
  assert.equal(joined.fork.height, 0);
  assert.equal(joined.added.length, 1_003);
  assert.equal(toHex(joined.appended), toHex(headers));
  assert.deepEqual(joined.tip, changes.at(-1)?.tip);
});

test('where a thousand headers come at once, what comes in the next moment is written with them', async () => {
  const bench = new Bench({ gatheringMs: 200 });
  const { changes } = growth([1_000, 1_000, 10]);
  for (const change of changes.slice(0, 2)) {
    bench.queue.addChange(change);
    await turn();
  }
  await bench.queue.flush();
  assert.deepEqual(bench.log, ['commit to 2000']);
  bench.queue.addChange(changes[2] ?? assert.fail());
  await turn();
  assert.deepEqual(bench.log, ['commit to 2000', 'commit to 2010'], 'a few are written at once');
});

test('joined extensions leave the same store as separate ones', async () => {
  const { changes, tree, headers } = growth([2, 498, 1, 700, 1, 299]);
  for (const isJoined of [true, false]) {
    const database = new MemoryKeyValue();
    const store = await HeaderStore.open(database, regtest.name);
    await restore(store, new HeaderTree(regtest));
    const queue = new CommitQueue<string>({
      commit: (change) => store.commit(change),
      deliver: () => undefined,
      failed: (error) => assert.fail(error as Error),
      busy: () => undefined,
    });
    for (const change of changes) {
      queue.addChange(change);
      if (!isJoined) await queue.flush();
    }
    await queue.flush();
    assert.equal(toHex(await store.read(0, 5_000)), toHex(concatenated(REGTEST_GENESIS, headers)));
    const again = new HeaderTree(regtest);
    assert.equal(await restore(await HeaderStore.open(database, regtest.name), again), undefined);
    assert.deepEqual(describeTree(again), describeTree(tree));
  }
});

test('a change of branch is joined with nothing', async () => {
  const tree = new HeaderTree(regtest);
  const main = mine(10);
  const branch = mine(8, { parent: headerAt(main, 4), salt: 1 });
  const changes = [
    grow(tree, main.subarray(0, 80 * 9)),
    grow(tree, main),
    grow(tree, branch.subarray(0, 80 * 3)),
    grow(tree, branch.subarray(0, 80 * 7)),
    grow(tree, branch),
  ];
  const bench = new Bench();
  for (const change of changes) bench.queue.addChange(change);
  await bench.queue.flush();
  assert.deepEqual(bench.log, ['commit to 10', 'commit to 10', 'commit to 12', 'commit to 13']);
});

test('a failing commit ends everything: no event, no further commit, and flush returns', async () => {
  const bench = new Bench({ isSlow: true });
  const [first, second] = growth([1, 1]).changes as [TreeChange, TreeChange];
  bench.queue.addChange(first);
  bench.queue.addEvent('never');
  await turn();
  bench.queue.addChange(second);
  bench.queue.addEvent('never either');
  await bench.refuse('no room');
  await bench.queue.flush();
  bench.queue.addChange(second);
  bench.queue.addEvent('nor this');
  await bench.queue.flush();
  assert.deepEqual(bench.log, ['commit to 1', 'failed: no room']);
});

test('an event that cannot be delivered counts as a failure, told once', async () => {
  const bench = new Bench();
  bench.queue.addEvent('poison');
  bench.queue.addEvent('never');
  await bench.queue.flush();
  assert.deepEqual(bench.log, ['poison', 'failed: poison']);
});

test('it is busy while over eight megabytes wait, of the best chain or of branches', async () => {
  const appended = new Uint8Array(5 * 1024 * 1024);
  const [extension] = growth([1]).changes as [TreeChange];
  const bytes = headerAt(REGTEST_GENESIS, 0);
  const branched = Array.from({ length: 5 * 13_200 }, () => ({ hash: bytes, bytes, height: 1 }));
  for (const large of [
    { ...extension, appended },
    { ...extension, appended: new Uint8Array(0), branched },
  ]) {
    const bench = new Bench({ isSlow: true });
    bench.queue.addChange(large);
    assert.deepEqual(bench.log, []);
    bench.queue.addChange(large);
    assert.deepEqual(bench.log, ['busy']);
    bench.queue.addChange(large);
    while (bench.committed.length < (large.branched.length > 0 ? 3 : 1)) {
      await turn();
      await bench.safe();
    }
    await bench.safe();
    await bench.queue.flush();
    assert.deepEqual(
      (bench.log as string[]).filter((line) => !line.startsWith('commit')),
      ['busy', 'idle'],
    );
  }
});

test('it is busy while over ten thousand events wait for the disk', async () => {
  const bench = new Bench({ isSlow: true });
  const [extension] = growth([1]).changes as [TreeChange];
  bench.queue.addChange(extension);
  await turn();
  for (let i = 0; i < 10_000; i++) bench.queue.addEvent('event');
  assert.deepEqual(bench.log, ['commit to 1']);
  bench.queue.addEvent('one more');
  assert.deepEqual(bench.log, ['commit to 1', 'busy']);
  await bench.safe();
  await bench.queue.flush();
  assert.deepEqual(
    bench.log.filter((line) => line !== 'event'),
    ['commit to 1', 'busy', 'idle', 'one more'],
  );
});

test('readers get a turn after every thousand events, and all come in order', async () => {
  const bench = new Bench();
  const events = Array.from({ length: 2_500 }, (_, i) => `event ${i}`);
  for (const event of events) bench.queue.addEvent(event);
  const flushed = bench.queue.flush();
  const lengths: number[] = [];
  for (let turns = 0; turns < 3; turns++) {
    await turn();
    lengths.push(bench.log.length);
  }
  await flushed;
  assert.deepEqual(lengths, [1_000, 2_000, 2_500]);
  assert.deepEqual(bench.log, events);
});

test('a reader that keeps up is not left behind by a change of branch of any length', async () => {
  const stream = new EventStream(() => undefined);
  const queue = new CommitQueue<ClientEvent>({
    commit: () => Promise.resolve(),
    deliver: (event) => stream.push(event),
    failed: (error) => assert.fail(error as Error),
    busy: () => undefined,
  });
  const event = { event: 'warning', time: '', network: 'regtest', code: '', message: '' } as const;
  let readCount = 0;
  const reading = (async () => {
    for await (const { event: name } of stream) if (name === 'warning') readCount++;
  })();
  for (let i = 0; i < 150_000; i++) queue.addEvent(event);
  await queue.flush();
  stream.end();
  await reading;
  assert.equal(readCount, 150_000);
});

test('whoever waits for what is written waits for the changes before, and for no event', async () => {
  const bench = new Bench({ isSlow: true });
  const [first, second] = growth([1, 1]).changes as [TreeChange, TreeChange];
  await bench.queue.written();
  bench.queue.addChange(first);
  for (let i = 0; i < 3_000; i++) bench.queue.addEvent('told');
  await turn();
  const written = bench.queue.written().then(() => bench.log.push('written'));
  bench.queue.addChange(second);
  await bench.safe();
  assert.ok(!bench.log.includes('written'));
  await bench.safe();
  await written;
  assert.ok(bench.log.length < 3_000, `${bench.log.length} lines`);
  await bench.queue.flush();
  assert.equal(bench.log.filter((line) => line === 'told').length, 3_000);
});

test('whoever waits for what is written is told when the disk refuses, then and later', async () => {
  const bench = new Bench({ isSlow: true });
  const [first, second] = growth([1, 1]).changes as [TreeChange, TreeChange];
  bench.queue.addChange(first);
  const early = assert.rejects(bench.queue.written(), /no room/);
  await turn();
  bench.queue.addChange(second);
  const late = assert.rejects(bench.queue.written(), /no room/);
  await bench.refuse('no room');
  await Promise.all([early, late]);
  await assert.rejects(bench.queue.written(), /no room/);
});
