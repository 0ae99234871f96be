import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolvePeers, resolveReach } from '../src/reach.ts';
import type { HostNetwork } from '../src/wire/host.ts';

const ONION = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';
const PROXY = { host: '127.0.0.1', port: 9_050 };

function reachable(onlyNet: readonly HostNetwork[] | undefined, proxy?: string): string[] {
  const reach = resolveReach({
    ...(onlyNet === undefined ? {} : { onlyNet }),
    ...(proxy === undefined ? {} : { proxy }),
  });
  return [...reach.reachable];
}

test('IPv4 and IPv6 are called, and onions through a proxy', () => {
  assert.deepEqual(reachable(undefined), ['ipv4', 'ipv6']);
  assert.deepEqual(reachable(undefined, '127.0.0.1:9050'), ['ipv4', 'ipv6', 'onion']);
});

test('the networks that are named are called and no others', () => {
  assert.deepEqual(reachable(['cjdns', 'ipv6']), ['cjdns', 'ipv6']);
  assert.deepEqual(reachable(['onion', 'i2p'], 'localhost'), ['onion', 'i2p']);
});

test('onion and I2P without a proxy are refused, in words that say what is missing', () => {
  for (const network of ['onion', 'i2p'] as const) {
    const message = new RegExp(`^${network} addresses .* proxy only, and none is named$`);
    assert.throws(() => reachable(['ipv4', network]), { name: 'TypeError', message });
  }
});

test('networks that are none, and none at all, are refused', () => {
  assert.throws(() => reachable(['tor' as HostNetwork]), /"tor" is none of ipv4, ipv6, onion/);
  assert.throws(() => reachable([]), { name: 'TypeError', message: /no network/ });
});

test('a proxy has the port of Tor unless it is named with another', () => {
  assert.deepEqual(resolveReach({ proxy: '127.0.0.1' }).proxy, PROXY);
  assert.deepEqual(resolveReach({ proxy: '[::1]:1080' }).proxy, { host: '::1', port: 1_080 });
  assert.throws(() => resolveReach({ proxy: 'socks5://a:1' }), { name: 'TypeError', message: /HOST:PORT/ });
});

test('a named peer that only a proxy can reach is refused without one', () => {
  for (const host of [ONION, `${'a'.repeat(52)}.b32.i2p`, 'site.i2p']) {
    assert.throws(() => resolvePeers([host], 8333, { proxy: undefined }), {
      name: 'TypeError',
      message: new RegExp(`^${host}:\\d+ can be reached through a proxy only`),
    });
    assert.equal(resolvePeers([host], 8333, { proxy: PROXY })[0]?.host, host);
  }
  assert.deepEqual(resolvePeers(['a.example'], 1, { proxy: undefined }), [{ host: 'a.example', port: 1 }]);
});
