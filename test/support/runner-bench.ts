/** A runner with a database that a test holds up, and all that it told. */

import type { TestContext } from 'node:test';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { systemClock } from '../../src/io/clock.ts';
import { systemRandom } from '../../src/io/random.ts';
import { Runner, type RunnerOptions } from '../../src/io/runner.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { Outcome } from '../../src/outcome.ts';
import type { NodeEvent } from '../../src/protocol/events.ts';
import { LightNode, type LightNodeOptions } from '../../src/protocol/light-node.ts';
import type { NodeFailure } from '../../src/protocol/node-failure.ts';
import { HeaderStore } from '../../src/store/header-store.ts';
import type { BatchOperation } from '../../src/store/key-value.ts';
import { MemoryKeyValue } from '../../src/store/memory.ts';
import { restore } from '../../src/store/restore.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { nodeOptions } from './node-options.ts';

/** A database that takes its time, or refuses, when the test says so. */
class FickleKeyValue extends MemoryKeyValue {
  /** Batches that are still to be written before all others are refused. */
  writesLeft = Number.POSITIVE_INFINITY;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  hold(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  letGo(): void {
    this.#open();
  }

  override async write(batch: BatchOperation[]): Promise<void> {
    await this.#gate;
    if (--this.writesLeft < 0) throw new StoreError('store-write-failed', 'no room');
    await super.write(batch);
  }
}

export interface Bench {
  readonly runner: Runner;
  readonly database: FickleKeyValue;
  readonly store: HeaderStore;
  readonly tree: HeaderTree;
  /** Each with the height that the disk had when it was told. */
  readonly events: (readonly [NodeEvent['event'], number])[];
  readonly finished: Promise<NodeFailure | Error | undefined>;
}

export async function benchFor(
  t: TestContext,
  options: Partial<LightNodeOptions> = {},
  runnerOptions: Partial<RunnerOptions> = {},
): Promise<Bench> {
  const database = new FickleKeyValue();
  const store = await HeaderStore.open(database, regtest.name);
  const tree = new HeaderTree(regtest);
  await restore(store, tree);
  const patience = { usesDnsSeeds: false, progressTimeoutMs: 20_000 };
  const events: Bench['events'][number][] = [];
  const finished = new Outcome<NodeFailure | Error | undefined>();
  const runner = new Runner({
    node: new LightNode(tree, nodeOptions({ ...patience, ...options }), systemRandom),
    store,
    magic: regtest.magic,
    clock: systemClock,
    // Each message is to be a write of its own.
    gatheringMs: 0,
    // Reading back at that moment tells what is safe: the store reads no further than it has committed.
    onEvent: (event) => {
      events.push([event.event, heightOf(store)]);
    },
    onFinish: (failure) => finished.resolve(failure),
    ...runnerOptions,
  });
  t.after(() => {
    database.letGo();
    return runner.stop();
  });
  return { runner, database, store, tree, events, finished: finished.promise() };
}

const lastCommitted = new WeakMap<HeaderStore, number>();

/** Notes each commit of a store that is done. */
export function watchCommits(store: HeaderStore): void {
  const commit = store.commit.bind(store);
  store.commit = async (change) => {
    await commit(change);
    lastCommitted.set(store, change.tip.height);
  };
}

export function heightOf(store: HeaderStore): number {
  return lastCommitted.get(store) ?? 0;
}
