import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Column, cutMiddle, formatTable, joinNames } from '../../src/cli/table.ts';

interface Row {
  readonly name: string;
  readonly count: string;
  readonly note: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'name', cell: ({ name }) => name, leastWidth: 6 },
  { title: 'count', cell: ({ count }) => count, align: 'right', worth: 2 },
  { title: 'note', cell: ({ note }) => note, worth: 1 },
];
const ROWS: readonly Row[] = [
  { name: 'first of all', count: '1', note: 'x' },
  { name: 'b', count: '23', note: 'longer' },
];

test('columns are as wide as their widest cell, text to the left and numbers to the right', () => {
  assert.deepEqual(formatTable(COLUMNS, ROWS, Number.POSITIVE_INFINITY), [
    'name          count  note',
    'first of all      1  x',
    'b                23  longer',
  ]);
});

test('on a narrow screen cells are cut, then columns left out, the least worth first, then lines cut', () => {
  assert.deepEqual(formatTable(COLUMNS, ROWS, 23), [
    'name      count  note',
    'fir..all      1  x',
    'b            23  longer',
  ]);
  assert.deepEqual(formatTable(COLUMNS, ROWS, 19), [
    'name          count',
    'first of all      1',
    'b                23',
  ]);
  assert.deepEqual(formatTable(COLUMNS, ROWS, 12), ['name', 'first of all', 'b']);
  assert.deepEqual(formatTable(COLUMNS, ROWS, 7), ['name', 'fir..ll', 'b']);
  assert.deepEqual(formatTable(COLUMNS, ROWS, 3), ['nam', 'fi.', 'b']);
});

test('a column in which nothing stands is left out', () => {
  const rows = ROWS.map((row) => ({ ...row, count: '' }));
  assert.equal(formatTable(COLUMNS, rows, 80)[0], 'name          note');
});

test('a text that is too long keeps its start and its end', () => {
  assert.equal(cutMiddle('abcdefgh', 8), 'abcdefgh');
  assert.equal(cutMiddle('abcdefgh', 7), 'abc..gh');
  assert.equal(cutMiddle('abcdefgh', 6), 'ab..gh');
  assert.equal(cutMiddle('abcdefgh', 2), 'ab');
  assert.equal(cutMiddle('abcdefgh', 0), '');
});

test('no line is wider than the screen, and each row has its own, whatever stands in it', () => {
  const text = fc.string({ maxLength: 30 });
  const rows = fc.array(fc.record({ name: text, count: text, note: text }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 120 }), (some, width) => {
      const lines = formatTable(COLUMNS, some, width);
      assert.equal(lines.length, some.length + 1);
      for (const line of lines) assert.ok(line.length <= width, line);
    }),
  );
});

test('names that fit stand side by side, and the others are counted', () => {
  const names = ['addr-one', 'addr-two', 'addr-three', 'addr-four'];
  const joined = (width: number): string => joinNames(names, (name) => name, width);
  assert.equal(joined(100), 'addr-one, addr-two, addr-three, addr-four');
  assert.equal(joined(21), 'addr-one, addr-two +2');
  assert.equal(joined(9), 'ad..ne +3');
  assert.equal(
    joinNames([], () => '', 10),
    '',
  );
});
