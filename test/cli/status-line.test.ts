import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Output } from '../../src/cli/output.ts';
import { joinFitting, StatusLine } from '../../src/cli/status-line.ts';
import { FakeTerminal } from '../support/fake-terminal.ts';

interface Status {
  readonly peers: number;
  readonly height: number;
}

const STATUS: Status = { peers: 8, height: 900_123 };
const CLEAR_LINE = '\u001b[2K';

function textOf({ peers, height }: Status, columns: number): string {
  return joinFitting([`${peers} peers`, `height ${height.toLocaleString('en-US')}`], columns);
}

test('as many texts stand side by side as fit before the last column, and one is cut if it must', () => {
  const texts = ['one', 'two', 'three'];
  assert.equal(joinFitting(texts, 16), 'one  two  three');
  assert.equal(joinFitting(texts, 15), 'one  two');
  assert.equal(joinFitting(texts, 3), 'on');
  assert.equal(joinFitting(texts, 0), '');
  assert.equal(joinFitting([], 10), '');
});

function lineOn(terminal: FakeTerminal, look: () => Status, logLevel: 'info' | 'error' = 'info') {
  const output = new Output(terminal, { json: false, logLevel });
  return { output, line: new StatusLine(terminal, output, look, textOf) };
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
  assert.match(drawn(terminal), /^8 peers {2}height 900,123$/);
  status = { ...STATUS, peers: 3 };
  t.mock.timers.tick(1_200);
  assert.match(drawn(terminal), /^3 peers {2}height 900,123$/);
  terminal.stderr.columns = 20;
  t.mock.timers.tick(1_200);
  assert.match(drawn(terminal), /^3 peers$/);
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
