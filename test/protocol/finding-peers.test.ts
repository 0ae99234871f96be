/** A whole node that finds its peers itself, keeps several, and remembers what it learnt of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../src/protocol/peer.ts';
import type { LightNodeOptions } from '../../src/protocol/light-node.ts';
import { PeerMemory } from '../../src/protocol/peers/peer-memory.ts';
import { regtest } from '../../src/networks/regtest.ts';
import type { Message } from '../../src/wire/message.ts';
import { DEFAULT_UNIX_SECONDS, seededRandom } from '../support/false-time.ts';
import { HeadersChain } from '../support/headers-chain.ts';
import { FULL_NODE, headersOf } from '../support/messages.ts';
import { mine } from '../support/mine.ts';
import { NodeWorld, type WorldOptions } from '../support/node-world.ts';
import { peerWith, type ScriptedPeer } from '../support/scripted-peer.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const all = new HeadersChain(mine(60));
const chain = new HeadersChain(all.slice(1, 50));
const honest = peerWith(chain);
const NOW = { ms: 0, unixSeconds: DEFAULT_UNIX_SECONDS };

function hosts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `20.${i}.0.9`);
}

function emptyMemory(): PeerMemory {
  return PeerMemory.restore([], { separatesPrivate: true }, seededRandom(7), NOW);
}

function memoryOf(known: readonly string[]): PeerMemory {
  const memory = emptyMemory();
  for (const host of known) {
    const found = { endpoint: at(host), services: FULL_NODE, seenSeconds: NOW.unixSeconds - 3_600 };
    memory.book.add([found], `told by ${host}`, NOW);
  }
  return memory;
}

function at(host: string): Endpoint {
  return { host, port: regtest.port };
}

function peersAt(known: readonly string[], peer: ScriptedPeer = honest): Record<string, ScriptedPeer> {
  return Object.fromEntries(known.map((host) => [host, peer]));
}

function staying(options: WorldOptions): NodeWorld {
  const defaults: Partial<LightNodeOptions> = { follow: true, outboundCount: 4 };
  return new NodeWorld({ ...defaults, ...options });
}

/** Peers that are connected now. */
function connected(world: NodeWorld): string[] {
  return world.node
    .connections(world.clock.now)
    .filter(({ info }) => info !== undefined)
    .map(({ endpoint }) => endpoint.host);
}

test('as many peers as wanted are kept, each of another network group, and a lost one is replaced at once', () => {
  const known = hosts(30);
  const world = staying({ memory: memoryOf(known), peers: peersAt(known) }).run(10_000);
  assert.equal(connected(world).length, 4);
  const [gone] = connected(world);
  assert.ok(gone !== undefined);
  world.cut(gone).runOn(1_000);
  assert.equal(connected(world).length, 4);
  assert.equal(connected(world).includes(gone), false);
});

test('dead addresses are gone through until there are enough peers', () => {
  const known = hosts(60);
  const world = staying({ memory: memoryOf(known), peers: peersAt(known.slice(0, 10)) }).run(5 * MINUTE_MS);
  assert.equal(connected(world).length, 4);
});

test('an empty memory is filled by a single peer that knows others, and these are called', () => {
  const known = hosts(20);
  const tells = answering('getaddr', addrOf(known));
  const world = staying({
    addPeers: [{ host: 'first', port: 1 }],
    memory: emptyMemory(),
    peers: { first: tells, ...peersAt(known) },
  }).run(MINUTE_MS);
  assert.equal(connected(world).length, 4);
  assert.ok(connected(world).includes('first'));
});

test('switched off, gossip is neither asked for nor believed', () => {
  const known = hosts(20);
  const tells = answering('getaddr', addrOf(known));
  const world = staying({
    addPeers: [{ host: 'first', port: 1 }],
    memory: emptyMemory(),
    usesGossip: false,
    peers: { first: tells, ...peersAt(known) },
  }).run(MINUTE_MS);
  world.say('first', addrOf(known)).runOn(MINUTE_MS);
  assert.deepEqual(connected(world), ['first']);
  assert.ok(!world.sent.some(({ message }) => message.command === 'getaddr'));
});

test('who connects to named peers alone asks them for nobody else', () => {
  const world = new NodeWorld({ peers: { honest }, follow: true }).run(MINUTE_MS);
  assert.ok(!world.sent.some(({ message }) => message.command === 'getaddr'));
});

test('a peer that misbehaves is dropped, and its address is not called again for a day', () => {
  const known = hosts(1);
  const [host = ''] = known;
  const liar = peerWith(chain, { headers: () => [headersOf(gap())] });
  const memory = memoryOf(known);
  const world = staying({ memory, peers: peersAt(known, liar) }).run(23 * HOUR_MS);
  assert.deepEqual(world.dialled, [host]);
  assert.ok(world.story.includes(`${host}: not-continuous`));
  assert.ok(memory.discouraged.has(host, world.clock.now));
  world.runOn(4 * HOUR_MS);
  assert.equal(memory.discouraged.has(host, world.clock.now), world.dialled.length > 1);
});

test('a peer that the user named is dropped for the same, and called again', () => {
  const liar = peerWith(chain, { headers: () => [headersOf(gap())] });
  const memory = emptyMemory();
  const world = staying({ connect: [at('20.1.1.1')], memory, peers: { '20.1.1.1': liar } }).run(HOUR_MS);
  assert.ok(world.dialled.length > 5);
  assert.equal(memory.discouraged.has('20.1.1.1', world.clock.now), false);
});

test('what was learnt is saved within a minute, and the rest when it stops', () => {
  const known = hosts(5);
  const world = staying({ memory: memoryOf(known), peers: peersAt(known) }).run(61_000);
  assert.ok(world.saved.length >= 1);
  const outputs = world.node.handle({ type: 'stopping' }, world.clock.now);
  assert.ok(outputs.every((output) => output.do === 'save-peers'));
});

test('after a restart two of the peers it had are called first, without any seed', () => {
  const known = hosts(30);
  const first = staying({ memory: memoryOf(known), peers: peersAt(known) }).run(10 * MINUTE_MS);
  const had = connected(first);
  const records = new Map<string, Uint8Array>();
  const last = first.node.handle({ type: 'stopping' }, first.clock.now);
  const changes = [
    ...first.saved,
    ...last.flatMap((output) => (output.do === 'save-peers' ? [output.change] : [])),
  ];
  for (const { put, remove } of changes) {
    for (const [key, value] of put) records.set(key, value);
    for (const key of remove) records.delete(key);
  }
  const memory = PeerMemory.restore(records, { separatesPrivate: true }, seededRandom(8), first.clock.now);
  assert.equal(memory.skipped, 0);
  assert.equal(memory.anchors.length, 2);
  const again = staying({ memory, peers: peersAt(known), unixSeconds: first.clock.now.unixSeconds }).run(
    10_000,
  );
  assert.deepEqual(
    again.dialled.slice(0, 2),
    memory.anchors.map(({ host }) => host),
  );
  assert.ok(again.dialled.slice(0, 2).every((host) => had.includes(host)));
  assert.equal(connected(again).length, 4);
});

test('a feeler is nobody news, and the address that answered it is a tried one', () => {
  const known = hosts(30);
  const memory = memoryOf(known);
  const world = staying({ memory, peers: peersAt(known) }).run(HOUR_MS);
  assert.ok(memory.book.counts.tried > 10, `${memory.book.counts.tried} are tried`);
  assert.equal(world.story.filter((what) => what.endsWith(': connected')).length, 4 + trials(world));
});

test('when no block comes for long another peer is called, and the chain it has is taken', () => {
  const known = hosts(30);
  const [better = ''] = known.slice(-1);
  const peers = { ...peersAt(known), [better]: peerWith(all) };
  const world = staying({ memory: memoryOf(known), peers }).run(48 * HOUR_MS);
  assert.deepEqual(world.tree.tip.hash, all.tipHash);
  assert.equal(connected(world).length, 4, 'and one of the others had to go');
});

test('a call to ourselves is noticed at both ends, and not made again soon', () => {
  const world = staying({
    addPeers: [at('20.1.1.1')],
    peers: { '20.1.1.1': () => ({ answer: () => [] }) },
  }).run(1_000);
  const version = world.sent.find(({ message }) => message.command === 'version')?.message;
  assert.ok(version?.command === 'version');
  const peer = world.node.newPeerId();
  world.node.handle({ type: 'accepted', peer, endpoint: { host: '30.1.1.1', port: 9 } }, world.clock.now);
  const outputs = world.node.handle({ type: 'received', peer, message: version }, world.clock.now);
  const ends = outputs.flatMap((output) =>
    output.do === 'report' && output.event.event === 'peer-disconnected'
      ? [[output.event.endpoint.host, output.event.disconnect.reason]]
      : [],
  );
  assert.deepEqual(ends, [
    ['30.1.1.1', 'self-connection'],
    ['20.1.1.1', 'self-connection'],
  ]);
  assert.deepEqual(connected(world), []);
});

/** How often one peer more than wanted came on trial. */
function trials(world: NodeWorld): number {
  return world.story.filter((what) => what.endsWith(': surplus')).length;
}

/** Headers one of which is missing. */
function gap(): Uint8Array {
  return new Uint8Array([...all.slice(1, 1), ...all.slice(3, 3)]);
}

/** An honest peer that answers one more command. */
function answering(command: Message['command'], answer: Message): ScriptedPeer {
  return () => {
    const behaviour = honest();
    return {
      ...behaviour,
      answer: (message) => (message.command === command ? [answer] : behaviour.answer(message)),
    };
  };
}

function addrOf(known: readonly string[]): Message {
  const addresses = known.map((host) => ({
    time: DEFAULT_UNIX_SECONDS - 60,
    services: FULL_NODE,
    network: 1,
    address: Uint8Array.from(host.split('.'), Number),
    port: regtest.port,
  }));
  return { command: 'addrv2', payload: { addresses } };
}
