/** A disk without room, in the middle of whatever the program does: it says so and ends, and goes on when there is room. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { HeaderChain, importHeaders, LightClient, NETWORKS } from '../../src/index.ts';
import type { Network } from '../../src/networks/network.ts';
import { verifyChain } from '../../src/verify-chain.ts';
import { announceTip, ChangingChain, keepingUpWith } from '../support/changing-chain.ts';
import { chainOf } from '../support/chains.ts';
import { command, type CommandResult, parseLines, type RunningCommand } from '../support/command.ts';
import { fixture, readFixture } from '../support/repository.ts';
import { mountedFolder, SHORT_DISKS, type ShortDisk } from '../support/short-disks.ts';
import { MAINNET_FILE } from '../support/stores.ts';
import { WirePeer } from '../support/wire-peer.ts';

const KB = 1024;

/** How a program ends that finds no room: with 1, one line for people and one event, and nothing else that went wrong. */
function assertRefused({ code, stdout, stderr }: CommandResult, errorCode: string): void {
  assert.equal(code, 1, stderr);
  const errors = parseLines(stdout).filter(({ event }) => event === 'error');
  assert.deepEqual(
    errors.map((error) => error['code']),
    [errorCode],
  );
  assert.equal(parseLines(stdout).at(-1)?.['event'], 'error');
  const lines = stderr.split('\n').filter((line) => line.startsWith('headlight: '));
  assert.equal(lines.length, 1, stderr);
  assert.ok(stderr.endsWith(`${lines[0]}\n`), stderr);
  assert.match(lines[0] ?? '', /(No space left on device|File too large).*(has room|is not full)/i);
}

/** Opens what is left, checks every rule, and returns the height. */
async function verifiedHeight(datadir: string, network: Network = NETWORKS.regtest): Promise<number> {
  const chain = await HeaderChain.open({ network, datadir, create: true });
  const { validHeight, fault } = await verifyChain(chain);
  await chain.close();
  assert.deepEqual({ validHeight, fault }, { validHeight: chain.tip.height, fault: undefined });
  return validHeight;
}

async function syncTo(tip: string, datadir: string, peer: WirePeer): Promise<void> {
  const client = new LightClient({ network: 'regtest', datadir, connect: [peer.address], follow: false });
  await client.start();
  assert.equal((await client.synced()).hash, tip);
  await client.ended();
}

function sync(disk: ShortDisk, peer: WirePeer, ...more: readonly string[]): RunningCommand {
  const where = ['--network', 'regtest', '--datadir', disk.folder, '--connect', peer.address];
  return disk.run('sync', ...where, '--json', ...more);
}

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

for (const [name, diskFor] of Object.entries(SHORT_DISKS)) {
  const onDisk = (act: (disk: ShortDisk, t: TestContext) => Promise<void>) => async (t: TestContext) => {
    const disk = diskFor(t);
    if (disk === undefined) t.skip('this system, or this user, cannot have it');
    else await act(disk, t);
  };

  test(
    `${name} ends an import; with room again the store is good and goes on`,
    onDisk(async (disk) => {
      const datadir = disk.folder;
      disk.leave(1_000 * KB);
      const args = ['import', fixture('headers', MAINNET_FILE), '--datadir', datadir, '--json'];
      assertRefused(await disk.run(...args).result, 'store-write-failed');
      disk.makeRoom();
      const network = NETWORKS.mainnet;
      assert.equal(await verifiedHeight(datadir, network), 9_999);
      const chain = await HeaderChain.open({ network, datadir, create: false });
      const all = pieces(readFixture('headers', MAINNET_FILE));
      const { fault } = await importHeaders(chain, all, Date.now() / 1000);
      await chain.close();
      assert.equal(fault, undefined);
      assert.equal(await verifiedHeight(datadir, network), 32_260);
    }),
  );

  test(
    `${name} ends a sync; with room again it goes on from what is stored`,
    onDisk(async (disk, t) => {
      const chain = ChangingChain.mined(14_000);
      const peer = await WirePeer.listen(t, keepingUpWith(chain));
      disk.leave(600 * KB);
      const result = await sync(disk, peer).result;
      assertRefused(result, 'store-write-failed');
      const told = parseLines(result.stdout).map(({ event, height }) => (event === 'progress' ? height : 0));
      disk.makeRoom();
      const height = await verifiedHeight(disk.folder);
      assert.ok(height < 14_000 && height >= Math.max(...(told as number[])), `${height}`);
      await syncTo(chain.tip, disk.folder, peer);
    }),
  );

  test(
    `${name} ends a client in the middle of a reorganisation; the chain that it had is there`,
    onDisk(async (disk, t) => {
      const chain = ChangingChain.mined(4_000);
      await (await chainOf(chain.slice(1), disk.folder)).close();
      // LevelDB makes a table of its log when it opens: that takes room, and is not what is to be tried here.
      await verifiedHeight(disk.folder);
      const peer = await WirePeer.listen(t, keepingUpWith(chain));
      disk.leave(300 * KB);
      const running = sync(disk, peer, '--follow');
      await running.event(({ event }) => event === 'synced');
      chain.replace(2, 3);
      const before = chain.tip;
      announceTip(peer, chain);
      await running.event(({ event, hash }) => event === 'block' && hash === before);
      chain.replace(1_500, 1_501);
      announceTip(peer, chain);
      const result = await running.result;
      assertRefused(result, 'store-write-failed');
      assert.equal(parseLines(result.stdout).filter(({ event }) => event === 'reorg').length, 1);

      disk.makeRoom();
      assert.equal(await verifiedHeight(disk.folder), 4_001);
      const left = await HeaderChain.open({ network: NETWORKS.regtest, datadir: disk.folder, create: false });
      assert.equal(left.tip.hash, before);
      assert.equal(left.repair, undefined);
      await left.close();
      await syncTo(chain.tip, disk.folder, peer);
      assert.equal(await verifiedHeight(disk.folder), 4_002);
    }),
  );

  test(
    `${name} is told of at the start, with and without a store, and harms nothing`,
    onDisk(async (disk, t) => {
      const chain = ChangingChain.mined(700);
      const peer = await WirePeer.listen(t, keepingUpWith(chain));
      for (const height of [0, 600]) {
        disk.leave(0);
        assertRefused(await sync(disk, peer).result, 'store-open-failed');
        disk.makeRoom();
        assert.equal(await verifiedHeight(disk.folder), height);
        if (height === 0) await (await chainOf(chain.slice(1, 600), disk.folder)).close();
      }
      await syncTo(chain.tip, disk.folder, peer);
    }),
  );
}

test('a full disk is no reason to call an export done', async (t) => {
  const datadir = mountedFolder(t, '64m');
  const target = mountedFolder(t, '100k');
  if (datadir === undefined || target === undefined) {
    return t.skip('a file system in memory cannot be mounted here');
  }
  await command('import', fixture('headers', MAINNET_FILE), '--datadir', datadir);
  const file = join(target, 'out.headers');
  const { code, stderr } = await command('export', file, '--datadir', datadir);
  assert.deepEqual(
    [code, stderr],
    [1, `headlight: cannot write ${file}: no space left on device (ENOSPC)\n`],
  );
  return undefined;
});
