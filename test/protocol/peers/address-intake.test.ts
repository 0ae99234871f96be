import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex } from '../../../src/bytes/hex.ts';
import { AddressIntake } from '../../../src/protocol/peers/address-intake.ts';
import { ipOf, parseHost } from '../../../src/wire/host.ts';
import type { MessageOf } from '../../../src/wire/message.ts';
import type { TimedAddress } from '../../../src/wire/net-address.ts';
import { FULL_NODE, later, NOW, ownGroupHost, PORT } from '../../support/addresses.ts';
import { seededRandom } from '../../support/false-time.ts';

const DAY = 86_400;
const random = seededRandom();

function newIntake(separatesPrivate = false): AddressIntake {
  return new AddressIntake({ separatesPrivate });
}

/** An intake that takes whatever comes: we asked. */
function open(separatesPrivate = false): AddressIntake {
  const intake = newIntake(separatesPrivate);
  intake.askedForAddresses();
  return intake;
}

function timed(host: string, changes: Partial<TimedAddress> = {}): TimedAddress {
  const parsed = parseHost(host);
  const ip = parsed && ipOf(parsed);
  assert.ok(ip !== undefined, host);
  return { time: NOW.unixSeconds - 60, services: FULL_NODE, ip, port: PORT, ...changes };
}

function addr(...addresses: TimedAddress[]): MessageOf<'addr'> {
  return { command: 'addr', payload: { addresses } };
}

function addrv2(...entries: readonly (readonly [network: number, hex: string, port?: number])[]) {
  const addresses = entries.map(([network, hex, port = PORT]) => ({
    time: NOW.unixSeconds - 60,
    services: FULL_NODE,
    network,
    address: fromHex(hex),
    port,
  }));
  return { command: 'addrv2', payload: { addresses } } satisfies MessageOf<'addrv2'>;
}

function many(count: number, first = 0): MessageOf<'addr'> {
  return addr(...Array.from({ length: count }, (_, i) => timed(ownGroupHost(first + i))));
}

function hostsOf(intake: AddressIntake, message: MessageOf<'addr'> | MessageOf<'addrv2'>): string[] {
  const { found, offence } = intake.take(message, NOW, random);
  assert.equal(offence, undefined);
  return found.map(({ endpoint }) => endpoint.host).toSorted();
}

test('addresses of addr are taken as hosts', () => {
  const { found } = open().take(addr(timed('12.34.56.78')), NOW, random);
  assert.deepEqual(found, [
    {
      endpoint: { host: '12.34.56.78', port: PORT },
      services: FULL_NODE,
      seenSeconds: NOW.unixSeconds - 60,
    },
  ]);
  assert.deepEqual(hostsOf(open(), addr(timed('2a00:1::5'), timed('12.34.56.79'))), [
    '12.34.56.79',
    '2a00:1::5',
  ]);
});

test('of addrv2 each network in use is taken, and unknown ones, those no longer in use and false ones passed over', () => {
  const message = addrv2(
    [1, '0c22384e'],
    [2, '2a000001000000000000000000000005'],
    [3, 'f1f2f3f4f5f6f7f8f9fa'],
    [4, '79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f'],
    [5, 'a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87', 0],
    [6, 'fc010001000200030004000500060007'],
    [6, '2a000001000000000000000000000005'],
    [2, '00000000000000000000ffff0c22384f'],
    [2, 'fd87d87eeb430000000000000000000f'],
    [7, '02000000000000000000000000000001'],
    [99, 'aabb'],
    [1, '0c223850', 0],
  );
  assert.deepEqual(hostsOf(open(), message), [
    '12.34.56.78',
    '2a00:1::5',
    'fc01:1:2:3:4:5:6:7',
    'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion',
    'ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p',
  ]);
});

test('unroutable addresses are passed over, but where nodes are at private addresses', () => {
  const message = addr(timed('127.0.0.2'), timed('10.0.0.1'), timed('0.0.0.0'), timed('12.34.56.78'));
  assert.deepEqual(hostsOf(open(), message), ['12.34.56.78']);
  assert.deepEqual(hostsOf(open(true), message), ['10.0.0.1', '12.34.56.78', '127.0.0.2']);
});

test('an address that a message names twice is taken once, and each port of a host', () => {
  const one = timed('12.34.56.78');
  const { found } = open().take(addr(one, one, { ...one, port: 8334 }, one), NOW, random);
  assert.deepEqual(new Set(found.map(({ endpoint }) => endpoint.port)), new Set([8333, 8334]));
  assert.equal(found.length, 2);
});

const TIMES: readonly (readonly [claimed: number, taken: number])[] = [
  [NOW.unixSeconds, NOW.unixSeconds],
  [NOW.unixSeconds + 600, NOW.unixSeconds + 600],
  [NOW.unixSeconds + 601, NOW.unixSeconds - 5 * DAY],
  [0xffff_ffff, NOW.unixSeconds - 5 * DAY],
  [100_000_001, 100_000_001],
  [100_000_000, NOW.unixSeconds - 5 * DAY],
  [0, NOW.unixSeconds - 5 * DAY],
];

for (const [claimed, taken] of TIMES) {
  test(`an address claimed to have been seen at ${claimed} is taken for seen at ${taken}`, () => {
    const { found } = open().take(addr(timed('12.34.56.78', { time: claimed })), NOW, random);
    assert.equal(found[0]?.seenSeconds, taken);
  });
}

test('a peer that was not asked tells one address at once, and then one in ten seconds', () => {
  const intake = newIntake();
  assert.equal(intake.take(many(10), NOW, random).found.length, 1);
  assert.equal(intake.take(many(10), later(9), random).found.length, 0);
  assert.equal(intake.take(many(10), later(10), random).found.length, 1);
  assert.equal(intake.take(many(10), later(60), random).found.length, 5);
});

test('what a peer may tell adds up to a thousand, however long it was quiet', () => {
  const intake = newIntake();
  assert.equal(intake.take(many(1), NOW, random).found.length, 1);
  assert.equal(intake.take(many(999), later(40 * DAY), random).found.length, 999);
  assert.equal(intake.take(many(999), later(40 * DAY), random).found.length, 1);
});

test('an answer to getaddr of a thousand addresses is taken whole, also when there was room before', () => {
  const intake = newIntake();
  intake.askedForAddresses();
  assert.equal(intake.take(many(1_000), NOW, random).found.length, 1_000);
  assert.equal(intake.take(many(1_000), NOW, random).found.length, 1);
  // The room that adds up over time and that for an answer are not the same.
  const quiet = newIntake();
  quiet.take(many(1), NOW, random);
  quiet.take(addr(timed('127.0.0.1')), later(20_000), random);
  quiet.askedForAddresses();
  assert.equal(quiet.take(many(1_000), later(20_000), random).found.length, 1_000);
  assert.equal(quiet.take(many(1_000, 1_000), later(20_000), random).found.length, 1_000);
  assert.equal(quiet.take(many(1_000), later(20_000), random).found.length, 0);
});

test('what is passed over takes no room', () => {
  const intake = newIntake();
  const useless = addrv2([99, 'aabb'], [1, '7f000001'], [1, '0c22384e', 0]);
  assert.deepEqual(hostsOf(intake, useless), []);
  assert.deepEqual(hostsOf(intake, addr(timed('12.34.56.78'))), ['12.34.56.78']);
});

test('a message that names one address a thousand times leaves room for a thousand others', () => {
  const intake = open();
  const one = timed('12.34.56.78');
  assert.deepEqual(hostsOf(intake, addr(...Array.from({ length: 1_000 }, () => one))), ['12.34.56.78']);
  assert.equal(intake.take(many(1_000), NOW, random).found.length, 1_000);
});

test('which ones of too many are taken is not for the peer to say', () => {
  const first = new Set<string>();
  for (let i = 0; i < 40; i++) first.add(hostsOf(newIntake(), many(5)).join());
  assert.equal(first.size, 5);
});

test('a peer that sends twenty messages at once, and then one in ten seconds, is left alone', () => {
  const intake = newIntake();
  for (let i = 0; i < 20; i++) assert.equal(intake.take(many(1), NOW, random).offence, undefined);
  for (let i = 1; i < 50; i++) assert.equal(intake.take(many(1), later(10 * i), random).offence, undefined);
});

test('a peer that dribbles addresses message by message is to go', () => {
  const intake = newIntake();
  let offence;
  let seconds = 0;
  for (; seconds < 100 && offence === undefined; seconds++) {
    offence = intake.take(many(1, seconds), later(seconds), random).offence;
  }
  assert.deepEqual(offence, {
    reason: 'address-dribble',
    detail: `${seconds} messages with addresses in ${seconds - 1} s`,
  });
  assert.ok(seconds > 20 && seconds < 25, `after ${seconds} messages`);
});

test('messages without addresses are no offence, however many', () => {
  const intake = newIntake();
  for (let i = 0; i < 1_000; i++) assert.deepEqual(intake.take(addr(), NOW, random), { found: [] });
  assert.equal(intake.take(many(1), NOW, random).found.length, 1);
});

test('what piled up while we did not listen is no offence: the clock that went on counts', () => {
  const intake = newIntake();
  for (let i = 0; i < 20; i++) intake.take(many(1), NOW, random);
  const held = { ms: NOW.ms, unixSeconds: NOW.unixSeconds + 600 };
  for (let i = 0; i < 20; i++) assert.equal(intake.take(many(1), held, random).offence, undefined);
});

test('a clock that is set back neither gives nor takes room', () => {
  const intake = newIntake();
  intake.take(many(1), NOW, random);
  const setBack = { ms: NOW.ms + 10_000, unixSeconds: NOW.unixSeconds - 10 * DAY };
  const { found } = intake.take(many(10), setBack, random);
  assert.equal(found.length, 1);
});

test('whatever a message holds, what is taken can be called and has a time that can be', () => {
  const address = fc.record({
    time: fc.nat(0xffff_ffff),
    services: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    network: fc.integer({ min: 0, max: 9 }),
    address: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      ...[4, 10, 16, 32].map((length) => fc.uint8Array({ minLength: length, maxLength: length })),
    ),
    port: fc.nat(65_535),
  });
  fc.assert(
    fc.property(fc.array(address, { maxLength: 50 }), fc.boolean(), (addresses, separatesPrivate) => {
      const message = { command: 'addrv2', payload: { addresses } } as const;
      const { found, offence } = open(separatesPrivate).take(message, NOW, random);
      assert.equal(offence, undefined);
      for (const { endpoint, seenSeconds } of found) {
        const host = parseHost(endpoint.host);
        assert.ok(host !== undefined && (endpoint.port > 0 || host.network === 'i2p'));
        assert.ok(seenSeconds > 100_000_000 && seenSeconds <= NOW.unixSeconds + 600);
      }
    }),
  );
});
