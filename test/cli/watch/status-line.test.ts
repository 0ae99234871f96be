import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Output } from '../../../src/cli/output.ts';
import { type Status, StatusLine, statusText } from '../../../src/cli/watch/status-line.ts';
import { FakeTerminal } from '../../support/fake-terminal.ts';

const STATUS: Status = {
  peers: 8,
  height: 900_123,
  count: 45_678,
  bytes: 67_890_000,
  perSecond: 4.26,
  dropped: 0,
};
const CLEAR_LINE = '\u001b[2K';

test('a wide screen has all numbers', () => {
  assert.equal(statusText(STATUS, 80), '8 peers  height 900,123  45,678 held  4.3 tx/s  67.9 MB');
  assert.equal(
    statusText({ ...STATUS, peers: 1, perSecond: 1234.5, dropped: 1_000 }, 80),
    '1 peer  height 900,123  45,678 held  1,235 tx/s  67.9 MB  1,000 left out',
  );
});

test('what does not fit is left out, and no line is as wide as the screen', () => {
  assert.equal(statusText(STATUS, 40), '8 peers  height 900,123  45,678 held');
  for (let columns = 0; columns < 100; columns++) {
    assert.ok(statusText({ ...STATUS, dropped: 12 }, columns).length <= Math.max(0, columns - 1));
  }
});

function lineOn(terminal: FakeTerminal, look: () => Status, logLevel: 'info' | 'error' = 'info') {
  const output = new Output(terminal, { json: false, logLevel });
  return { output, line: new StatusLine(terminal, output, look) };
}

/** What was drawn last. */
function drawn({ stderr }: FakeTerminal): string {
  return /.*\[1G(\d+ peers?[ -~]*)/s.exec(stderr.text)?.[1] ?? '';
}

test('it is brought up to date each second, and heeds the size of the window', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const terminal = new FakeTerminal({ columns: 80 });
  let status = STATUS;
  const { line } = lineOn(terminal, () => status);
  line.start();
  assert.match(drawn(terminal), /^8 peers .* MB$/);
  status = { ...STATUS, peers: 3 };
  t.mock.timers.tick(1_200);
  assert.match(drawn(terminal), /^3 peers .* MB$/);
  terminal.stderr.columns = 40;
  t.mock.timers.tick(1_200);
  assert.match(drawn(terminal), /^3 peers .* held$/);
  line.stop();
});

test('a result takes its place for a moment, and at the end it is gone for good', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const terminal = new FakeTerminal({ columns: 80 });
  const { output, line } = lineOn(terminal, () => STATUS);
  line.start();
  output.line('a transaction');
  assert.ok(terminal.stderr.text.endsWith(CLEAR_LINE));
  const { length } = terminal.stderr.text;
  t.mock.timers.tick(60);
  assert.match(terminal.stderr.text.slice(length), /8 peers/, 'it is back long before the next second');
  line.stop();
  const { text } = terminal.stderr;
  assert.ok(text.endsWith(CLEAR_LINE));
  t.mock.timers.tick(5_000);
  assert.equal(terminal.stderr.text, text);
});

test('where nothing can be drawn, or nobody wants it, there is none', () => {
  for (const [terminal, level] of [
    [new FakeTerminal(), 'info'],
    [new FakeTerminal({ columns: 80 }), 'error'],
  ] as const) {
    const { line } = lineOn(terminal, () => STATUS, level);
    line.start();
    line.stop();
    assert.equal(terminal.stderr.text, '');
  }
});
