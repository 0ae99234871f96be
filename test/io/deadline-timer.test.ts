import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { DeadlineTimer } from '../../src/io/deadline-timer.ts';

/** A timer on a clock that the test moves on. */
function timerFor(t: TestContext): { timer: DeadlineTimer; rings: number[]; pass: (ms: number) => void } {
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate', 'Date'] });
  const rings: number[] = [];
  const timer = new DeadlineTimer(
    () => rings.push(Date.now()),
    () => Date.now(),
  );
  // In small steps: what a step is due for is only told when it is over.
  const pass = (ms: number): void => {
    const stepMs = Math.max(1, Math.floor(ms / 2_000));
    for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
      t.mock.timers.tick(Math.min(stepMs, ms - passedMs));
    }
  };
  return { timer, rings, pass };
}

test('it rings once, when the deadline has come', (t) => {
  const { timer, rings, pass } = timerFor(t);
  timer.ringBy(50.5, 0);
  pass(50);
  assert.deepEqual(rings, []);
  pass(1_000);
  assert.deepEqual(rings, [51]);
});

test('a deadline that moves away leaves it as it is, an earlier one does not', (t) => {
  const { timer, rings, pass } = timerFor(t);
  timer.ringBy(100, 0);
  timer.ringBy(500, 0);
  pass(100);
  assert.deepEqual(rings, [100]);
  timer.ringBy(500, 100);
  timer.ringBy(200, 100);
  pass(1_000);
  assert.deepEqual(rings, [100, 200]);
});

test('a deadline of the past rings in the next turn, and when it stays there a millisecond later, however often asked', (t) => {
  const { timer, rings, pass } = timerFor(t);
  for (let tenth = 0; tenth < 10; tenth++) timer.ringBy(-5, tenth / 10);
  assert.deepEqual(rings, []);
  t.mock.timers.tick(0);
  assert.deepEqual(rings, [0]);
  for (let tenth = 0; tenth < 10; tenth++) timer.ringBy(-5, tenth / 10);
  t.mock.timers.tick(0);
  assert.deepEqual(rings, [0]);
  pass(1);
  assert.deepEqual(rings, [0, 1]);
  timer.ringBy(0.5, 1);
  t.mock.timers.tick(0);
  assert.deepEqual(rings, [0, 1, 1], 'one that moves is work that goes on');
});

test('a deadline of now comes before one that was waited for, and that is not forgotten', (t) => {
  const { timer, rings, pass } = timerFor(t);
  timer.ringBy(100, 0);
  timer.ringBy(0, 0);
  t.mock.timers.tick(0);
  assert.deepEqual(rings, [0]);
  timer.ringBy(100, 0);
  pass(100);
  assert.deepEqual(rings, [0, 100]);
});

test('whoever clears it hears nothing more', (t) => {
  const { timer, rings, pass } = timerFor(t);
  timer.ringBy(0, 0);
  timer.clear();
  timer.ringBy(5, 0);
  timer.clear();
  pass(10);
  assert.deepEqual(rings, []);
});

test('a deadline further away than the system can wait rings early', (t) => {
  const { timer, rings, pass } = timerFor(t);
  timer.ringBy(2 ** 40, 0);
  pass(2 ** 31 - 2);
  assert.deepEqual(rings, []);
  pass(1);
  assert.equal(rings.length, 1);
});

test('it does not ring when it was cleared, and can be set again', (t) => {
  const { timer, rings, pass } = timerFor(t);
  timer.ringBy(10, 0);
  timer.clear();
  pass(20);
  timer.ringBy(60, 20);
  pass(100);
  assert.deepEqual(rings, [60]);
});

test('a process that was stopped for long hears what came meanwhile before it rings', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const rings: number[] = [];
  let lostMs = 0;
  const timer = new DeadlineTimer(
    () => rings.push(Date.now()),
    () => Date.now() + lostMs,
  );
  for (const [stoppedMs, lateMs] of [
    [2_000, 0],
    [60_000, 1_000],
  ] as const) {
    rings.length = 0;
    timer.ringBy(100, 0);
    lostMs += stoppedMs;
    const startMs = Date.now();
    for (let i = 0; i < 5_000; i++) t.mock.timers.tick(1);
    assert.deepEqual(
      rings.map((ms) => ms - startMs),
      [100 + lateMs],
    );
  }
});
