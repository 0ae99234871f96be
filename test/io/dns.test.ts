import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddressResolver, isPublic, lookUp } from '../../src/io/dns.ts';
import { nameServer } from '../support/name-server.ts';

const PUBLIC = ['8.8.8.8', '172.15.255.255', '172.32.0.1', '223.255.255.255', '2001:4860::1', '3fff::1'];
const NOT_PUBLIC =
  '0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 169.254.1.1 172.16.0.1 172.31.255.255 192.168.255.255 224.0.0.1 ' +
  '255.255.255.255 :: ::1 ::ffff:10.0.0.1 fe80::1 fc00::1 ff02::1 4000::1';

const NO_SUCH_NAME = 3;
const SERVER_FAILURE = 2;
const IPV4 = [8, 8, 8, 8];
const IPV6 = [0x20, 1, 0x48, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const NEVER = new AbortController().signal;

test('only addresses of the public network are taken from a seed', () => {
  for (const address of PUBLIC) assert.ok(isPublic(address), address);
  for (const address of NOT_PUBLIC.split(' ')) assert.ok(!isPublic(address), address);
});

test('a name gives its addresses of both families', async (t) => {
  const server = await nameServer(t, [IPV4, [9, 9, 9, 9]], [IPV6]);
  const { addresses, error } = await lookUp('seed.example', {
    signal: NEVER,
    resolver: server.newResolver(),
  });
  assert.deepEqual([addresses.toSorted(), error], [['2001:4860::1', '8.8.8.8', '9.9.9.9'], undefined]);
});

test('a name that leads into our own network gives no address', async (t) => {
  const server = await nameServer(t, [[127, 0, 0, 1], [192, 168, 0, 1], IPV4], []);
  const answer = await lookUp('seed.example', { signal: NEVER, resolver: server.newResolver() });
  assert.deepEqual(answer, { addresses: ['8.8.8.8'] });
});

test('what one family gives is good, whatever becomes of the other', async (t) => {
  for (const other of [[], SERVER_FAILURE, 'silence'] as const) {
    for (const isIpv4 of [true, false]) {
      const server = isIpv4 ? await nameServer(t, [IPV4], other) : await nameServer(t, other, [IPV6]);
      const options = { signal: NEVER, resolver: server.newResolver({ timeout: 50, tries: 1 }) };
      const wanted = isIpv4 ? '8.8.8.8' : '2001:4860::1';
      assert.deepEqual(await lookUp('seed.example', options), { addresses: [wanted] });
    }
  }
});

test('a name without addresses is told in plain words, not thrown', async (t) => {
  const CASES = [
    [NO_SUCH_NAME, NO_SUCH_NAME, 'no such name'],
    [[], [], 'the name has none'],
    [[], SERVER_FAILURE, 'the name service failed'],
    ['silence', 'silence', 'the name service does not answer'],
  ] as const;
  for (const [ipv4, ipv6, error] of CASES) {
    const resolver = (await nameServer(t, ipv4, ipv6)).newResolver({ timeout: 50, tries: 1 });
    assert.deepEqual(await lookUp('seed.example', { signal: NEVER, resolver }), { addresses: [], error });
  }
});

test('a name server that is silent is given up when time is up, or at once when the work is to end', async (t) => {
  const server = await nameServer(t, 'silence', 'silence');
  for (const isAborted of [false, true]) {
    const stop = new AbortController();
    const resolver = server.newResolver({ timeout: 60_000, tries: 1 });
    const timeoutMs = isAborted ? 60_000 : 100;
    const startMs = performance.now();
    const answer = lookUp('seed.example', { signal: stop.signal, resolver, timeoutMs });
    if (isAborted) setTimeout(() => stop.abort(), 100);
    assert.deepEqual((await answer).addresses, []);
    assert.ok(performance.now() - startMs < 5_000);
  }
  assert.equal(server.questionCount(), 4);
});

test('nobody is asked when the work is over already', async () => {
  const resolver: AddressResolver = {
    resolve4: () => assert.fail('asked'),
    resolve6: () => assert.fail('asked'),
    cancel: () => undefined,
  };
  assert.deepEqual(await lookUp('seed.example', { signal: AbortSignal.abort(), resolver }), {
    addresses: [],
  });
});
