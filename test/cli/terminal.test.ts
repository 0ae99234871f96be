import assert from 'node:assert/strict';
import { test } from 'node:test';
import { widthOf } from '../../src/cli/terminal.ts';
import { FakeTerminal } from '../support/fake-terminal.ts';

test('results are as wide as the screen, and as they like where there is none', () => {
  assert.equal(widthOf(new FakeTerminal({ columns: 60 })), 60);
  assert.equal(widthOf(new FakeTerminal()), Number.POSITIVE_INFINITY);
});

test('a terminal that does not know its width has 80 columns', () => {
  assert.equal(widthOf(new FakeTerminal({ columns: 0 })), 80);
});
