/** A whole node that runs until it has the chain, or cannot have it. What it does after that is in following.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { regtest } from '../../src/networks/regtest.ts';
import type { LightNodeOutput } from '../../src/protocol/light-node.ts';
import type { DisconnectReason } from '../../src/protocol/peer.ts';
import { fill, HeadersChain } from '../support/headers-chain.ts';
import { headersOf, versionOf } from '../support/messages.ts';
import { headerAt, mine } from '../support/mine.ts';
import { NodeWorld, type WorldOptions } from '../support/node-world.ts';
import { HOSTILE, peerWith, type ScriptedPeer } from '../support/scripted-peer.ts';

const HEIGHT = 5300;
const chain = new HeadersChain(mine(HEIGHT));
const honest = peerWith(chain);
/** Longer than any three attempts at one peer take. */
const PATIENT: WorldOptions = { progressTimeoutMs: 600_000 };

/** How each kind is found out. */
const FOUND_OUT: Readonly<Record<keyof typeof HOSTILE, DisconnectReason>> = {
  unreachable: 'connect-failed',
  'hangs up at once': 'connection-lost',
  silent: 'handshake-timeout',
  'without verack': 'handshake-timeout',
  obsolete: 'obsolete-version',
  'asked in vain': 'headers-timeout',
  refusing: 'headers-refused',
  'with wrong bits': 'high-hash',
  'with a gap': 'not-continuous',
  'never connecting': 'headers-timeout',
  'always the same': 'headers-timeout',
  'hanging up when asked': 'connection-lost',
};

const KINDS = Object.entries(HOSTILE).map(
  ([kind, make]) => [make(chain), FOUND_OUT[kind as keyof typeof HOSTILE], kind] as const,
);

test('an honest peer is followed to the end of its chain', () => {
  const world = new NodeWorld({ peers: { honest } }).run();
  assert.deepEqual(world.end, { failure: undefined });
  assert.deepEqual(world.tree.tip.hash, chain.tipHash);
  assert.deepEqual(world.story, ['honest: connected', 'synced']);
  const stored = world.changes.flatMap(({ appended }) => Array.from(appended));
  assert.deepEqual(new Uint8Array(stored), chain.slice(1), 'every header is to be stored, once and in order');
  const requests = world.sent.filter(({ message }) => message.command === 'getheaders');
  assert.equal(requests.length, 3);
});

test('a node that has the chain already asks once and is done', () => {
  const world = new NodeWorld({ peers: { honest }, tree: fill(new HeaderTree(regtest), chain) }).run();
  assert.deepEqual(world.story, ['honest: connected', 'synced']);
  assert.deepEqual(world.changes, []);
  assert.deepEqual(world.end, { failure: undefined });
});

test('a chain that lost while we were away is left for the better one', () => {
  const old = chain.withBranch(5000, mine(250, { parent: headerAt(chain.bytes, 5000), salt: 1 }));
  const world = new NodeWorld({ peers: { honest }, tree: fill(new HeaderTree(regtest), old) }).run();
  assert.deepEqual(world.tree.tip.hash, chain.tipHash);
  assert.equal(world.changes[0]?.removed.length, 250);
  assert.deepEqual(world.end, { failure: undefined });
});

test('two peers of each hostile kind before the honest one do not use up the time that is allowed', () => {
  for (const [hostile, , kind] of KINDS) {
    const world = new NodeWorld({ peers: { hostile, same: hostile, honest }, outboundCount: 3 }).run();
    assert.deepEqual(world.end, { failure: undefined }, kind);
    assert.deepEqual(world.tree.tip.hash, chain.tipHash);
    assert.ok(world.clock.ms < 60_000);
  }
});

for (const [hostile, reason, kind] of KINDS) {
  test(`a first peer (${kind}) does not keep us from the second one, which is honest`, () => {
    const world = new NodeWorld({ peers: { hostile, honest } }).run();
    assert.deepEqual(world.end, { failure: undefined });
    assert.deepEqual(world.tree.tip.hash, chain.tipHash);
    assert.ok(world.story.includes(`hostile: ${reason}`), world.story.join(', '));
    assert.deepEqual(world.story.slice(-2), ['honest: connected', 'synced']);
    assert.deepEqual(world.dialled, ['hostile', 'honest']);
  });

  test(`nothing but such a peer (${kind}) ends in a failure that says so, and nothing false is believed`, () => {
    const world = new NodeWorld({ peers: { hostile }, ...PATIENT }).run();
    // The only peer there is is not dropped for what it does not say.
    const isKept = reason === 'headers-timeout' || reason === 'headers-refused';
    assert.equal(world.end?.failure?.code, isKept ? 'no-progress' : 'no-peer');
    assert.ok(world.end.failure.message.includes(reason), world.end.failure.message);
    const believed = kind === 'always the same' ? 2000 : 0;
    assert.equal(world.tree.tip.height, believed);
    assert.equal(world.changes.length, believed === 0 ? 0 : 1);
    assert.ok(world.dialled.length <= 3);
  });
}

test('when none of several can be used, the failure counts them and tells of the last', () => {
  const peers = { obsolete: KINDS[4]?.[0] as ScriptedPeer, gap: HOSTILE['with a gap'](chain) };
  const world = new NodeWorld({ peers }).run();
  assert.equal(world.end?.failure?.code, 'no-peer');
  assert.match(world.end.failure.message, /2 peers.*gap:1.*not-continuous/);
});

test('a chain of too little work is not believed to be the one, and the better one is found', () => {
  const low = peerWith(new HeadersChain(chain.slice(1, 2500)));
  const minChainwork = 8000n;
  const world = new NodeWorld({ peers: { low, honest }, minChainwork }).run();
  assert.deepEqual(world.tree.tip.hash, chain.tipHash);
  assert.deepEqual(world.story, ['low: connected', 'low: low-work', 'honest: connected', 'synced']);
  const alone = new NodeWorld({ peers: { low, lower: peerWith(new HeadersChain()) }, minChainwork }).run();
  assert.equal(alone.end?.failure?.code, 'low-work');
  assert.deepEqual(alone.dialled, ['low', 'lower'], 'their fault, so neither is called twice');
});

test('a low chain and a dead peer together are no proof of anything: no-peer', () => {
  const low = peerWith(new HeadersChain(chain.slice(1, 20)));
  const peers = { low, unreachable: HOSTILE.unreachable(chain) };
  assert.equal(new NodeWorld({ peers, minChainwork: 8000n }).run().end?.failure?.code, 'no-peer');
});

test('a false chain of less work that came first is left for the honest one', () => {
  const falseChain = new HeadersChain(mine(4100, { salt: 66 }));
  const liar = peerWith(falseChain, {
    headers: (all, _, count) => (count > 2 ? undefined : [headersOf(all)]),
  });
  const world = new NodeWorld({ peers: { liar, honest } }).run();
  assert.deepEqual(world.tree.tip.hash, chain.tipHash);
  assert.ok(world.story.includes('liar: headers-timeout'));
});

test('a slow peer has its time for each answer, and is left when one takes longer', () => {
  const slow = peerWith(chain, { delayMs: 19_000 });
  const world = new NodeWorld({ peers: { slow, honest } }).run();
  assert.deepEqual(world.dialled, ['slow']);
  assert.deepEqual(world.end, { failure: undefined });
  const slower = peerWith(chain, { delayMs: 15_000 });
  const impatient = new NodeWorld({ peers: { slower, honest }, headersTimeoutMs: 14_000 }).run();
  assert.ok(impatient.story.includes('slower: headers-timeout'));
  assert.deepEqual(impatient.tree.tip.hash, chain.tipHash);
});

test('a peer that hangs up in the middle is called again and goes on where it ended', () => {
  const forgetful = peerWith(chain, {
    headers: (all, _, count) => (count > 1 ? 'hang-up' : [headersOf(all)]),
  });
  const world = new NodeWorld({ peers: { forgetful } }).run();
  assert.deepEqual(world.end, { failure: undefined });
  assert.deepEqual(world.tree.tip.hash, chain.tipHash);
  assert.equal(world.dialled.length, 3);
});

test('without a new header for the time allowed it ends in no-progress, however busy the peers look', () => {
  const peers = { one: HOSTILE['asked in vain'](chain), two: HOSTILE.silent(), three: honest };
  const world = new NodeWorld({ peers, progressTimeoutMs: 40_000 }).run();
  assert.equal(world.end?.failure?.code, 'no-progress');
  assert.match(world.end.failure.message, /40 s.*height 0/);
  assert.equal(world.clock.ms, 5_000 + 40_000);
});

test('new headers put the end for lack of progress off', () => {
  const slow = peerWith(chain, { delayMs: 19_000 });
  const world = new NodeWorld({ peers: { slow }, progressTimeoutMs: 40_000 }).run();
  assert.deepEqual(world.end, { failure: undefined });
  assert.ok(world.clock.ms > 5_000 + 60_000);
});

test('seeds are asked when no peer is named, and each of their addresses must offer blocks', () => {
  const network = { ...regtest, dnsSeeds: ['seed.one', 'seed.two'] };
  const [pruned, poor, good] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as const;
  const seeds = { 'x9.seed.one': [pruned, poor], 'x9.seed.two': [good] };
  const peers = {
    [poor]: peerWith(chain, { version: { services: 1n } }),
    [pruned]: peerWith(chain, { version: { services: 0x400n } }),
    [good]: peerWith(chain, { version: { services: 0x408n } }),
  };
  const world = new NodeWorld({ network, seeds, peers }).run();
  assert.deepEqual(world.lookedUp.toSorted(), ['x9.seed.one', 'x9.seed.two']);
  assert.deepEqual(world.end, { failure: undefined });
  const disconnected = world.story.filter((what) => what.includes('missing-services'));
  assert.ok(disconnected.length <= 2 && !disconnected.includes(`${good}: missing-services`));
  assert.deepEqual(world.story.slice(-2), [`${good}: connected`, 'synced']);
});

test('a peer that the user named need not offer anything', () => {
  const poor = peerWith(chain, { version: { services: 0n } });
  assert.deepEqual(new NodeWorld({ peers: { poor } }).run().end, { failure: undefined });
});

test('with nobody to call it ends at once and says what to do', () => {
  const world = new NodeWorld().run();
  assert.equal(world.end?.failure?.code, 'no-peer');
  assert.match(world.end.failure.message, /no peer is known for regtest/);
});

test('a dead seed is a warning and no more, when it was asked in both ways', () => {
  const world = new NodeWorld({ peers: { honest } }).run(0);
  const lookedUp = (name: string): LightNodeOutput[] =>
    world.node.handle({ type: 'looked-up', name, addresses: [], error: 'ENOTFOUND' }, world.clock.now);
  assert.deepEqual(lookedUp('x9.dead'), [{ do: 'look-up', name: 'dead' }]);
  const message = 'DNS seed dead gave no address: ENOTFOUND';
  assert.deepEqual(lookedUp('dead'), [
    { do: 'report', event: { event: 'warning', code: 'seed-failed', message } },
  ]);
});

test('a call to ourselves is noticed by the end that was called', () => {
  const world = new NodeWorld({ peers: { itself: HOSTILE.silent() } });
  world.run(1_000);
  const version = world.sent.find(({ message }) => message.command === 'version')?.message;
  assert.ok(version?.command === 'version');
  const { now } = world.clock;
  const peer = world.node.newPeerId();
  world.node.handle({ type: 'accepted', peer, endpoint: { host: 'caller', port: 9 } }, now);
  const outputs = world.node.handle({ type: 'received', peer, message: version }, now);
  const event = outputs.find((output) => output.do === 'report')?.event;
  assert.equal(event?.event === 'peer-disconnected' && event.disconnect.reason, 'self-connection');
  assert.deepEqual(outputs[0], { do: 'hang-up', peer });
});

test('an option that is present but undefined stands for the default', () => {
  const undefinedOptions = { pingIntervalMs: undefined, headersTimeoutMs: undefined } as object;
  const peers = { vain: HOSTILE['asked in vain'](chain) };
  const world = new NodeWorld({ peers, ...undefinedOptions, ...PATIENT }).run();
  assert.match(world.end?.failure?.message ?? '', /no answer to getheaders in 30 s/);
});

test('the version tells the height we had when the connection began', () => {
  const tree = fill(new HeaderTree(regtest), new HeadersChain(chain.slice(1, 77)));
  const world = new NodeWorld({ peers: { honest }, tree }).run();
  const [first] = world.sent;
  assert.equal(first?.message.command === 'version' && first.message.payload.startHeight, 77);
});

test('a version that comes twice, at any time, changes nothing', () => {
  const twice = peerWith(chain);
  const peers = { twice };
  const world = new NodeWorld({ peers, follow: true }).run(10_000);
  world.say('twice', versionOf({ version: 1 }), versionOf({ startHeight: 1_000_000 })).runOn(10_000);
  assert.deepEqual(world.story, ['twice: connected', 'synced']);
});
