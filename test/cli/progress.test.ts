import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Output } from '../../src/cli/output.ts';
import { barLine, type Position, Progress } from '../../src/cli/progress.ts';
import { setEnvironment } from '../support/environment.ts';
import { FakeTerminal } from '../support/fake-terminal.ts';

const HALF: Position = { height: 450_000, target: 900_000, perSecond: 25_000 };
/** ESC begins every sequence that steers a terminal. */
const ESCAPE = '\u001b';
const HIDE_CURSOR = `${ESCAPE}[?25l`;
const SHOW_CURSOR = `${ESCAPE}[?25h`;
const CLEAR_LINE = `${ESCAPE}[2K`;

function progressOn(terminal: FakeTerminal, logLevel: 'error' | 'info' = 'info') {
  const output = new Output(terminal, { json: false, logLevel });
  return { output, progress: new Progress(terminal, output, 'Syncing') };
}

/** Stands in for the clock that plain lines are timed by. */
function stopClock(t: TestContext): { advance(ms: number): void } {
  let nowMs = 1_000;
  t.mock.method(performance, 'now', () => nowMs);
  return { advance: (ms) => (nowMs += ms) };
}

function line(columns: number, position: Position = HALF): string {
  return barLine('Syncing', position, columns, (width) => '#'.repeat(width));
}

test('a wide terminal has a bar, the height, the rate and the time left', () => {
  assert.equal(line(120), `Syncing [${'#'.repeat(40)}] 50%  height 450,000  25,000 headers/s  18 s left`);
});

test('a terminal of 80 columns has all of it, with a shorter bar', () => {
  assert.match(line(80), /^Syncing \[#{8,}\] 50% {2}height 450,000 {2}25,000 headers\/s {2}18 s left$/);
});

test('what does not fit is left out: first the bar, then the rate, then the time left, then the height', () => {
  assert.equal(line(60), 'Syncing 50%  height 450,000  25,000 headers/s  18 s left');
  assert.equal(line(40), 'Syncing 50%  height 450,000  18 s left');
  assert.equal(line(30), 'Syncing 50%  height 450,000');
  assert.equal(line(20), 'Syncing 50%');
  assert.equal(line(5), 'Sync');
});

test('no line is as wide as the terminal, whatever the numbers', () => {
  for (let columns = 1; columns <= 200; columns++) {
    for (const perSecond of [0, 7, 123_456]) {
      for (const height of [0, 99_999, 900_000]) {
        for (const detail of ['', '1,234,567 fetched']) {
          const text = line(columns, { height, target: 900_000, perSecond, detail });
          assert.ok(text.length < columns, `${text.length} characters in ${columns} columns: ${text}`);
        }
      }
    }
  }
});

test('the bar keeps its length while the numbers beside it grow', () => {
  const widths = [0, 1_000, 99_999, 899_999].map((height) => {
    const text = line(85, { height, target: 900_000, perSecond: 1 + height / 9 });
    return text.indexOf(']');
  });
  assert.equal(new Set(widths).size, 1, `widths ${widths.join(', ')}`);
});

test('what begins at a height is measured from there', () => {
  const position = { height: 803_000, from: 800_000, target: 812_000, perSecond: 10 };
  assert.match(line(80, position), /\] 25% {2}height 803,000 /);
  assert.match(line(80, { ...position, height: 799_999 }), /\] {2}0% /, 'before the first there is nothing');
  assert.match(line(80, { ...position, height: 812_000 }), /\] ?100% /);
  const empty = { height: 5, from: 6, target: 5, perSecond: 0 };
  assert.match(line(80, empty), /\] {2}0% {2}height 5$/);
});

test('what else is counted is said where there is room for it and the bar', (t) => {
  const position = { ...HALF, detail: '15 fetched' };
  assert.match(line(120, position), /^Syncing \[#{8,}\] 50% .* headers\/s {2}15 fetched {2}18 s left$/);
  assert.equal(line(80, position), line(80));
  const clock = stopClock(t);
  const terminal = new FakeTerminal();
  const { progress } = progressOn(terminal);
  clock.advance(3_000);
  progress.update(position);
  assert.match(terminal.stderr.text, /, 25,000 headers\/s, 15 fetched, 18 s left\n$/);
});

test('a target that was passed is no more than everything', () => {
  assert.match(line(80, { height: 12, target: 10, perSecond: 5 }), /\] ?100% {2}height 12 {2}5 headers\/s$/);
});

test('nothing at all to do is no division by zero', () => {
  assert.match(line(80, { height: 0, target: 0, perSecond: 0 }), /\] {2} ?0% {2}height 0$/);
});

test('on a terminal a bar is drawn, and gone when it is over, with the cursor back', () => {
  const terminal = new FakeTerminal({ columns: 80 });
  const { progress } = progressOn(terminal);
  progress.update(HALF);
  assert.ok(terminal.stderr.text.includes(HIDE_CURSOR));
  assert.match(terminal.stderr.text, /Syncing \[=+ +\] 50%/);
  progress.stop();
  const { text } = terminal.stderr;
  assert.ok(text.lastIndexOf(SHOW_CURSOR) > text.lastIndexOf('Syncing'), 'the cursor is shown again');
  assert.ok(text.endsWith(CLEAR_LINE), 'the line is empty');
  assert.equal(terminal.stdout.text, '');
});

test('a line that is written in between takes the place of the bar, which comes back below it', () => {
  const terminal = new FakeTerminal({ columns: 80 });
  const { output, progress } = progressOn(terminal);
  progress.update(HALF);
  output.remark('info', 'Lost a peer');
  assert.ok(
    terminal.stderr.text.endsWith(`${CLEAR_LINE}Lost a peer\n`),
    JSON.stringify(terminal.stderr.text),
  );
  progress.update({ ...HALF, height: 500_000 });
  assert.match(terminal.stderr.text.split('Lost a peer\n')[1] ?? '', /height 500,000/);
  progress.stop();
});

test('a result that is written to the same screen takes the bar off it as well', () => {
  const terminal = new FakeTerminal({ columns: 80 });
  const { output, progress } = progressOn(terminal);
  progress.update(HALF);
  output.line('block 1');
  assert.ok(terminal.stderr.text.endsWith(CLEAR_LINE));
  progress.stop();
});

test('stopping twice, or before the first update, does nothing', () => {
  const terminal = new FakeTerminal({ columns: 80 });
  const { progress } = progressOn(terminal);
  progress.stop();
  assert.equal(terminal.stderr.text, '');
  progress.update(HALF);
  progress.stop();
  const { text } = terminal.stderr;
  progress.stop();
  assert.equal(terminal.stderr.text, text);
});

test('elsewhere there is a plain line every three seconds', (t) => {
  const clock = stopClock(t);
  const terminal = new FakeTerminal();
  const { progress } = progressOn(terminal);
  progress.update(HALF);
  assert.equal(terminal.stderr.text, '', 'nothing for what is over in no time');
  clock.advance(3_000);
  progress.update(HALF);
  clock.advance(2_999);
  progress.update({ ...HALF, height: 500_000 });
  clock.advance(1);
  progress.update({ height: 900_001, target: 900_000, perSecond: 0 });
  progress.stop();
  assert.equal(
    terminal.stderr.text,
    'Syncing: height 450,000 of 900,000, 25,000 headers/s, 18 s left\nSyncing: height 900,001\n',
  );
});

test('a terminal that can only print, TERM=dumb, has plain lines', (t) => {
  setEnvironment(t, { TERM: 'dumb' });
  const clock = stopClock(t);
  const terminal = new FakeTerminal({ columns: 80 });
  const { progress } = progressOn(terminal);
  clock.advance(3_000);
  progress.update(HALF);
  progress.stop();
  assert.match(terminal.stderr.text, /^Syncing: height 450,000/);
  assert.ok(!terminal.stderr.text.includes(ESCAPE));
});

test('whoever wants errors only has neither bar nor lines', (t) => {
  const clock = stopClock(t);
  for (const terminal of [new FakeTerminal({ columns: 80 }), new FakeTerminal()]) {
    const { progress } = progressOn(terminal, 'error');
    clock.advance(10_000);
    progress.update(HALF);
    progress.stop();
    assert.equal(terminal.stderr.text, '');
  }
});

test('what is counted has its own words', (t) => {
  const words = { place: 'tried', items: 'addresses' };
  const position = { height: 32, target: 64, perSecond: 4 };
  const bar = barLine('Probing', position, 90, (width) => '#'.repeat(width), words);
  assert.match(bar, /^Probing \[#{8,}\] 50% {2}tried 32 {2}4 addresses\/s {2}8 s left$/);
  const clock = stopClock(t);
  const terminal = new FakeTerminal();
  const output = new Output(terminal, { json: false, logLevel: 'info' });
  const progress = new Progress(terminal, output, 'Probing', words);
  clock.advance(10_000);
  progress.update(position);
  assert.equal(terminal.stderr.text, 'Probing: tried 32 of 64, 4 addresses/s, 8 s left\n');
});
