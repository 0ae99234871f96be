import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { endpointText, parseEndpoint } from '../src/endpoint.ts';

const ACCEPTED: readonly (readonly [text: string, host: string, port: number])[] = [
  ['127.0.0.1', '127.0.0.1', 8333],
  ['127.0.0.1:1', '127.0.0.1', 1],
  ['127.0.0.1:65535', '127.0.0.1', 65_535],
  ['node.example.org', 'node.example.org', 8333],
  ['my_node-2.example:18444', 'my_node-2.example', 18_444],
  ['::1', '::1', 8333],
  ['[::1]', '::1', 8333],
  ['[::1]:18444', '::1', 18_444],
  ['2001:db8::8333', '2001:db8::8333', 8333],
  ['localhost:08333', 'localhost', 8333],
];

const REFUSED = [
  '',
  ':',
  ':8333',
  'host:',
  'host:0',
  'host:65536',
  'host:99999999',
  'host:-1',
  'host:1.5',
  'host:port',
  'host :1',
  ' host',
  'host\n',
  'http://host:1',
  'user@host',
  '[host]:1',
  '[127.0.0.1]:1',
  '[::1',
  '::1]:1',
  '[::1]:0',
  '[::1]8333',
  'a:1:2',
];

test('hosts with and without a port are understood', () => {
  for (const [text, host, port] of ACCEPTED)
    assert.deepEqual(parseEndpoint(text, 8333), { host, port }, text);
});

test('anything else is refused', () => {
  for (const text of REFUSED) assert.equal(parseEndpoint(text, 8333), undefined, JSON.stringify(text));
});

test('port 0 is accepted where it stands for any free port', () => {
  assert.deepEqual(parseEndpoint('127.0.0.1:0', 8333, 0), { host: '127.0.0.1', port: 0 });
});

test('an endpoint is written as it is read', () => {
  for (const [, host, port] of ACCEPTED) {
    assert.deepEqual(parseEndpoint(endpointText({ host, port }), 1), { host, port });
  }
  const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  fc.assert(
    fc.property(address, fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      assert.deepEqual(parseEndpoint(endpointText({ host, port }), 1), { host, port });
    }),
  );
});

test('no text makes it throw, or gives a port or host that is none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const endpoint = parseEndpoint(text, 8333);
      if (endpoint === undefined) return;
      assert.ok(endpoint.port >= 1 && endpoint.port <= 65_535);
      assert.match(endpoint.host, /^[\w.:%-]+$/);
    }),
  );
});
