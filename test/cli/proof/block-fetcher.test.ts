import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockFetcher } from '../../../src/cli/proof/block-fetcher.ts';
import type { BlockInfo, ClientEvent } from '../../../src/index.ts';
import { aBlock, aCoinbase } from '../../support/made-blocks.ts';

const BLOCK: BlockInfo = { height: 5, hash: 'ab'.repeat(32), ...aBlock([aCoinbase()]) };

const PROGRESS = { event: 'progress' } as ClientEvent;

/** A client of which the test says when it delivers. */
class Source {
  readonly asked: (number | string)[] = [];
  stopCount = 0;
  deliver: (block: BlockInfo) => void = () => undefined;
  refuse: (error: unknown) => void = () => undefined;

  fetchBlock(which: number | string): Promise<BlockInfo> {
    this.asked.push(which);
    return new Promise((resolve, reject) => {
      this.deliver = resolve;
      this.refuse = reject;
    });
  }

  async stop(): Promise<void> {
    this.stopCount++;
  }
}

function started(timeoutSeconds: number): { source: Source; fetcher: BlockFetcher } {
  const source = new Source();
  const fetcher = new BlockFetcher({ client: source, which: 5, timeoutSeconds });
  fetcher.started();
  return { source, fetcher };
}

/** Waits until what was promised was told. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('the block is asked for at the tip, and the client is stopped when it is there', async () => {
  const { source, fetcher } = started(5);
  assert.equal(fetcher.takes(PROGRESS), false);
  assert.deepEqual(source.asked, []);
  fetcher.synced();
  assert.deepEqual(source.asked, [5]);
  source.deliver(BLOCK);
  await settled();
  assert.equal(source.stopCount, 1);
  assert.equal(fetcher.block(), BLOCK);
});

test('what keeps the block from coming is told, and the client is stopped', async () => {
  const { source, fetcher } = started(5);
  fetcher.synced();
  const error = new Error('no such block');
  source.refuse(error);
  await settled();
  assert.equal(source.stopCount, 1);
  assert.throws(() => fetcher.block(), error);
});

test('headers that come put the time off in which the tip is to be reached', async () => {
  const { source, fetcher } = started(0.08);
  for (let i = 0; i < 5; i++) {
    await sleep(30);
    fetcher.takes(PROGRESS);
  }
  assert.equal(source.stopCount, 0);
  await sleep(150);
  assert.equal(source.stopCount, 1);
  assert.throws(() => fetcher.block(), { code: 'no-progress' });
});

test('headers do not put off the time in which the block is to come, and one that comes late is nothing', async () => {
  const { source, fetcher } = started(0.08);
  fetcher.synced();
  for (let i = 0; i < 5; i++) {
    await sleep(30);
    fetcher.takes(PROGRESS);
  }
  assert.throws(() => fetcher.block(), { code: 'blocks-unavailable' });
  source.deliver(BLOCK);
  await settled();
  assert.throws(() => fetcher.block(), { code: 'blocks-unavailable' });
});

test('a client that ends before is not waited for', () => {
  const { fetcher } = started(60);
  fetcher.end();
  assert.throws(() => fetcher.block(), { code: 'stopped' });
});
