import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainLines } from '../../../src/cli/decode/text.ts';

test('fields stand on lines of their own, the values one under the other', () => {
  assert.deepEqual(plainLines({ version: 1, lockTime: 0, isLast: true }), [
    'version   1',
    'lockTime  0',
    'isLast    true',
  ]);
});

test('what is inside something else is indented, lists by their positions', () => {
  assert.deepEqual(plainLines({ size: 2, inputs: [{ vout: 7, witness: ['aa', 'bb'] }] }), [
    'size  2',
    'inputs',
    '  0',
    '    vout  7',
    '    witness',
    '      0  aa',
    '      1  bb',
  ]);
});

test('nothing is said to be nothing', () => {
  assert.deepEqual(plainLines({ script: '', witness: [], payload: {}, address: null }), [
    'script   (empty)',
    'witness  none',
    'payload  none',
    'address  none',
  ]);
  assert.deepEqual(plainLines({}), []);
});

test("a stranger's text cannot steer the terminal", () => {
  assert.deepEqual(plainLines({ userAgent: '\u001b[2J/\r\nSätoshi/' }), ['userAgent  ?[2J/??S?toshi/']);
});

test('a single value is a single line', () => {
  assert.deepEqual(plainLines(5, '  '), ['  5']);
});
