/** What holds for headlight with each kind of real node: called by one test file for each. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LightClient, type Tip } from '../../src/index.ts';
import { command, parseLines, RunningCommand } from '../support/command.ts';
import { Follower } from '../support/follower.ts';
import type { RegtestNode } from '../support/nodes/regtest-node.ts';
import { SlowProxy } from '../support/slow-proxy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export interface NodeProgram {
  start(): Promise<RegtestNode>;
}

/** @param skip why the tests are skipped; false when they run. */
export function testSync(name: string, program: NodeProgram, skip: string | false): void {
  test(`headlight syncs several thousand blocks from ${name}`, { skip }, async (t) => {
    const node = await started(t, program, 4_100);
    const { code, stdout, stderr } = await command(...syncArgs(node, temporaryFolder(t)), '--json');
    assert.equal(code, 0, stderr);
    const events = parseLines(stdout);
    const connected = events.find(({ event }) => event === 'peer-connected');
    assert.equal(connected?.['peer'], `127.0.0.1:${node.p2pPort}`);
    assert.equal(connected?.['height'], 4_100);
    const synced = events.at(-1);
    const { height, hash } = await node.tip();
    assert.deepEqual([synced?.['event'], synced?.['height'], synced?.['hash']], ['synced', height, hash]);
  });

  test(`what headlight stored from ${name} is what the node has, height by height`, { skip }, async (t) => {
    const node = await started(t, program, 2_100);
    const client = new LightClient(optionsFor(node));
    t.after(() => client.stop());
    await client.start();
    await client.synced();
    for (const height of [0, 1, 999, 1_000, 1_999, 2_000, 2_001, 2_100]) {
      const header = await client.header(height);
      assert.equal(header?.hash, await node.blockHash(height));
      assert.equal(header?.confirmations, 2_100 - height + 1);
    }
  });

  test(`headlight follows the blocks that ${name} finds`, { skip }, async (t) => {
    const node = await started(t, program, 5);
    const follower = await Follower.start(t, optionsFor(node));
    await follower.event('synced');
    for (let i = 0; i < 3; i++) {
      const [hash] = await node.mine(1);
      const block = await follower.event('block', (event) => event.hash === hash);
      assert.equal(block.height, 6 + i);
    }
    // More at once than a node announces by header: it falls back to inv.
    const hashes = await node.mine(30);
    await follower.event('block', (event) => event.hash === hashes.at(-1));
    assert.deepEqual(
      heightsOf(follower),
      Array.from({ length: 33 }, (_, i) => 6 + i),
    );
  });

  test(`headlight leaves a branch that ${name} has given up`, { skip }, async (t) => {
    const node = await started(t, program, 20);
    const follower = await Follower.start(t, optionsFor(node));
    await follower.event('synced');
    const abandoned = [await node.blockHash(20), await node.blockHash(19), await node.blockHash(18)];
    await node.invalidate(abandoned[2] as string);
    const added = await node.mine(5);
    await follower.event('block', (event) => event.hash === added.at(-1));
    const reorg = await follower.event('reorg');
    assert.deepEqual(reorg.removed, abandoned);
    assert.equal(reorg.fork.height, 17);
    assert.deepEqual(reorg.added, added.slice(0, reorg.added.length));
    assert.equal(follower.client.tip?.height, 22);
  });

  test(`headlight takes a longer rival chain that ${name} learns of`, { skip }, async (t) => {
    const node = await started(t, program, 10);
    const rival = await started(t, program, 2_500);
    const follower = await Follower.start(t, optionsFor(node));
    await follower.event('synced');
    const old = follower.client.tip;
    await node.connectTo(rival);
    await node.waitForTip((await rival.tip()).hash);
    // One more, so that it is announced for certain.
    const [last] = await node.mine(1);
    await follower.event('block', (event) => event.hash === last);
    assert.equal(follower.client.tip?.height, 2_501);
    const reorg = await follower.event('reorg');
    assert.deepEqual([reorg.fork.height, reorg.removed[0]], [0, old?.hash]);
    assert.equal((await follower.client.header(old?.hash ?? ''))?.confirmations, -1);
  });

  test(`headlight goes on from where it was, with more blocks from ${name}`, { skip }, async (t) => {
    const node = await started(t, program, 2_300);
    const datadir = temporaryFolder(t);
    await syncOnce(node, datadir);
    await node.mine(700);
    const follower = await Follower.start(t, { ...optionsFor(node), datadir });
    assert.equal(follower.client.tip?.height, 2_300);
    await follower.event('synced');
    assert.equal(follower.client.tip?.hash, (await node.tip()).hash);
  });

  test(`headlight finds its way when ${name} reorganised while it was away`, { skip }, async (t) => {
    const node = await started(t, program, 300);
    const datadir = temporaryFolder(t);
    await syncOnce(node, datadir);
    await node.invalidate(await node.blockHash(251));
    await node.mine(60);
    const { height, hash } = await syncOnce(node, datadir);
    assert.deepEqual({ height, hash }, { height: 310, hash: (await node.tip()).hash });
  });

  test(`a headlight killed in mid-sync from ${name} keeps what it had and goes on`, { skip }, async (t) => {
    const node = await started(t, program, 6_000);
    const datadir = temporaryFolder(t);
    const proxy = await SlowProxy.start({ targetPort: node.p2pPort, chunkBytes: 40_000, pauseMs: 150 });
    t.after(() => proxy.stop());
    const running = new RunningCommand([...syncArgs({ p2pPort: proxy.port }, datadir), '--json']);
    const progress = await running.event(({ event }) => event === 'progress');
    running.child.kill('SIGKILL');
    await running.result;

    const kept = (await command('status', ...storeArgs(datadir), '--json')).stdout;
    const { height } = JSON.parse(kept) as { height: number };
    assert.ok(height >= Number(progress['height']) && height < 6_000, `kept ${height}`);
    assert.equal((await command('verify', ...storeArgs(datadir))).code, 0);

    assert.equal((await syncOnce(node, datadir)).hash, (await node.tip()).hash);
  });

  test(`headlight answers the pings of ${name} and is answered`, { skip }, async (t) => {
    const node = await started(t, program, 3);
    const follower = await Follower.start(t, {
      ...optionsFor(node),
      pingIntervalMs: 50,
      silenceTimeoutMs: 1_000,
    });
    await follower.event('synced');
    await node.rpc('ping');
    await sleep(2_500);
    const [peer] = await node.rpc<{ pingtime?: number; pingwait?: number }[]>('getpeerinfo');
    assert.ok((peer?.pingtime ?? 0) > 0, 'the node has had its pong');
    assert.ok(!follower.events.some(({ event }) => event === 'peer-disconnected'), 'nobody hung up');
  });

  test(`headlight comes back to ${name} after a restart of the node`, { skip }, async (t) => {
    const node = await started(t, program, 12);
    const follower = await Follower.start(t, optionsFor(node));
    await follower.event('synced');
    await node.stop();
    await follower.event('peer-disconnected', (event) => event.reason === 'connection-lost');
    await node.start();
    const [hash] = await node.mine(1);
    await follower.event('block', (event) => event.hash === hash);
  });
}

/** A node with so many blocks, gone when the test is over. */
export async function started(t: TestContext, program: NodeProgram, blocks: number): Promise<RegtestNode> {
  const node = await program.start();
  t.after(() => node.dispose());
  await node.mine(blocks);
  return node;
}

/** Syncs into a folder and lets go of it. */
async function syncOnce(node: RegtestNode, datadir: string): Promise<Tip> {
  const client = new LightClient({ ...optionsFor(node), datadir });
  await client.start();
  try {
    return await client.synced();
  } finally {
    await client.stop();
  }
}

export function optionsFor(node: RegtestNode): { network: string; connect: string[] } {
  return { network: 'regtest', connect: [`127.0.0.1:${node.p2pPort}`] };
}

function storeArgs(datadir: string): string[] {
  return ['--network', 'regtest', '--datadir', datadir];
}

function syncArgs({ p2pPort }: { p2pPort: number }, datadir: string): string[] {
  return ['sync', '--connect', `127.0.0.1:${p2pPort}`, ...storeArgs(datadir)];
}

function heightsOf({ events }: Follower): number[] {
  return events.flatMap((event) => (event.event === 'block' ? [event.height] : []));
}
