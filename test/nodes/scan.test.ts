/** Scans against real nodes: what is found is what their wallet lists. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LightClientOptions, type ScanEvent, scan, type ScanClientOptions } from '../../src/index.ts';
import { Follower } from '../support/follower.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { PayingNodes } from '../support/nodes/paying-nodes.ts';
import {
  assertIsHistory,
  assertIsWallets,
  type FoundPayments,
  RANGE,
  standing,
} from '../support/nodes/wallet-history.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const options = { skip: skipWithoutNodes(), timeout: 180_000 };
const SEED = 20_261_121;

test(
  'the history and the balance of a scan are those of the wallet, over several hundred blocks and through a reorganisation',
  options,
  async (t) => {
    const nodes = await PayingNodes.start(t, SEED);
    await nodes.pay(200);
    const wanted = await wantedOf(nodes);
    const datadir = temporaryFolder(t);
    const base = { network: 'regtest', connect: nodes.addresses, datadir, ...wanted };

    await t.test('with filters of three nodes', async () => {
      const found = await scanned(base);
      await assertIsWallets(nodes, found);
      assert.ok(found.end.fetchedBlocks < found.end.height / 2 + 100, `${found.end.fetchedBlocks} blocks`);
      assert.equal(found.warnings, 0);
    });
    await t.test('again, from what was stored', async () => {
      const found = await scanned(base);
      assert.equal(found.end.fetchedBlocks, 0);
      assert.ok(found.payments.every(({ stored }) => stored));
      await assertIsWallets(nodes, found);
    });
    await t.test('with the bitcoind and the btcd alone', async () => {
      const [bitcoind = '', , btcd = ''] = nodes.addresses;
      await assertIsWallets(nodes, await scanned({ ...base, connect: [bitcoind, btcd], resume: false }));
    });
    await t.test('with every block and no filter', async () => {
      const [, second = ''] = nodes.addresses;
      const found = await scanned({ ...base, connect: [second], allBlocks: true, resume: false });
      assert.equal(found.end.fetchedBlocks, found.end.height + 1);
      await assertIsWallets(nodes, found);
    });
    await t.test('with one node that is trusted', async () => {
      const [first = ''] = nodes.addresses;
      await assertIsWallets(
        nodes,
        await scanned({ ...base, connect: [first], filterPeers: 1, resume: false }),
      );
    });
    await t.test('with one node, of which no filter is believed', async () => {
      const [first = ''] = nodes.addresses;
      const found = await scanned({ ...base, connect: [first], resume: false });
      assert.equal(found.end.fetchedBlocks, found.end.height + 1);
      await assertIsWallets(nodes, found);
    });
    await t.test('while following, with branches of one to eight blocks that are left', async (inner) => {
      const { network, connect } = base;
      const follower = await Follower.start(inner, { network, connect, datadir, scan: wanted });
      await follower.event('scanned');
      for (const depth of [1, 8, 3]) {
        await reorganise(nodes, depth);
        const { height, hash } = await nodes.ours.node.tip();
        const end = await follower.event('scanned', (event) => event.hash === hash);
        assert.equal(end.height, height);
        await assertIsHistory(nodes, { payments: standing(follower.events), end });
      }
      assert.ok(follower.events.some(({ event }) => event === 'payment-removed'));
    });
    await t.test('and of a later run, after a reorganisation that nobody saw', async () => {
      await reorganise(nodes, 5);
      await assertIsHistory(nodes, await scanned(base));
    });
  },
);

async function wantedOf(nodes: PayingNodes): Promise<NonNullable<LightClientOptions['scan']>> {
  const descriptors = (await nodes.descriptors()).map((descriptor) => ({ descriptor, range: RANGE }));
  return { descriptors, fromHeight: 0 };
}

async function scanned(wanted: ScanClientOptions): Promise<FoundPayments & { readonly warnings: number }> {
  const events: ScanEvent[] = [];
  for await (const event of scan(wanted)) events.push(event);
  const end = events.at(-1);
  assert.ok(end?.event === 'scanned');
  return { payments: standing(events), end, warnings: 0 };
}

/** Leaves the last blocks for a longer branch, in which some of their payments come again. */
async function reorganise(nodes: PayingNodes, depth: number): Promise<void> {
  const { ours, theirs, btcd } = nodes;
  const { height } = await ours.node.tip();
  const left = await ours.node.blockHash(height - depth + 1);
  for (const { node } of [ours, theirs]) await node.invalidate(left);
  await btcd.rpc('invalidateblock', [left]);
  await ours.node.mine(1);
  await nodes.mineTo(ours, depth);
  for (const { node } of [theirs]) await node.waitForTip((await ours.node.tip()).hash);
  await nodes.settle(ours);
}
