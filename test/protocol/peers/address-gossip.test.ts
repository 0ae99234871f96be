import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint, PeerId, PeerKind } from '../../../src/protocol/peer.ts';
import {
  AddressGossip,
  type AddressGossipInput,
  type AddressGossipOptions,
  type AddressGossipOutput,
} from '../../../src/protocol/peers/address-gossip.ts';
import { PeerMemory } from '../../../src/protocol/peers/peer-memory.ts';
import {
  addressV2Of,
  type Host,
  hostOfAddressV2,
  hostOfIp,
  hostText,
  ipOf,
  parseHost,
} from '../../../src/wire/host.ts';
import type { MessageOf } from '../../../src/wire/message.ts';
import { FalseClock, seededRandom } from '../../support/false-time.ts';
import { FULL_NODE, sent, sentCommands } from '../../support/messages.ts';

const NOWHERE = new Uint8Array(16);
const ONION = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';
const HOUR_MS = 3_600_000;

class Fixture {
  readonly clock: FalseClock = new FalseClock();
  readonly memory: PeerMemory;
  readonly gossip: AddressGossip;

  constructor(options: Partial<AddressGossipOptions> = {}) {
    const random = seededRandom(3);
    this.memory = PeerMemory.restore([], { separatesPrivate: false }, random, this.clock.now);
    this.gossip = new AddressGossip(
      { usesGossip: true, separatesPrivate: false, ...options },
      this.memory,
      random,
    );
  }

  handle(input: AddressGossipInput): AddressGossipOutput[] {
    return this.gossip.handle(input, this.clock.now);
  }

  ready(
    peer: PeerId,
    kind: PeerKind = 'outbound',
    { wantsAddrV2 = true, seesUsAt = NOWHERE }: { wantsAddrV2?: boolean; seesUsAt?: Uint8Array } = {},
  ): AddressGossipOutput[] {
    const endpoint = { host: `8.${peer}.0.1`, port: 8333 };
    return this.handle({ type: 'peer-ready', peer, endpoint, kind, wantsAddrV2, seesUsAt });
  }

  told(peer: PeerId, texts: readonly string[], ageSeconds: number = 60): AddressGossipOutput[] {
    const time = this.clock.now.unixSeconds - ageSeconds;
    const addresses = texts.map((text) => {
      const host = parseHost(text) as Host;
      return { time, services: FULL_NODE, ...addressV2Of(host), port: 8333 };
    });
    return this.handle({ type: 'told', peer, message: { command: 'addrv2', payload: { addresses } } });
  }

  /** What goes out within so long. */
  within(ms: number): AddressGossipOutput[] {
    const endMs = this.clock.ms + ms;
    const outputs: AddressGossipOutput[] = [];
    for (let due = this.gossip.deadline(); due !== undefined && due <= endMs; due = this.gossip.deadline()) {
      this.clock.advanceTo(due);
      outputs.push(...this.handle({ type: 'tick' }));
      assert.ok((this.gossip.deadline() ?? Number.POSITIVE_INFINITY) > this.clock.ms, 'due again');
    }
    this.clock.advanceTo(endMs);
    return outputs;
  }
}

function hosts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${20 + (i >> 8)}.${i & 255}.7.7`);
}

/** Hosts in the addresses that were sent to a peer. */
function toldTo(outputs: readonly AddressGossipOutput[], peer: PeerId): string[] {
  return sent(outputs.filter((output) => output.peer === peer)).flatMap((message) => {
    if (message.command === 'addr')
      return message.payload.addresses.map(({ ip }) => hostText(hostOfIp(ip) as Host));
    if (message.command === 'addrv2')
      return message.payload.addresses.map((one) => hostText(hostOfAddressV2(one) as Host));
    return [];
  });
}

test('those whom we called are asked for addresses, once, and those who called us are not', () => {
  const fixture = new Fixture();
  assert.deepEqual(sentCommands(fixture.ready(1)), ['getaddr']);
  assert.deepEqual(sentCommands(fixture.ready(2, 'manual')), ['getaddr']);
  assert.deepEqual(sentCommands(fixture.ready(3, 'address-fetch')), ['getaddr']);
  assert.deepEqual(sentCommands(fixture.ready(4, 'inbound')), []);
  assert.deepEqual(fixture.within(HOUR_MS), []);
});

test('switched off, nobody is asked and nothing that is told is believed', () => {
  const fixture = new Fixture({ usesGossip: false });
  assert.deepEqual(fixture.ready(1), []);
  assert.deepEqual(fixture.told(1, hosts(5)), []);
  assert.equal(fixture.memory.book.counts.new, 0);
});

test('who is called for addresses alone is asked and believed though gossip is switched off', () => {
  const fixture = new Fixture({ usesGossip: false });
  assert.deepEqual(sentCommands(fixture.ready(1, 'address-fetch')), ['getaddr']);
  fixture.told(1, hosts(5));
  assert.equal(fixture.memory.book.counts.new, 5);
});

test('an answer goes into the book, in whatever kind of network its addresses are', () => {
  const fixture = new Fixture();
  fixture.ready(1);
  const outputs = fixture.told(1, [...hosts(100), '2a01:4f8::1', ONION]);
  const [learnt] = outputs;
  assert.ok(learnt?.do === 'learnt' && learnt.count >= 98, 'as many as there are places for');
  assert.equal(fixture.memory.book.counts.new, learnt.count);
});

test('addresses told count as two hours older than claimed', () => {
  const fixture = new Fixture();
  fixture.ready(1);
  fixture.told(1, ['20.1.7.7'], 60);
  const known = fixture.memory.book.get({ host: '20.1.7.7', port: 8333 });
  assert.equal(known?.seenSeconds, fixture.clock.now.unixSeconds - 60 - 7_200);
});

test('getaddr is answered once, in one message, and only to those who called us', () => {
  const fixture = new Fixture();
  fixture.ready(1);
  fixture.told(1, hosts(900));
  fixture.ready(2, 'inbound');
  const outputs = fixture.handle({ type: 'asked', peer: 2 });
  assert.deepEqual(sentCommands(outputs), ['addrv2']);
  const told = toldTo(outputs, 2);
  const bookSize = fixture.memory.book.counts.new;
  assert.equal(told.length, Math.ceil(0.23 * bookSize), 'a part of the book');
  assert.equal(new Set(told).size, told.length);
  assert.deepEqual(fixture.handle({ type: 'asked', peer: 2 }), []);
  assert.deepEqual(fixture.handle({ type: 'asked', peer: 1 }), []);
  assert.deepEqual(fixture.handle({ type: 'asked', peer: 99 }), []);
});

test('many who ask learn no more than one, for a day', () => {
  const fixture = new Fixture();
  fixture.ready(1);
  fixture.told(1, hosts(900));
  const answers = new Set<string>();
  for (let peer = 10; peer < 30; peer++) {
    fixture.ready(peer, 'inbound');
    answers.add(toldTo(fixture.handle({ type: 'asked', peer }), peer).join());
    fixture.clock.advance(HOUR_MS);
  }
  assert.equal(answers.size, 1);
  fixture.clock.advance(5 * HOUR_MS);
  fixture.ready(40, 'inbound');
  answers.add(toldTo(fixture.handle({ type: 'asked', peer: 40 }), 40).join());
  assert.equal(answers.size, 2);
});

test('the discouraged are not recommended', () => {
  const fixture = new Fixture();
  fixture.ready(1);
  fixture.told(1, ['20.1.7.7']);
  fixture.memory.discouraged.add('20.1.7.7', fixture.clock.now);
  fixture.ready(2, 'inbound');
  assert.deepEqual(fixture.handle({ type: 'asked', peer: 2 }), []);
});

test('a peer that knows no addrv2 is told what it can understand', () => {
  const fixture = new Fixture();
  fixture.ready(1);
  fixture.told(1, [
    ONION,
    '20.1.7.7',
    '20.2.7.7',
    '20.3.7.7',
    '20.4.7.7',
    '20.5.7.7',
    '20.6.7.7',
    '20.7.7.7',
  ]);
  fixture.ready(2, 'inbound', { wantsAddrV2: false });
  const outputs = fixture.handle({ type: 'asked', peer: 2 });
  assert.deepEqual(sentCommands(outputs), ['addr']);
  assert.ok(toldTo(outputs, 2).every((host) => /^20\.\d\.7\.7$/.test(host)));
});

test('news is passed on to two of those who called us and care, each after a while and in one message', () => {
  const fixture = new Fixture();
  fixture.ready(1);
  for (const peer of [2, 3, 4, 5]) {
    fixture.ready(peer, 'inbound');
    if (peer !== 5) fixture.handle({ type: 'asked', peer });
  }
  fixture.told(1, ['20.1.7.7', '20.2.7.7']);
  const outputs = fixture.within(HOUR_MS);
  const receivers = [1, 2, 3, 4, 5].map((peer) => toldTo(outputs, peer).length);
  assert.equal(
    receivers.reduce((sum, count) => sum + count),
    4,
    'two addresses, two receivers each',
  );
  assert.deepEqual([receivers[0], receivers[4]], [0, 0], 'not back, and not to one that never asked');
  assert.ok(sent(outputs).length <= 3);
});

test('long lists and old addresses are no news', () => {
  for (const [count, ageSeconds] of [
    [11, 60],
    [2, 700],
  ] as const) {
    const fixture = new Fixture();
    fixture.ready(1);
    fixture.ready(2, 'inbound');
    fixture.handle({ type: 'asked', peer: 2 });
    fixture.told(1, hosts(count), ageSeconds);
    assert.deepEqual(fixture.within(HOUR_MS), []);
  }
});

test('what waits for one peer is bounded', () => {
  const fixture = new Fixture();
  fixture.ready(50, 'inbound');
  fixture.handle({ type: 'asked', peer: 50 });
  for (let peer = 100; peer < 140; peer++) {
    fixture.ready(peer);
    fixture.told(peer, hosts(400).slice(10 * (peer - 100), 10 * (peer - 99)));
  }
  assert.equal(toldTo(fixture.within(HOUR_MS), 50).length, 100);
});

test('a peer that dribbles is hung up on', () => {
  const fixture = new Fixture();
  fixture.ready(1);
  const ends: string[] = [];
  for (const host of hosts(30)) {
    for (const output of fixture.told(1, [host]))
      if (output.do === 'hang-up') ends.push(output.disconnect.reason);
    fixture.clock.advance(1_000);
  }
  assert.equal(ends[0], 'address-dribble');
});

test('a peer that is lost is told nothing more, and what it still says is nothing', () => {
  const fixture = new Fixture();
  fixture.ready(1);
  fixture.ready(2, 'inbound');
  fixture.handle({ type: 'asked', peer: 2 });
  fixture.told(1, ['20.1.7.7']);
  fixture.handle({ type: 'peer-lost', peer: 2 });
  assert.deepEqual(fixture.within(HOUR_MS), []);
  assert.deepEqual(fixture.told(2, ['20.9.7.7']), []);
});

const OURS: Endpoint = { host: '93.184.216.34', port: 8444 };
const SEEN_AT = ipOf(parseHost('93.184.216.35') as Host) as Uint8Array;

test('where we listen is told to each peer at once, and again about once a day', () => {
  const fixture = new Fixture();
  fixture.handle({ type: 'listening', endpoint: OURS });
  const first = fixture.ready(1);
  assert.deepEqual(toldTo(first, 1), [OURS.host]);
  const [message] = sent(first) as [MessageOf<'addrv2'>];
  assert.deepEqual([message.payload.addresses[0]?.port, message.payload.addresses[0]?.services], [8444, 0n]);
  const later = toldTo(fixture.within(100 * 24 * HOUR_MS), 1).length;
  assert.ok(later > 60 && later < 150, `${later} times in a hundred days`);
});

test('who listens everywhere tells each peer the address at which that peer sees us', () => {
  const fixture = new Fixture();
  fixture.handle({ type: 'listening', endpoint: { host: '0.0.0.0', port: 8444 } });
  assert.deepEqual(toldTo(fixture.ready(1, 'outbound', { seesUsAt: SEEN_AT }), 1), ['93.184.216.35']);
  assert.deepEqual(toldTo(fixture.ready(2, 'outbound', { seesUsAt: NOWHERE }), 2), []);
});

test('an address that nobody could reach is not told', () => {
  for (const host of ['127.0.0.1', '192.168.1.5', '::1']) {
    const fixture = new Fixture();
    fixture.handle({ type: 'listening', endpoint: { host, port: 8444 } });
    assert.deepEqual(toldTo(fixture.ready(1), 1), [], host);
  }
  const local = new Fixture({ separatesPrivate: true });
  local.handle({ type: 'listening', endpoint: { host: '127.0.0.1', port: 8444 } });
  assert.deepEqual(toldTo(local.ready(1), 1), ['127.0.0.1'], 'on a network of private nodes it is');
});

test('who does not listen tells nobody where it is', () => {
  const fixture = new Fixture();
  assert.deepEqual(toldTo(fixture.ready(1, 'outbound', { seesUsAt: SEEN_AT }), 1), []);
});
