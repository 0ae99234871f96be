/** What becomes of a peer whose headers break a rule. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderRule } from '../../../src/chain/check-header.ts';
import { regtest } from '../../../src/networks/regtest.ts';
import type { Network } from '../../../src/networks/network.ts';
import { HeaderSyncFixture, hangUps, reported } from '../../support/header-sync-fixture.ts';
import { HeadersChain } from '../../support/headers-chain.ts';
import { forged } from '../../support/forge.ts';
import { headerAt, lastOf, mine } from '../../support/mine.ts';
import { sentCommands } from '../../support/messages.ts';

const good = mine(4031);
const FIRST_PERIOD = 2016;

/** The headers up to a height. */
function upTo(height: number): Uint8Array {
  return good.slice(0, height * 80);
}

interface Broken {
  readonly rule: HeaderRule;
  /** Sent one message of at most 2,000 after another; the last one breaks the rule. */
  readonly headers: Uint8Array;
  readonly network?: Network;
}

/** The rule is broken by the last header but one, where the rule allows that. */
const BROKEN: readonly Broken[] = [
  { rule: 'bad-target', headers: withBits(10, 0x217f_ffff) },
  { rule: 'bad-target', headers: withBits(10, 0) },
  { rule: 'bad-target', headers: withBits(10, 0x2080_0001) },
  // So hard that no luck meets it.
  { rule: 'high-hash', headers: withBits(10, 0x1d00_ffff) },
  { rule: 'not-continuous', headers: new Uint8Array([...upTo(10), ...headerAt(good, 11)]) },
  { rule: 'not-continuous', headers: new Uint8Array([...upTo(10), ...headerAt(good, 9)]) },
  { rule: 'bad-diffbits', headers: forged(upTo(10), 8, { bits: 0x207f_fffe }) },
  { rule: 'time-too-old', headers: forged(upTo(20), 18, { addedSeconds: -6 * 600 }) },
  { rule: 'bad-version', headers: forged(upTo(10), 8, { version: 3 }) },
  { rule: 'bad-version', headers: forged(upTo(10), 8, { version: -1 }) },
  {
    rule: 'time-timewarp-attack',
    headers: forged(upTo(FIRST_PERIOD + 1), FIRST_PERIOD - 1, { addedSeconds: -1201 }),
    network: { ...regtest, bip94: true },
  },
  {
    // A period that starts in the far future ends before it began.
    rule: 'time-negative-interval',
    headers: forged(good, FIRST_PERIOD - 1, { addedSeconds: 10_000_000 }),
    network: { ...regtest, bip54Height: 1 },
  },
];

function withBits(count: number, bits: number): Uint8Array {
  const copy = upTo(count);
  new DataView(copy.buffer).setUint32((count - 1) * 80 + 72, bits, true);
  return copy;
}

test('each broken rule ends the connection with the name of the rule, and its message leaves no trace', () => {
  for (const { rule, headers, network = regtest } of BROKEN) {
    const fixture = new HeaderSyncFixture({ network });
    fixture.ready(1);
    fixture.ready(2);
    const count = headers.length / 80;
    const lastMessage = Math.floor((count - 1) / 2000) * 2000;
    for (let i = 0; i < lastMessage; i += 2000) fixture.headers(1, headers.subarray(i * 80, (i + 2000) * 80));
    assert.equal(fixture.tree.tip.height, lastMessage);
    const outputs = fixture.headers(1, headers.subarray(lastMessage * 80));
    assert.deepEqual(hangUps(outputs), [[1, rule]]);
    assert.deepEqual(
      outputs.slice(1).map((output) => output.do === 'send' && output.peer),
      [2],
      'nothing is persisted or reported, and the next one is asked',
    );
    assert.equal(fixture.tree.tip.height, lastMessage);
    assert.deepEqual(fixture.headers(1, upTo(5)), [], 'nothing more is taken from the peer');
  }
});

test('the end names the header, the number of headers and what is wrong with it', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1);
  const [output] = fixture.headers(1, new Uint8Array([...headerAt(good, 0), ...headerAt(good, 5)]));
  const detail = 'header 2 of 2: its parent is not the header before it';
  assert.deepEqual(output, { do: 'hang-up', peer: 1, disconnect: { reason: 'not-continuous', detail } });
});

test('headers on a parent that was refused are refused too, whoever brings them', () => {
  const bad = forged(upTo(10), 8, { version: 3 });
  const fixture = new HeaderSyncFixture();
  fixture.ready(1);
  fixture.ready(2);
  fixture.headers(1, bad);
  fixture.lost(1);
  const onTop = mine(2, { parent: lastOf(bad) });
  assert.deepEqual(hangUps(fixture.headers(2, onTop)), [[2, 'bad-prevblk']]);
});

test('an honest peer is not judged for what another one sent', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: 30 });
  fixture.headers(1, forged(upTo(10), 8, { version: 3 }));
  const outputs = [...fixture.lost(1), ...fixture.ready(2, { startHeight: 30 })];
  fixture.serve(2, new HeadersChain(upTo(30)), outputs);
  assert.equal(fixture.sync.isSynced, true);
  assert.equal(fixture.tree.tip.height, 30);
});

/** Genesis' clock, so that a chain of ten minutes' steps runs into the two hours that are allowed. */
const CLOCK = 1_296_688_602;
/** Headers of the chain that a clock at genesis' time allows: twelve steps are two hours. */
const ALLOWED = 12;

test('headers too far ahead of our clock are put off: those before them stay, and the peer too', () => {
  const fixture = new HeaderSyncFixture({ unixSeconds: CLOCK });
  fixture.ready(1, { startHeight: 18 });
  const outputs = fixture.headers(1, upTo(18));
  assert.equal(fixture.tree.tip.height, ALLOWED);
  assert.deepEqual(hangUps(outputs), []);
  assert.equal(outputs.filter((output) => output.do === 'persist').length, 1);
  const warning = reported(outputs).find(({ event }) => event === 'warning');
  assert.equal(warning?.event === 'warning' && warning.code, 'time-too-new');
  assert.equal(fixture.sync.isSynced, true, 'what could be had is there');
});

test('they are asked for again a minute later, and taken when the clock has moved', () => {
  const fixture = new HeaderSyncFixture({ unixSeconds: CLOCK });
  const chain = new HeadersChain(upTo(18));
  fixture.serve(1, chain, fixture.ready(1, { startHeight: 18 }));
  const heights: number[] = [];
  for (let minute = 1; minute <= 61; minute++) {
    assert.equal(fixture.sync.deadline(), fixture.clock.ms + 60_000, `minute ${minute}`);
    const asked = fixture.tickWhenDue();
    assert.deepEqual(sentCommands(asked), ['getheaders']);
    const outputs = fixture.serve(1, chain, asked);
    assert.deepEqual(hangUps(outputs), []);
    heights.push(fixture.tree.tip.height);
    if (fixture.tree.tip.height === 18) break;
  }
  assert.deepEqual([heights[8], heights[9], heights.at(-1)], [ALLOWED, ALLOWED + 1, 18]);
  assert.equal(heights.length, 60);
  assert.equal(fixture.sync.deadline(), fixture.clock.ms + 600_000, 'and then the usual interval holds');
});

test('a clock so slow that many headers are put off makes no synchronisation', () => {
  const fixture = new HeaderSyncFixture({ unixSeconds: CLOCK });
  fixture.ready(1, { startHeight: 19 });
  const outputs = fixture.headers(1, upTo(19));
  assert.deepEqual(hangUps(outputs), [[1, 'time-too-new']]);
  assert.equal(fixture.sync.isSynced, false);
});

test('the same header put off again and again is told once a minute', () => {
  const fixture = new HeaderSyncFixture({ unixSeconds: CLOCK });
  fixture.ready(1, { startHeight: 13 });
  fixture.headers(1, upTo(13));
  const again = Array.from({ length: 50 }, () => reported(fixture.headers(1, headerAt(upTo(13), 12))));
  assert.deepEqual(again.flat(), []);
  fixture.clock.advance(60_000);
  assert.equal(reported(fixture.headers(1, headerAt(upTo(13), 12))).length, 1);
});

test('a slow clock is not taken for a chain with too little work', () => {
  const fixture = new HeaderSyncFixture({ unixSeconds: CLOCK, minChainwork: 42n });
  fixture.ready(1, { startHeight: 20 });
  const outputs = fixture.headers(1, upTo(20));
  assert.deepEqual(hangUps(outputs), [[1, 'time-too-new']]);
  assert.equal(fixture.sync.isSynced, false);
});

test('a header too far ahead is no excuse for one that is wrong in itself', () => {
  const fixture = new HeaderSyncFixture({ unixSeconds: CLOCK });
  fixture.ready(1);
  const outputs = fixture.headers(1, forged(upTo(20), 3, { version: 3 }));
  assert.deepEqual(hangUps(outputs), [[1, 'bad-version']]);
});
