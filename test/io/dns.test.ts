import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddressResolver, lookUp } from '../../src/io/dns.ts';
import { nameServer } from '../support/name-server.ts';

const NO_SUCH_NAME = 3;
const SERVER_FAILURE = 2;
const IPV4 = [8, 8, 8, 8];
const IPV6 = [0x20, 1, 0x48, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const NEVER = new AbortController().signal;

test('a name gives its addresses of both families', async (t) => {
  const server = await nameServer(t, [IPV4, [9, 9, 9, 9]], [IPV6]);
  const { addresses, error } = await lookUp('seed.example', {
    signal: NEVER,
    resolver: server.newResolver(),
  });
  assert.deepEqual([addresses.toSorted(), error], [['2001:4860::1', '8.8.8.8', '9.9.9.9'], undefined]);
});

/** An IPv6 address with zeros between these bytes. */
function paddedIpv6(start: readonly number[], end: readonly number[]): number[] {
  return [...start, ...Array<number>(16 - start.length - end.length).fill(0), ...end];
}

test('a name that leads into our own network gives no address', async (t) => {
  const NOT_PUBLIC_IPV4 = [
    [0, 0, 0, 0],
    [10, 0, 0, 1],
    [127, 0, 0, 1],
    [192, 168, 0, 1],
    [224, 0, 0, 1],
  ];
  const NOT_PUBLIC_IPV6 = [
    paddedIpv6([], [1]),
    paddedIpv6([0xfe, 0x80], [1]),
    // To look at, CJDNS.
    paddedIpv6([0xfc, 0x12], [1]),
    paddedIpv6([0xfd, 0x12], [1]),
    paddedIpv6([], [0xff, 0xff, 10, 0, 0, 1]),
    // 6to4 by way of 10.0.0.1.
    paddedIpv6([0x20, 0x02, 10, 0, 0, 1], [1]),
  ];
  const server = await nameServer(t, [...NOT_PUBLIC_IPV4, IPV4], [...NOT_PUBLIC_IPV6, IPV6]);
  const answer = await lookUp('seed.example', { signal: NEVER, resolver: server.newResolver() });
  assert.deepEqual(answer, { addresses: ['8.8.8.8', '2001:4860::1'] });
});

test('an IPv4 address that comes as IPv6 is written as what it is', async (t) => {
  const server = await nameServer(t, [], [paddedIpv6([], [0xff, 0xff, 8, 8, 8, 8])]);
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
