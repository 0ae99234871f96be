import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScanPace, type Standstill } from '../../../src/protocol/scan/scan-pace.ts';
import { FalseClock } from '../../support/false-time.ts';

const STALL_MS = 60_000;
const START = { fromHeight: 10, height: 9, target: 500, fetchedBlocks: 0 };

const STANDSTILL: Standstill = {
  invalid: undefined,
  isShort: false,
  opinionsNeeded: 2,
  serverCount: 3,
  isWaitingForBlocks: false,
  next: 123,
};

/** The rate in an event, if there is one. */
function rateIn([output]: ReturnType<ScanPace['report']>): number | undefined {
  if (output === undefined) return undefined;
  assert.ok(output.do === 'report' && output.event.event === 'scan-progress');
  return output.event.blocksPerSecond;
}

test('where a run begins is told at once', () => {
  const clock = new FalseClock();
  const output = new ScanPace(STALL_MS).start(START, clock.now);
  assert.deepEqual(output, { do: 'report', event: { event: 'scan-progress', ...START, blocksPerSecond: 0 } });
});

test('progress is told five times a second at most, with the rate of the last seconds', () => {
  const clock = new FalseClock();
  const pace = new ScanPace(STALL_MS);
  pace.start(START, clock.now);
  clock.advance(199);
  assert.deepEqual(pace.report({ ...START, height: 20 }, clock.now), []);
  clock.advance(1);
  assert.equal(rateIn(pace.report({ ...START, height: 29 }, clock.now)), 100);
  assert.deepEqual(pace.report({ ...START, height: 29 }, clock.now), []);
  for (let i = 0; i < 40; i++)
    assert.ok(pace.report({ ...START, height: 29 }, clock.advance(200)).length > 0);
  assert.equal(
    rateIn(pace.report({ ...START, height: 29 }, clock.advance(200))),
    0,
    'it has stood still for long',
  );
});

test('a rate is never negative, though blocks may have left the chain', () => {
  const clock = new FalseClock();
  const pace = new ScanPace(STALL_MS);
  pace.start(START, clock.now);
  assert.equal(rateIn(pace.report({ ...START, height: 3 }, clock.advance(1_000))), 0);
});

test('it stands still when nothing of use has come for so long', () => {
  const clock = new FalseClock();
  const pace = new ScanPace(STALL_MS);
  pace.start(START, clock.now);
  assert.equal(pace.deadline(), clock.ms + STALL_MS);
  assert.equal(pace.isStalled(clock.advance(STALL_MS - 1)), false);
  assert.equal(pace.isStalled(clock.advance(1)), true);
  pace.moved(clock.now);
  assert.equal(pace.isStalled(clock.now), false);
  assert.equal(pace.seconds(clock.now), 60);
});

test('why it stands still is told with a code, the worst reason first', () => {
  const pace = new ScanPace(STALL_MS);
  const codeOf = (change: Partial<Standstill>): string => pace.describe({ ...STANDSTILL, ...change }).code;
  const block = { height: 7, hash: new Uint8Array(32) };
  const invalid = { kind: 'invalid', block, rule: 'bad-cb-missing', detail: 'no coinbase' } as const;
  assert.equal(codeOf({}), 'filters-unavailable');
  assert.equal(codeOf({ isWaitingForBlocks: true }), 'blocks-unavailable');
  assert.equal(codeOf({ isShort: true, isWaitingForBlocks: true }), 'filter-peers-missing');
  assert.equal(codeOf({ invalid, isShort: true }), 'invalid-block');
});

test('the height and the numbers are told', () => {
  const pace = new ScanPace(STALL_MS);
  const textOf = (change: Partial<Standstill>): string => pace.describe({ ...STANDSTILL, ...change }).message;
  assert.match(textOf({}), /60 s .*123/);
  assert.match(textOf({ isWaitingForBlocks: true }), /123 for 60 s/);
  assert.match(textOf({ isShort: true, serverCount: 1 }), /^only one peer serves .* 2 have to agree .*123/);
  assert.match(textOf({ isShort: true, serverCount: 0 }), /^no peer serves/);
});
