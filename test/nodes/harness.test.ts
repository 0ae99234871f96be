import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Bitcoind } from '../support/nodes/bitcoind.ts';
import { Btcd } from '../support/nodes/btcd.ts';
import { eventually } from '../support/nodes/eventually.ts';
import { RpcError } from '../support/nodes/json-rpc.ts';
import type { RegtestNode } from '../support/nodes/regtest-node.ts';

const skip = skipWithoutNodes();
const REGTEST_GENESIS = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';
const CALL_INTERVAL_MS = 8_000;
const PROGRAMS = { bitcoind: Bitcoind, btcd: Btcd };

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`${name} starts at genesis, mines, and answers on its P2P port`, { skip }, async (t) => {
    const node = await started(t, program);
    assert.deepEqual(await node.tip(), { height: 0, hash: REGTEST_GENESIS });

    const hashes = await node.mine(1_001);
    assert.equal(new Set(hashes).size, 1_001);
    assert.deepEqual(await node.tip(), { height: 1_001, hash: hashes.at(-1) });
    assert.equal(await node.blockHash(1), hashes[0]);

    assert.ok(await isListening(node.p2pPort));
  });

  test(`${name} refuses a call with its own code`, { skip }, async (t) => {
    const node = await started(t, program);
    await assert.rejects(node.blockHash(1), (error) => error instanceof RpcError && error.code < 0);
  });

  test(`${name} has its chain again after it was stopped, and after it was killed`, { skip }, async (t) => {
    const node = await started(t, program);
    await node.mine(20);
    const tip = await node.tip();

    await node.stop();
    assert.equal(node.pid, undefined);
    await assert.rejects(node.tip());
    await node.start();
    assert.deepEqual(await node.tip(), tip);

    // Written at the latest when it was stopped: what a killed node had only in memory is not expected back.
    await node.kill();
    await node.start();
    assert.deepEqual(await node.tip(), tip);
  });

  test(
    `${name} gives up invalidated blocks, mines others in their place, and takes the longer branch`,
    { skip },
    async (t) => {
      const node = await started(t, program);
      const abandoned = await node.mine(10);
      await node.invalidate(abandoned[5] as string);
      assert.deepEqual(await node.tip(), { height: 5, hash: abandoned[4] });

      const rivals = await node.mine(5);
      assert.deepEqual(await node.tip(), { height: 10, hash: rivals.at(-1) });
      assert.ok(rivals.every((hash) => !abandoned.includes(hash)));

      const longer = await node.mine(1);
      await node.reconsider(abandoned[5] as string);
      assert.deepEqual(await node.tip(), { height: 11, hash: longer[0] });
    },
  );

  test(`${name} changes to the longer chain of a node that it dials`, { skip }, async (t) => {
    const [shorter, longer] = await Promise.all([started(t, program), started(t, program)]);
    const [abandoned, kept] = await Promise.all([shorter.mine(30), longer.mine(40)]);
    assert.notEqual(abandoned[0], kept[0]);
    await shorter.connectTo(longer);
    await shorter.waitForTip(kept.at(-1) as string);
    assert.equal(await shorter.blockHash(1), kept[0]);
  });

  test(`${name} is silent while it is paused and answers when it goes on`, { skip }, async (t) => {
    const node = await started(t, program);
    await node.pause();
    const answer = node.tip();
    assert.equal(await Promise.race([answer, sleep(200, 'silence')]), 'silence');
    node.resume();
    assert.equal((await answer).height, 0);
  });

  test(
    `${name} leaves neither process nor folder behind, not even when paused before`,
    { skip },
    async (t) => {
      const node = await started(t, program);
      assert.ok(await isThere(node));
      await node.pause();
      await node.dispose();
      await node.dispose();
      assert.equal(node.pid, undefined);
      assert.ok(!(await isListening(node.p2pPort)));
      assert.ok(!existsSync(node.dataDir));
    },
  );

  test(`${name} that cannot start says why and leaves no folder behind`, { skip }, async () => {
    const refusal = program.start({ extraArgs: ['--no-such-option'] });
    await assert.rejects(refusal, /ended at once.*no-such-option/s);
  });
}

test('bitcoind follows btcd, and btcd follows bitcoind', { skip }, async (t) => {
  const [bitcoind, btcd] = await Promise.all([started(t, Bitcoind), started(t, Btcd)]);
  const ofBtcd = await btcd.mine(15);
  let callMs = 0;
  await eventually('bitcoind has the blocks of btcd', async () => {
    if ((await bitcoind.tip()).hash === ofBtcd.at(-1)) return true;
    if (performance.now() < callMs) return false;
    // Now and then the two have nothing to say to each other; on another connection they do.
    callMs = performance.now() + CALL_INTERVAL_MS;
    await bitcoind.rpc('disconnectnode', [btcd.address]).catch(() => undefined);
    await bitcoind.connectTo(btcd);
    return false;
  });
  const ofBitcoind = await bitcoind.mine(1);
  await btcd.waitForTip(ofBitcoind[0] as string);
});

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`a test process ended by ${signal} takes its nodes and their folders with it`, { skip }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', FORGETFUL_TEST], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const nodes = JSON.parse(line) as Traces[];
    assert.equal(nodes.length, 2);
    for (const node of nodes) assert.ok(await isThere(node));

    child.kill(signal);
    for (const node of nodes) await gone(node);
  });
}

/** Starts both nodes, says so, and neither stops them nor ends. */
const FORGETFUL_TEST = `
  import { Bitcoind } from ${JSON.stringify(import.meta.resolve('../support/nodes/bitcoind.js'))};
  import { Btcd } from ${JSON.stringify(import.meta.resolve('../support/nodes/btcd.js'))};
  const nodes = [await Bitcoind.start(), await Btcd.start()];
  console.log(JSON.stringify(nodes.map(({ p2pPort, dataDir }) => ({ p2pPort, dataDir }))));
  setInterval(() => {}, 1_000);
`;

async function started(t: TestContext, program: { start(): Promise<RegtestNode> }): Promise<RegtestNode> {
  const node = await program.start();
  t.after(() => node.dispose());
  return node;
}

/** What shows that a node is there, also to another process. */
type Traces = Pick<RegtestNode, 'p2pPort' | 'dataDir'>;

async function isThere({ p2pPort, dataDir }: Traces): Promise<boolean> {
  return existsSync(dataDir) && (await isListening(p2pPort));
}

async function gone({ p2pPort, dataDir }: Traces): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (existsSync(dataDir) || (await isListening(p2pPort))) {
    assert.ok(performance.now() < deadlineMs, 'still there after 10,000 ms');
    await sleep(20);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
