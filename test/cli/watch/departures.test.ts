import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Departures } from '../../../src/cli/watch/departures.ts';
import { removedEvent, txidOf } from '../../support/tx-events.ts';

const HASH = 'ab'.repeat(32);

function departuresOn(t: TestContext, width = Number.POSITIVE_INFINITY) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const lines: string[] = [];
  const departures = new Departures({ say: (line) => void lines.push(line), width: () => width });
  return { lines, departures, wait: (ms: number) => t.mock.timers.tick(ms) };
}

test('what a block confirms is one line, when all of it was told', (t) => {
  const { lines, departures, wait } = departuresOn(t);
  for (let i = 0; i < 1_234; i++) departures.note(removedEvent(i));
  assert.deepEqual(lines, []);
  wait(200);
  wait(10_000);
  assert.deepEqual(lines, [`block 123  ${HASH}  1,234 confirmed`]);
});

test('blocks that come together have a line each', (t) => {
  const { lines, departures, wait } = departuresOn(t);
  departures.note(removedEvent(1));
  departures.note(removedEvent(2, { block: 'cd'.repeat(32), height: 124 }));
  wait(200);
  assert.deepEqual(lines, [`block 123  ${HASH}  1 confirmed`, `block 124  ${'cd'.repeat(32)}  1 confirmed`]);
});

test('conflicts have a line each, up to twenty, and are counted', (t) => {
  const { lines, departures, wait } = departuresOn(t);
  for (let i = 0; i < 25; i++) departures.note(removedEvent(i, { reason: 'conflict' }));
  departures.note(removedEvent(99));
  wait(200);
  assert.equal(lines.length, 21);
  assert.equal(lines[0], `14:02:03  conflict  ${txidOf(0)}  block 123 spends what it, or a parent, spends`);
  assert.equal(lines[20], `block 123  ${HASH}  1 confirmed, 25 conflicts`);
});

test('what leaves without a block is summed up once a minute; what was replaced is not', (t) => {
  const { lines, departures, wait } = departuresOn(t);
  for (let i = 0; i < 3; i++)
    departures.note(removedEvent(i, { reason: 'evicted', block: null, height: null }));
  departures.note(removedEvent(9, { reason: 'expired', block: null, height: null }));
  departures.note(removedEvent(8, { reason: 'replaced', block: null, height: null }));
  wait(59_999);
  assert.deepEqual(lines, []);
  wait(60_001);
  assert.deepEqual(lines, ['left the list without a block: 3 evicted, 1 expired']);
});

test('at the end the rest is said, and nothing after', (t) => {
  const { lines, departures, wait } = departuresOn(t);
  departures.note(removedEvent(1));
  departures.note(removedEvent(2, { reason: 'evicted' }));
  departures.end();
  assert.equal(lines.length, 2);
  wait(100_000);
  assert.equal(lines.length, 2);
});

test('lines fit the screen', (t) => {
  for (const width of [40, 80, 120]) {
    const { lines, departures } = departuresOn(t, width);
    departures.note(removedEvent(1, { reason: 'conflict', height: 900_000 }));
    departures.note(removedEvent(2, { height: 900_000 }));
    departures.end();
    assert.equal(lines.length, 2);
    for (const line of lines) assert.ok(line.length <= width, line);
    t.mock.timers.reset();
  }
});
