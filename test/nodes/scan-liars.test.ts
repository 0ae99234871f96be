/** Scans with peers that lie about filters: with an honest one among them what is found is what the wallet lists. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type ClientEvent, scan, type ScanEvent, type ScannedEvent } from '../../src/index.ts';
import { Follower } from '../support/follower.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { leavingOut, silentAbout } from '../support/nodes/filter-lies.ts';
import { HOPELESS_COMPANIES, LIAR_CASES } from '../support/nodes/liar-cases.ts';
import { LiedAbout } from '../support/nodes/lied-about.ts';
import { type Lie, LyingFilters } from '../support/nodes/lying-filters.ts';
import { type ScanRun, unhurriedScan } from '../support/nodes/unhurried-scan.ts';
import { assertFound, assertIsWallets, standing } from '../support/nodes/wallet-history.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const options = { skip: skipWithoutNodes(), timeout: 180_000 };
const SEED = 20_261_122;

test('the result of a scan is right with an honest peer, whatever the others say', options, async (t) => {
  const world = await LiedAbout.start(t, SEED);
  const lyingAboutAll = leavingOut(world.scripts);

  for (const [i, { name, lie, reason, honestCount, warnings }] of LIAR_CASES.entries()) {
    const isFirst = i % 2 === 0;
    const place = `${isFirst ? 'before' : 'after'} ${honestCount === 1 ? 'an honest one' : 'two honest ones'}`;
    await t.test(`one that ${name}, named ${place}`, async (inner) => {
      const liar = await relayTo(inner, world, lie(world));
      const honest = await Promise.all(Array.from({ length: honestCount }, () => relayTo(inner, world)));
      const run = await unhurriedScan(inner, isFirst ? [liar, ...honest] : [...honest, liar], world.wanted);
      assertIsRight(world, run);
      for (const peer of honest) assert.deepEqual(endsOf(run, peer), []);
      assert.deepEqual(Array.from(new Set(endsOf(run, liar))), reason === undefined ? [] : [reason]);
      if (warnings !== undefined) assert.deepEqual(warningsOf(run), warnings);
    });
  }
  await t.test('one that lies about all, between two honest ones', async (inner) => {
    const liar = await relayTo(inner, world, lyingAboutAll);
    const honest = [await relayTo(inner, world), await relayTo(inner, world)] as const;
    for (const filterPeers of [2, 3]) {
      const peers = [honest[0], liar, honest[1]];
      const run = await unhurriedScan(inner, peers, { ...world.wanted, filterPeers });
      assertIsRight(world, run);
      assert.deepEqual(endsOf(run, liar), ['bad-filter']);
      for (const peer of honest) assert.deepEqual(endsOf(run, peer), []);
    }
  });
  await t.test('two that tell the same lie, and one honest one', async (inner) => {
    const liars = await relaysTo(inner, world, [lyingAboutAll, lyingAboutAll]);
    const honest = await relayTo(inner, world);
    const run = await unhurriedScan(inner, [...liars, honest], world.wanted);
    assertIsRight(world, run);
    for (const liar of liars) assert.deepEqual(endsOf(run, liar), ['bad-filter']);
    assert.deepEqual(endsOf(run, honest), []);
  });
  await t.test('one alone, whose blocks are looked at in place of its filters', async (inner) => {
    for (const lie of [lyingAboutAll, silentAbout('cfcheckpt', 'cfheaders', 'cfilter')]) {
      const run = await unhurriedScan(inner, [await relayTo(inner, world, lie)], world.wanted);
      assertIsRight(world, run);
      assert.deepEqual(warningsOf(run), ['filters-unbacked']);
    }
  });
  await t.test(
    'two that lie about a block each: what one said does not count when it is found out',
    async (inner) => {
      const [early, late] = [world.payingAbove(110).height, world.payingAbove(1_001).height];
      const lies = [early, late].map((at) => leavingOut(world.scripts, ({ height }) => height === at));
      const run = await unhurriedScan(inner, await relaysTo(inner, world, lies), world.wanted);
      // Nobody may be left to ask.
      if (run.failure?.code !== 'no-peer') assertIsRight(world, run);
    },
  );
  await t.test('two that tell the same lie, of whom no filter is asked', async (inner) => {
    const liars = await relaysTo(inner, world, [lyingAboutAll, lyingAboutAll]);
    assertIsRight(world, await unhurriedScan(inner, liars, { ...world.wanted, allBlocks: true }));
  });
  for (const { name, lies, code, maxUnbacked = world.filters.blocks.length } of HOPELESS_COMPANIES) {
    await t.test(`of no balance is told with ${name}: ${code}`, async (inner) => {
      const peers = await relaysTo(inner, world, lies(world));
      const run = await unhurriedScan(inner, peers, world.wanted, { maxUnbacked });
      assert.equal(run.failure?.code, code, run.failure?.message);
      assert.ok(!run.events.some(({ event }) => event === 'scanned'));
    });
  }
  await t.test('one that is alone, after a run with two honest ones whose word is kept', async (inner) => {
    const { ours, theirs } = world.nodes;
    const base = { network: 'regtest', datadir: temporaryFolder(inner), resume: false, ...world.wanted };
    const fetchedBlocks = async (connect: readonly string[]): Promise<number> => {
      const events: ScanEvent[] = [];
      for await (const event of scan({ ...base, connect })) events.push(event);
      return assertIsFound(world, events).fetchedBlocks;
    };
    await fetchedBlocks([ours.node.address, theirs.node.address]);
    const liar = await relayTo(inner, world, lyingAboutAll);
    assert.equal(await fetchedBlocks([liar.address]), world.filters.blocks.length);
    // Enough for one that says the same.
    assert.ok((await fetchedBlocks([ours.node.address])) < 100);
  });
  await t.test('one that begins to lie at a new block, beside a bitcoind and a btcd', async (inner) => {
    const { nodes, filters } = world;
    const height = filters.blocks.length;
    const liar = await relayTo(
      inner,
      world,
      leavingOut(world.scripts, (block) => block.height >= height),
    );
    const connect = [liar.address, nodes.ours.node.address, nodes.btcd.address];
    const follower = await Follower.start(inner, { network: 'regtest', connect, scan: world.wanted });
    const isFoundOut = (): boolean => endsOf(follower, liar).length > 0;
    await follower.event('scanned');
    // Of one block another may have told first, so that the liar was not waited for.
    for (let left = 5; left > 0 && !isFoundOut(); left--) {
      await payAgain(world);
      const { hash } = await nodes.ours.node.tip();
      const end = await follower.event('scanned', (event) => event.hash === hash);
      await assertIsWallets(nodes, { payments: standing(follower.events), end });
    }
    const { reason } = await follower.event('peer-disconnected', ({ peer }) => peer === liar.address);
    assert.equal(reason, 'bad-filter');
  });
});

/** Without a lie it stands before our own node, else before the other bitcoind. */
async function relayTo(t: TestContext, { nodes, filters }: LiedAbout, lie?: Lie): Promise<LyingFilters> {
  return LyingFilters.start(t, filters, (lie === undefined ? nodes.ours : nodes.theirs).node, lie);
}

async function relaysTo(t: TestContext, world: LiedAbout, lies: readonly Lie[]): Promise<LyingFilters[]> {
  return Promise.all(lies.map((lie) => relayTo(t, world, lie)));
}

/** A block that pays to a script that is looked for. */
async function payAgain({ nodes, scripts }: LiedAbout): Promise<void> {
  const { theirs } = nodes;
  const [script] = scripts;
  const { address } = await theirs.node.rpc<{ address: string }>('decodescript', [script]);
  await theirs.node.rpc('sendtoaddress', [address, 0.1]);
  await theirs.node.mine(1);
  await nodes.settle(theirs);
}

function assertIsRight(world: LiedAbout, { events, failure }: ScanRun): void {
  assert.equal(failure, undefined);
  assertIsFound(world, events);
}

/** @returns the summary. */
function assertIsFound({ wallet }: LiedAbout, events: readonly ClientEvent[]): ScannedEvent {
  const end = events.findLast((event) => event.event === 'scanned');
  assert.ok(end !== undefined);
  assertFound(wallet, { payments: standing(events), end });
  return end;
}

/** Why connections to a peer ended. */
function endsOf({ events }: Pick<ScanRun, 'events'>, { address }: LyingFilters): string[] {
  return events.flatMap((event) =>
    event.event === 'peer-disconnected' && event.peer === address ? [event.reason] : [],
  );
}

function warningsOf({ events }: ScanRun): string[] {
  return events.flatMap((event) => (event.event === 'warning' ? [event.code] : []));
}
