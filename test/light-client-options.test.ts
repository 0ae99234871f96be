import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderChain } from '../src/header-chain.ts';
import { LightClient } from '../src/light-client.ts';
import { NETWORKS } from '../src/networks/by-name.ts';
import { type LightClientOptions, resolveOptions } from '../src/light-client-options.ts';

test('a network or an address that is none is refused at once', () => {
  assert.throws(() => new LightClient({ network: 'nonet' }), TypeError);
  for (const key of ['connect', 'addPeers'] as const) {
    assert.throws(() => new LightClient({ [key]: ['127.0.0.1', 'no host'] }), /"no host"/);
  }
  assert.throws(() => new LightClient({ listen: '127.0.0.1:70000' }), TypeError);
  assert.equal(new LightClient({ network: 'test' }).network.name, 'testnet3');
});

const DURATIONS = [
  'timeoutSeconds',
  'pingIntervalMs',
  'silenceTimeoutMs',
  'handshakeTimeoutMs',
  'headersTimeoutMs',
] as const;

test('a time that is none is refused at once, by its name', () => {
  for (const name of DURATIONS) {
    for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const wanted = { name: 'RangeError', message: new RegExp(`^${name} is ${value}, `) };
      assert.throws(() => new LightClient({ [name]: value }), wanted);
    }
    assert.ok(new LightClient({ [name]: 0.5 }));
  }
});

test('work below nothing is refused, none is not', () => {
  assert.throws(() => new LightClient({ minChainwork: -1n }), {
    name: 'RangeError',
    message: /minChainwork/,
  });
  assert.ok(new LightClient({ minChainwork: 0n }));
});

test('without options eight connections are kept, and every source of peers is used', () => {
  const { node, proxy, savesPeers } = resolveOptions({});
  assert.deepEqual([node.outboundCount, node.maxInbound, node.maxInboundPerAddress], [8, 64, 4]);
  assert.deepEqual([node.usesDnsSeeds, node.usesGossip, savesPeers], [true, true, true]);
  assert.deepEqual([proxy, node.usesProxy, [...node.reachable]], [undefined, false, ['ipv4', 'ipv6']]);
});

test('each source of peers can be switched off', () => {
  const { node, savesPeers } = resolveOptions({ dnsSeeds: false, gossip: false, savedPeers: false });
  assert.deepEqual([node.usesDnsSeeds, node.usesGossip, savesPeers], [false, false, false]);
});

test('the built-in hashes of the network are used, unless that is switched off', () => {
  assert.equal(resolveOptions({}).node.anchors, NETWORKS.mainnet.anchors);
  assert.equal(resolveOptions({ network: 'regtest' }).node.anchors, undefined);
  assert.equal(resolveOptions({ anchors: false }).node.anchors, undefined);
  assert.equal(resolveOptions({ anchors: true }).node.anchors, NETWORKS.mainnet.anchors);
});

test('a start is a height on mainnet, of a store that is opened here', async () => {
  assert.ok(new LightClient({ start: 151_199 }));
  for (const start of [-1, 0.5, Number.NaN])
    assert.throws(() => new LightClient({ start }), { name: 'RangeError', message: /^start is/ });
  for (const network of ['testnet3', 'testnet4', 'signet', 'regtest'])
    assert.throws(() => new LightClient({ network, start: 0 }), { name: 'TypeError', message: /mainnet/ });
  assert.throws(() => new LightClient({ start: 5_000, anchors: false }), {
    name: 'TypeError',
    message: /^start/,
  });
  const chain = await HeaderChain.open({ network: NETWORKS.mainnet, datadir: undefined, create: true });
  assert.throws(() => new LightClient({ chain, start: 5_000 }), { name: 'TypeError', message: /^start/ });
  await chain.close();
});

const COUNTS = { maxPeers: 125, maxInbound: 500, maxInboundPerAddress: 500 } as const;

test('a number of connections is a whole one within its bounds, or refused by its name', () => {
  for (const [name, most] of Object.entries(COUNTS)) {
    for (const value of [0, -1, 1.5, Number.NaN, most + 1]) {
      const wanted = { name: 'RangeError', message: new RegExp(`^${name} is ${value}, .*1 to ${most}$`) };
      assert.throws(() => resolveOptions({ [name]: value }), wanted);
    }
    for (const value of [1, most]) assert.ok(resolveOptions({ [name]: value }));
  }
  const { node } = resolveOptions({ maxPeers: 3, maxInbound: 5, maxInboundPerAddress: 2 });
  assert.deepEqual([node.outboundCount, node.maxInbound, node.maxInboundPerAddress], [3, 5, 2]);
});

test('seeds, which know IPv4 and IPv6, are not asked where neither may be called, unless that is wanted', () => {
  const proxy = '127.0.0.1:9050';
  assert.equal(asks({ proxy, onlyNet: ['onion'] }), false);
  assert.equal(asks({ onlyNet: ['cjdns'] }), false);
  assert.equal(asks({ proxy, onlyNet: ['onion', 'ipv6'] }), true);
  assert.equal(asks({ proxy, onlyNet: ['onion'], dnsSeeds: true }), true);
});

test('named peers get the port of the network, wherever they are', () => {
  const { node } = resolveOptions({
    network: 'regtest',
    connect: ['a.example', '[::1]:5'],
    addPeers: ['10.0.0.1'],
  });
  assert.deepEqual(node.connect, [
    { host: 'a.example', port: 18_444 },
    { host: '::1', port: 5 },
  ]);
  assert.deepEqual(node.addPeers, [{ host: '10.0.0.1', port: 18_444 }]);
});

function asks(options: LightClientOptions): boolean {
  return resolveOptions(options).node.usesDnsSeeds;
}
