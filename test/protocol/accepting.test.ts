/** A whole node that others call: whom it lets in, what it does for them, and what it takes from them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { regtest } from '../../src/networks/regtest.ts';
import {
  LightNode,
  type LightNodeInput,
  type LightNodeOptions,
  type LightNodeOutput,
} from '../../src/protocol/light-node.ts';
import type { PeerId } from '../../src/protocol/peer.ts';
import type { Message } from '../../src/wire/message.ts';
import { INVENTORY } from '../../src/wire/inventory.ts';
import type { VersionPayload } from '../../src/wire/messages/version.ts';
import { FalseClock, seededRandom } from '../support/false-time.ts';
import { fill, HeadersChain } from '../support/headers-chain.ts';
import { blockInv, headersOf, sentCommands, VERACK, versionOf } from '../support/messages.ts';
import { mine } from '../support/mine.ts';
import { nodeOptions } from '../support/node-options.ts';

const all = new HeadersChain(mine(60));
const chain = new HeadersChain(all.slice(1, 50));

/** A node that calls nobody, and those who call it. */
class Host {
  readonly clock: FalseClock = new FalseClock();
  readonly node: LightNode;

  constructor(options: Partial<LightNodeOptions> = {}) {
    const tree = fill(new HeaderTree(regtest), chain);
    const serving = nodeOptions({ isDialling: false, outboundCount: 0, follow: true, ...options });
    this.node = new LightNode(tree, serving, seededRandom());
    this.handle({ type: 'listening', endpoint: { host: '127.0.0.1', port: 18445 } });
    this.handle({ type: 'started' });
  }

  handle(input: LightNodeInput): LightNodeOutput[] {
    return this.node.handle(input, this.clock.now);
  }

  receive(peer: PeerId, ...messages: readonly Message[]): LightNodeOutput[] {
    return messages.flatMap((message) => this.handle({ type: 'received', peer, message }));
  }

  call(host: string): { peer: PeerId; outputs: LightNodeOutput[] } {
    const peer = this.node.newPeerId();
    return { peer, outputs: this.handle({ type: 'accepted', peer, endpoint: { host, port: 5 } }) };
  }

  /** Somebody calls and shakes hands. */
  connect(host: string, fields: Partial<VersionPayload> = {}): { peer: PeerId; outputs: LightNodeOutput[] } {
    const { peer } = this.call(host);
    return { peer, outputs: this.receive(peer, versionOf({ nonce: BigInt(peer), ...fields }), VERACK) };
  }

  get hosts(): string[] {
    return this.node.connections(this.clock.now).map(({ endpoint }) => endpoint.host);
  }
}

test('who calls is greeted with our tip, and served headers, pongs and notfound', () => {
  const host = new Host();
  const { peer, outputs } = host.connect('20.1.1.1');
  assert.deepEqual(
    outputs.filter((output) => output.do === 'send' && output.message.command === 'inv'),
    [{ do: 'send', peer, message: blockInv(all.hashAt(50)) }],
  );
  const request = { version: 70016, locator: [all.hashAt(10)], stop: new Uint8Array(32) };
  assert.deepEqual(host.receive(peer, { command: 'getheaders', payload: request }), [
    { do: 'send-headers', peer, fromHeight: 11, count: 40 },
  ]);
  const items = [{ type: INVENTORY.BLOCK, hash: all.hashAt(7) }];
  assert.deepEqual(host.receive(peer, { command: 'getdata', payload: { items } }), [
    { do: 'send', peer, message: { command: 'notfound', payload: { items } } },
  ]);
  const [pong] = host.receive(peer, { command: 'ping', payload: { nonce: 5n } });
  assert.deepEqual(pong, { do: 'send', peer, message: { command: 'pong', payload: { nonce: 5n } } });
});

test('nothing is served before the handshake is over', () => {
  const host = new Host();
  const { peer } = host.call('20.1.1.1');
  const request = { version: 70016, locator: [all.hashAt(10)], stop: new Uint8Array(32) };
  assert.deepEqual(host.receive(peer, { command: 'getheaders', payload: request }), []);
  assert.deepEqual(host.receive(peer, { command: 'getaddr', payload: {} }), []);
});

test('messages that no one here is concerned with cost the peer nothing', () => {
  const host = new Host();
  const { peer } = host.connect('20.1.1.1');
  const idle: readonly Message[] = [
    { command: 'mempool', payload: {} },
    { command: 'feefilter', payload: { feeRate: 1000n } } as unknown as Message,
    { command: 'getblocks', payload: { version: 70016, locator: [all.hashAt(0)], stop: new Uint8Array(32) } },
    { command: 'notfound', payload: { items: [] } },
    { command: 'verack', payload: {} },
    { command: 'sendaddrv2', payload: {} },
    { command: 'wtxidrelay', payload: {} },
  ];
  assert.deepEqual(host.receive(peer, ...idle), []);
  assert.deepEqual(host.hosts, ['20.1.1.1']);
});

test('who has more than we have is asked for it, though it was the one that called', () => {
  const host = new Host();
  const { peer, outputs } = host.connect('20.1.1.1', { startHeight: 60 });
  assert.ok(sentCommands(outputs).includes('getheaders'));
  const after = host.receive(peer, headersOf(all.slice(50)));
  assert.ok(after.some((output) => output.do === 'persist'));
  const modest = host.connect('20.2.1.1', { startHeight: 3 });
  assert.ok(!sentCommands(modest.outputs).includes('getheaders'), 'who has less is not');
});

test('a block that one peer brings is told to the others', () => {
  const host = new Host();
  const miner = host.connect('20.1.1.1', { startHeight: 51 }).peer;
  host.receive(miner, headersOf(all.slice(50, 51)));
  const wantsHeaders = host.connect('20.2.1.1').peer;
  host.receive(wantsHeaders, { command: 'sendheaders', payload: {} });
  const wantsInv = host.connect('20.3.1.1').peer;
  const outputs = host.receive(miner, headersOf(all.slice(52, 52)));
  const told = outputs.filter((output) => output.do === 'send' || output.do === 'send-headers');
  assert.deepEqual(told, [
    { do: 'send-headers', peer: wantsHeaders, fromHeight: 52, count: 1 },
    { do: 'send', peer: wantsInv, message: blockInv(all.hashAt(52)) },
  ]);
});

test('more than allowed from one address are hung up on, and it is nobody news', () => {
  const host = new Host();
  const results = Array.from({ length: 6 }, () => host.call('20.1.1.1').outputs);
  assert.deepEqual(
    results.map((outputs) => outputs.map((output) => output.do)),
    [[], [], [], [], ['hang-up'], ['hang-up']],
  );
});

test('when all places are taken, one has to go for a newcomer, and it is said which', () => {
  const host = new Host({ maxInbound: 8 });
  for (let i = 0; i < 8; i++) {
    host.connect(`20.${i}.1.1`);
    host.clock.advance(1_000);
  }
  const { outputs } = host.call('30.1.1.1');
  const [hangUp, report] = outputs;
  assert.equal(hangUp?.do, 'hang-up');
  assert.ok(report?.do === 'report' && report.event.event === 'peer-disconnected');
  assert.equal(report.event.disconnect.reason, 'evicted');
  assert.equal(host.hosts.length, 8);
  assert.ok(host.hosts.includes('30.1.1.1'));
});

test('a caller that breaks a rule is dropped, and not let in again when room is short', () => {
  const host = new Host({ maxInbound: 2 });
  const { peer } = host.connect('20.1.1.1', { startHeight: 60 });
  const gap = new Uint8Array([...all.slice(51, 51), ...all.slice(53, 53)]);
  const outputs = host.receive(peer, headersOf(gap));
  assert.deepEqual(outputs[0], { do: 'hang-up', peer });
  assert.deepEqual(host.call('20.1.1.1').outputs, [], 'there is room');
  host.connect('20.2.1.1');
  assert.deepEqual(
    host.call('20.1.1.1').outputs.map((output) => output.do),
    ['hang-up'],
    'now there is not',
  );
});

test('a caller that says nothing is dropped when the time for the handshake is over', () => {
  const host = new Host();
  host.call('20.1.1.1');
  host.clock.advanceTo(host.node.deadline() ?? 0);
  const outputs = host.handle({ type: 'tick' });
  const report = outputs.find((output) => output.do === 'report');
  assert.ok(report?.do === 'report' && report.event.event === 'peer-disconnected');
  assert.equal(report.event.disconnect.reason, 'handshake-timeout');
  assert.equal(report.event.kind, 'inbound');
});

test('callers are told of in the list of connections, with what they said', () => {
  const host = new Host();
  host.connect('20.1.1.1', { startHeight: 60, userAgent: '/caller/' });
  host.clock.advance(2_000);
  const [connection] = host.node.connections(host.clock.now);
  assert.equal(connection?.kind, 'inbound');
  assert.equal(connection?.info?.userAgent, '/caller/');
  assert.equal(connection?.ageMs, 2_000);
  assert.equal(connection?.provenHeight, undefined);
});

test('who called us before we were at the tip is told of it when we are', () => {
  const host = new Host({ isDialling: true, addPeers: [{ host: 'elsewhere', port: 1 }] });
  const early = host.connect('20.1.1.1').peer;
  const bearer = host.connect('20.2.1.1', { startHeight: 60 }).peer;
  const outputs = host.receive(bearer, headersOf(all.slice(50)));
  assert.ok(outputs.some((output) => output.do === 'report' && output.event.event === 'synced'));
  const told = outputs.filter((output) => output.do === 'send' && output.message.command === 'inv');
  assert.deepEqual(told.at(0), { do: 'send', peer: early, message: blockInv(all.hashAt(60)) });
});

test('a node that calls nobody is idle when nothing happens, for hours after it was synced', () => {
  const host = new Host();
  const { peer } = host.connect('20.1.1.1', { startHeight: 60 });
  host.receive(peer, headersOf(all.slice(50)));
  host.handle({ type: 'lost', peer, disconnect: { reason: 'connection-lost', detail: '' } });
  const endMs = host.clock.ms + 5 * 3_600_000;
  let ticks = 0;
  for (let due = host.node.deadline(); due !== undefined && due < endMs; due = host.node.deadline()) {
    host.clock.advanceTo(due);
    host.handle({ type: 'tick' });
    ticks++;
    assert.ok(ticks < 1_000, 'it is busy with nothing');
  }
});
