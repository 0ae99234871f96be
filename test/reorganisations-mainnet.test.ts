/** Two chains of mainnet with real proof of work, on either side of the first retarget, one in the place of the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromHex } from '../src/bytes/hex.ts';
import { HeaderChain } from '../src/header-chain.ts';
import { mainnet } from '../src/networks/mainnet.ts';
import { verifyChain } from '../src/verify-chain.ts';
import { announceTip, ChangingChain, keepingUpWith } from './support/changing-chain.ts';
import { Follower } from './support/follower.ts';
import { alternativeMainnet } from './support/published-headers.ts';
import { readFixture, skipWithoutSharedData } from './support/repository.ts';
import { MAINNET_FILE } from './support/stores.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { WirePeer } from './support/wire-peer.ts';

const skip = skipWithoutSharedData;
/** Above genesis. */
const REAL = readFixture('headers', MAINNET_FILE).subarray(80);
const GENESIS = fromHex(mainnet.genesisHeaderHex);

for (const anchors of [true, false]) {
  const how = anchors ? 'that is anchored' : 'without anchors';

  test(
    `the real chain takes the place of an alternative one of 2,016 headers, in a client ${how}`,
    { skip },
    async (t) => {
      const datadir = temporaryFolder(t);
      const chain = new ChangingChain(GENESIS);
      chain.become(0, alternativeMainnet());
      const removed = chain.hashes(1).toReversed();
      const peer = await WirePeer.listen(t, keepingUpWith(chain), mainnet.magic);
      const options = { network: mainnet, datadir, anchors, minChainwork: 0n };
      const follower = await Follower.start(t, { ...options, connect: [peer.address] });
      assert.equal((await follower.event('synced')).hash, removed[0]);

      chain.become(0, REAL);
      const { tip } = chain;
      announceTip(peer, chain);
      await follower.event('block', ({ hash }) => hash === tip);
      const [reorg, ...others] = follower.events.filter(({ event }) => event === 'reorg');
      assert.ok(reorg?.event === 'reorg' && others.length === 0, `${others.length} more`);
      assert.deepEqual([reorg.fork.height, reorg.removed], [0, removed]);
      assert.ok(reorg.added.length > 2_016);
      assert.deepEqual(reorg.added, chain.hashes(1, reorg.added.length));
      const blocks = follower.events.flatMap((event) => (event.event === 'block' ? [event.hash] : []));
      assert.deepEqual(blocks, chain.hashes(1));
      assert.equal(follower.events.filter(({ event }) => event === 'peer-disconnected').length, 0);

      await follower.client.stop();
      await assertStored(datadir, chain, removed);
    },
  );
}

test(
  'the alternative chain is a side branch of a real one that has little more work',
  { skip },
  async (t) => {
    const datadir = temporaryFolder(t);
    const real = new ChangingChain(GENESIS);
    real.become(0, REAL.subarray(0, 80 * 2_100));
    const chain = new ChangingChain(GENESIS);
    chain.become(0, real.slice(1));
    const peer = await WirePeer.listen(t, keepingUpWith(chain), mainnet.magic);
    const options = { network: mainnet, datadir, minChainwork: 0n };
    const follower = await Follower.start(t, { ...options, connect: [peer.address] });
    await follower.event('synced');
    chain.become(0, alternativeMainnet());
    announceTip(peer, chain);
    while ((await follower.client.header(chain.tip)) === undefined) await sleep(10);
    assert.equal((await follower.client.header(chain.tip))?.confirmations, -1);
    assert.equal(follower.client.tip?.hash, real.tip);
    const told = follower.events.filter(({ event }) => event === 'reorg' || event === 'block');
    assert.deepEqual(told, []);
    await follower.client.stop();
    await assertStored(datadir, real, chain.hashes(1));
  },
);

/** Opens the store again, compares it with the chain and checks every rule. */
async function assertStored(datadir: string, chain: ChangingChain, side: readonly string[]): Promise<void> {
  const stored = await HeaderChain.open({ network: mainnet, datadir, create: false });
  assert.equal(stored.repair, undefined);
  assert.deepEqual([stored.tip.height, stored.tip.hash], [chain.height, chain.tip]);
  assert.ok(Buffer.from(chain.slice(0)).equals(await stored.store.read(0, chain.height + 1)));
  for (const hash of side) assert.equal((await stored.header(hash))?.confirmations, -1, hash);
  const { validHeight, sideHeaders, fault } = await verifyChain(stored);
  assert.deepEqual([validHeight, sideHeaders, fault], [chain.height, side.length, undefined]);
  await stored.close();
}
