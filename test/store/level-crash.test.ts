/** A writer that is killed, or that runs out of room, at any moment: what it had confirmed is there. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { HeaderStore } from '../../src/store/header-store.ts';
import type { BatchOperation } from '../../src/store/key-value.ts';
import { MemoryKeyValue } from '../../src/store/memory.ts';
import { restore } from '../../src/store/restore.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { verifyChain } from '../../src/verify-chain.ts';
import { assertHolds, extend, grow, openChain } from '../support/chains.ts';
import { mine } from '../support/mine.ts';
import { StoreWriter } from '../support/store-writer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROUNDS = 10;

test('a process killed in the middle of its commits loses nothing that it had confirmed', async (t) => {
  const datadir = temporaryFolder(t);
  let confirmed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const writer = new StoreWriter(t, datadir);
    await writer.confirmed(confirmed + 1);
    await sleep(150 * Math.random());
    await writer.kill();
    assert.ok(writer.lastConfirmed > confirmed);
    confirmed = await checkedHeight(datadir, writer.lastConfirmed);
  }
});

test('a process killed before its first commit leaves a store that can be used', async (t) => {
  for (let round = 0; round < 5; round++) {
    const datadir = temporaryFolder(t);
    const writer = new StoreWriter(t, datadir);
    // About when the database is being made.
    await sleep(60 + 40 * round * Math.random());
    await writer.kill();
    await checkedHeight(datadir, Math.max(0, writer.lastConfirmed));
  }
});

const skipFileLimit = process.platform === 'win32' ? 'the system has no limit on the size of files' : false;

test(
  'files that may grow no further fail the write and leave what was there',
  { skip: skipFileLimit },
  async (t) => {
    const datadir = temporaryFolder(t);
    for (const fileBlocks of [100, 200, 400]) {
      const writer = new StoreWriter(t, datadir, { fileBlocks });
      await writer.ended();
      assert.equal(writer.errorCode, 'store-write-failed');
      await checkedHeight(datadir, writer.lastConfirmed);
    }
  },
);

test('a full disk fails the write and leaves what was there', async (t) => {
  const datadir = smallDisk(t);
  if (datadir === undefined) {
    t.skip('no small file system can be mounted here');
    return;
  }
  const headers = mine(20_000);
  const chain = await openChain(datadir);
  await extend(chain, headers.subarray(0, 80 * 3_000));
  const rest = fillUp(datadir);
  let confirmed = 3_000;
  const failure = await (async () => {
    for (; confirmed < 20_000; confirmed += 250) {
      await extend(chain, headers.subarray(80 * confirmed, 80 * (confirmed + 250)));
    }
    return undefined;
  })().catch((error: unknown) => error);
  assert.ok(failure instanceof StoreError && failure.code === 'store-write-failed', String(failure));
  assert.match(failure.message, /space/i);
  await chain.close();

  // Still full: to say so is all that can be done.
  const stillFull = await openChain(datadir).then(
    (opened) => opened.close(),
    (error: unknown) => error,
  );
  assert.ok(stillFull === undefined || stillFull instanceof StoreError, String(stillFull));

  rmSync(rest);
  const again = await openChain(datadir);
  await assertHolds(again, headers, confirmed);
  await extend(again, headers.subarray(80 * confirmed, 80 * (confirmed + 500)));
  await assertHolds(again, headers, confirmed + 500);
  await again.close();
});

test('a write that fails at any one commit changes nothing on disk, and the next start goes on', async () => {
  const headers = mine(1_600);
  for (let failing = 0; failing < 7; failing++) {
    const database = new FailingKeyValue();
    const store = await HeaderStore.open(database, regtest.name);
    const tree = new HeaderTree(regtest);
    await restore(store, tree);
    let height = 0;
    for (const count of [1, 498, 1, 1, 499, 500, 100].slice(0, failing)) {
      await store.commit(grow(tree, headers.subarray(80 * height, 80 * (height + count))));
      height += count;
    }
    database.isFull = true;
    const change = grow(tree, headers.subarray(80 * height, 80 * (height + 77)));
    await assert.rejects(store.commit(change), { code: 'store-write-failed' });
    assert.equal((await store.read(0, 2_000)).length, 80 * (height + 1));
    assert.equal((await store.tip())?.height, height);

    database.isFull = false;
    const after = new HeaderTree(regtest);
    const reopened = await HeaderStore.open(database, regtest.name);
    assert.equal(await restore(reopened, after), undefined);
    assert.equal(after.tip.height, height);
    await reopened.commit(grow(after, headers));
    assert.equal((await reopened.tip())?.height, 1_600);
  }
});

class FailingKeyValue extends MemoryKeyValue {
  isFull = false;

  override write(batch: BatchOperation[]): Promise<void> {
    if (this.isFull) return Promise.reject(new StoreError('store-write-failed', 'no room'));
    return super.write(batch);
  }
}

/** Opens a store, checks every rule of every header in it, and returns how long its chain is. */
async function checkedHeight(datadir: string, atLeast: number): Promise<number> {
  const chain = await openChain(datadir);
  const { height } = chain.tip;
  assert.ok(height >= atLeast, `height ${height}, though ${atLeast} was confirmed`);
  assert.deepEqual(await verifyChain(chain), {
    startHeight: 0,
    validHeight: height,
    sideHeaders: 0,
    fault: undefined,
  });
  await chain.close();
  const again = await openChain(datadir);
  assert.equal(again.repair, undefined);
  assert.equal(again.tip.height, height);
  await again.close();
  return height;
}

/** A file system of a few megabytes; undefined where one cannot be had. */
function smallDisk(t: TestContext): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const disk = mkdtempSync(join(tmpdir(), 'headlight-test-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk], { stdio: 'ignore' });
  t.after(() => {
    if (mounted.status === 0) execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  });
  return mounted.status === 0 ? disk : undefined;
}

/** Takes all but some kilobytes of a small disk; returns the file that does. */
function fillUp(datadir: string): string {
  const file = join(datadir, 'rest');
  const folder = join(datadir, 'regtest', 'headers');
  const used = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  writeFileSync(file, new Uint8Array(4 * 1024 * 1024 - used - 400 * 1024));
  return file;
}
