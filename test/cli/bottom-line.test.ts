import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { BottomLine } from '../../src/cli/bottom-line.ts';
import { Output } from '../../src/cli/output.ts';
import { FakeTerminal } from '../support/fake-terminal.ts';

const CLEAR_LINE = '\u001b[2K';

function draw({ text }: { text: string }, columns: number): string {
  return `${text} in ${columns}`;
}

function lineOn(terminal: FakeTerminal, onCovered?: () => void) {
  const output = new Output(terminal, { json: false, logLevel: 'info' });
  return { output, line: new BottomLine(terminal, output, 10, draw, onCovered) };
}

test('it is drawn when it is shown, and gone when it is stopped', () => {
  const terminal = new FakeTerminal({ columns: 60 });
  const { line } = lineOn(terminal);
  line.stop();
  assert.equal(terminal.stderr.text, '');
  line.show({ text: 'going' });
  assert.match(terminal.stderr.text, /going in 60/);
  line.stop();
  assert.ok(terminal.stderr.text.endsWith(CLEAR_LINE));
});

test('whoever shows it is told when a result takes its place', () => {
  const terminal = new FakeTerminal({ columns: 60 });
  let covered = 0;
  const { output, line } = lineOn(terminal, () => covered++);
  line.show({ text: 'one' });
  output.line('result');
  output.line('result');
  assert.equal(covered, 1);
  line.show({ text: 'two' });
  line.stop();
  output.line('result');
  assert.equal(covered, 1, 'not when it was stopped');
});

test('for a terminal that takes nothing no more and more drawings are kept', () => {
  const stderr = Object.assign(new Writable({ write: () => undefined }), { isTTY: true, columns: 60 });
  const terminal = Object.assign(new FakeTerminal({ columns: 60 }), { stderr });
  const { output, line } = lineOn(terminal);
  for (let i = 0; i < 20_000; i++) {
    line.show({ text: `${i}` });
    output.line('result');
  }
  line.stop();
  assert.ok(stderr.writableLength < 70_000, `${stderr.writableLength}`);
});
