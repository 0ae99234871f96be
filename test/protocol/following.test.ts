/** A whole node that stays: it hears of new blocks, survives the loss of its peers, and never gives up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regtest } from '../../src/networks/regtest.ts';
import type { NodeEvent } from '../../src/protocol/events.ts';
import { HeadersChain } from '../support/headers-chain.ts';
import { blockInv, headersOf } from '../support/messages.ts';
import { headerAt, mine } from '../support/mine.ts';
import { NodeWorld, type WorldOptions } from '../support/node-world.ts';
import { HOSTILE, type PeerBehaviour, peerWith, type ScriptedPeer } from '../support/scripted-peer.ts';

const HOUR_MS = 3_600_000;
const all = new HeadersChain(mine(2100));
const chain = new HeadersChain(all.slice(1, 2050));
const honest = peerWith(chain);

function following(peers: Readonly<Record<string, ScriptedPeer>>, options: WorldOptions = {}): NodeWorld {
  return new NodeWorld({ peers, follow: true, ...options });
}

/** Peers that have, on every connection, the chain that a test says they have by now. */
function growing(start: HeadersChain): { peer: ScriptedPeer; has: (now: HeadersChain) => void } {
  let current = start;
  const peer = (): PeerBehaviour => ({ answer: (message) => peerWith(current)().answer(message) });
  return { peer, has: (now) => (current = now) };
}

function blocksIn(events: readonly NodeEvent[]): number[] {
  return events.flatMap((event) => (event.event === 'block' ? [event.height] : []));
}

test('it is synced once and stays, however long nothing happens', () => {
  const world = following({ honest }).run(24 * HOUR_MS);
  assert.deepEqual(world.story, ['honest: connected', 'synced']);
  assert.equal(world.end, undefined);
});

test('a peer that announces nothing is asked every ten minutes', () => {
  const world = following({ honest }).run(HOUR_MS);
  const before = world.sent.filter(({ message }) => message.command === 'getheaders').length;
  assert.equal(before, 2 + 5);
});

test('a block announced by its header, or by inv, is told', () => {
  const { peer, has } = growing(chain);
  const world = following({ peer }).run(1_000);
  world.say('peer', headersOf(all.slice(2051, 2051)));
  assert.deepEqual(blocksIn(world.events), [2051]);
  has(new HeadersChain(all.slice(1, 2060)));
  world.say('peer', blockInv(all.hashAt(2060))).runOn(1_000);
  assert.deepEqual(
    blocksIn(world.events),
    Array.from({ length: 10 }, (_, i) => 2051 + i),
  );
});

test('a reorganisation is told as such, and stored before', () => {
  const world = following({ honest }).run(1_000);
  const other = chain.withBranch(2047, mine(4, { parent: headerAt(chain.bytes, 2047), salt: 5 }));
  world.say('honest', headersOf(other.slice(2048)));
  assert.deepEqual(world.story.slice(2), ['reorg', 'block', 'block', 'block', 'block']);
  assert.equal(world.changes.at(-1)?.removed.length, 3);
  assert.deepEqual(world.tree.tip.hash, other.tipHash);
});

test('when the line is cut the peer is called again, and what came meanwhile is told', () => {
  const { peer, has } = growing(chain);
  const world = following({ peer }).run(10_000);
  has(new HeadersChain(all.slice(1, 2055)));
  world.cut('peer').runOn(10_000);
  assert.deepEqual(world.dialled, ['peer', 'peer']);
  assert.deepEqual(blocksIn(world.events), [2051, 2052, 2053, 2054, 2055]);
  assert.equal(world.story.filter((what) => what === 'synced').length, 1);
});

test('a peer whose line is cut once a day is called again within seconds each time', () => {
  const world = following({ honest }).run(10_000);
  for (let day = 1; day <= 10; day++) {
    world.cut('honest').runOn(10_000);
    assert.equal(world.dialled.length, day + 1, `day ${day}`);
    world.runOn(24 * HOUR_MS);
  }
});

test('a peer that falls silent is dropped and the next one is called', () => {
  let isDead = false;
  const dying = (): PeerBehaviour => {
    const alive = honest();
    return { answer: (message) => (isDead ? [] : alive.answer(message)) };
  };
  const world = following({ dying, honest }).run(10_000);
  isDead = true;
  world.runOn(120_000);
  assert.deepEqual(world.story, ['dying: connected', 'synced', 'dying: silent', 'honest: connected']);
});

test('with none but hostile peers it neither ends nor calls them all the time', () => {
  const short = new HeadersChain(all.slice(1, 20));
  for (const [kind, make] of Object.entries(HOSTILE)) {
    // The same headers again are a fault in full messages alone.
    const pretended = kind === 'always the same' ? chain : short;
    const world = following({ hostile: make(pretended) }).run(2 * HOUR_MS);
    assert.equal(world.end, undefined, kind);
    // The only peer there is is not dropped for what it does not say, but asked again.
    const asked = world.sent.filter(({ message }) => message.command === 'getheaders').length;
    const attempts = world.dialled.length === 1 ? asked : world.dialled.length;
    assert.ok(attempts >= 10, `${kind}: ${attempts} attempts`);
    assert.ok(world.dialled.length <= 45, `${kind}: ${world.dialled.length} calls`);
    assert.ok(asked <= (2 * 3600) / 10, `${kind}: asked ${asked} times`);
    assert.ok(world.tree.tip.height <= 2000);
  }
});

test('an honest peer is found among hostile ones whatever their number', () => {
  const kinds = Object.entries(HOSTILE).map(([kind, make]) => [kind, make(chain)] as const);
  const world = following({ ...Object.fromEntries(kinds), honest }).run(HOUR_MS);
  assert.deepEqual(world.tree.tip.hash, chain.tipHash);
  assert.ok(world.story.includes('synced'));
  const first = world.dialled.slice(0, kinds.length + 1);
  assert.equal(new Set(first).size, kinds.length + 1, 'each was called once before any was called again');
});

test('a client that starts offline is synced when the line is there', () => {
  const network = { ...regtest, dnsSeeds: ['seed'] };
  const [one, two] = ['10.0.0.1', '10.0.0.2'] as const;
  const addresses = { 'x9.seed': [one, two] };
  let isOnline = false;
  const peer = (): PeerBehaviour =>
    isOnline ? honest() : { unreachable: 'connect-failed', answer: () => [] };
  const world = following({ [one]: peer, [two]: peer }, { network, seeds: addresses }).run(HOUR_MS);
  assert.equal(world.end, undefined);
  assert.ok(world.dialled.length > 6);
  isOnline = true;
  world.runOn(5 * 60_000);
  assert.deepEqual(world.tree.tip.hash, chain.tipHash);
});

test('headers put off because our clock is slow come in as it moves', () => {
  const unixSeconds = 1_296_688_602 + 2050 * 600 - 7200 - 90;
  const world = following({ honest }, { unixSeconds }).run(30_000);
  assert.equal(world.tree.tip.height, 2049);
  assert.deepEqual(world.story, ['honest: connected', 'warning', 'synced']);
  world.runOn(120_000);
  assert.deepEqual(blocksIn(world.events), [2050]);
  assert.deepEqual(
    world.story.filter((what) => what.startsWith('honest')),
    ['honest: connected'],
  );
});

test('a clock that is years slow is told of, and never taken for a false chain', () => {
  const world = new NodeWorld({ peers: { honest }, unixSeconds: 86_400, minChainwork: 4000n }).run();
  assert.equal(world.end?.failure?.code, 'no-peer');
  assert.ok(world.end.failure.message.includes('time-too-new'));
});
