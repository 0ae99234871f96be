import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { endpointText, parseEndpoint } from '../src/endpoint.ts';

/** Of the specification of version 3 (rend-spec-v3.txt), and an I2P name of the right form. */
const ONION = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';
const I2P = `${'a'.repeat(52)}.b32.i2p`;

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
  [ONION, ONION, 8333],
  [`${ONION}:18444`, ONION, 18_444],
  // I2P has no ports.
  [I2P, I2P, 0],
  [`${I2P}:0`, I2P, 0],
  [`${I2P}:7`, I2P, 7],
  ['site.i2p', 'site.i2p', 8333],
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
  // Mistyped in one character, of the time before version 3, and no address at all.
  `${ONION.replace('pg6', 'pg7')}:8333`,
  'expyuzz4wqqyqhjn.onion',
  'site.onion',
  'site.onion.',
  'site.i2p:0',
];

test('hosts with and without a port are understood', () => {
  for (const [text, host, port] of ACCEPTED)
    assert.deepEqual(parseEndpoint(text, 8333), { host, port }, text);
});

test('anything else is refused', () => {
  for (const text of REFUSED) assert.equal(parseEndpoint(text, 8333), undefined, JSON.stringify(text));
});

test('an address has one text, however it was written', () => {
  const spellings: readonly (readonly [text: string, host: string])[] = [
    ['[2001:DB8:0:0::8]:1', '2001:db8::8'],
    ['[::ffff:1.2.3.4]:1', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    [ONION.toUpperCase(), ONION],
    [`${I2P.toUpperCase()}:0`, I2P],
    // The zone is the name of something on this machine.
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ];
  for (const [text, host] of spellings) assert.equal(parseEndpoint(text, 1)?.host, host, text);
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
      const endpoint = parseEndpoint(endpointText({ host, port }), 1);
      assert.ok(endpoint !== undefined);
      assert.equal(endpoint.port, port);
      assert.deepEqual(parseEndpoint(endpointText(endpoint), 1), endpoint);
    }),
  );
});

test('no text makes it throw, or gives a port or host that is none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const endpoint = parseEndpoint(text, 8333);
      if (endpoint === undefined) return;
      assert.ok(endpoint.port >= 1 && endpoint.port <= 65_535, text);
      assert.match(endpoint.host, /^[\w.:%-]+$/);
    }),
  );
});
