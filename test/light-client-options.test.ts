import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LightClient } from '../src/light-client.ts';

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
