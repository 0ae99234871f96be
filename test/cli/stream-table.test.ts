import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StreamColumn, StreamTable } from '../../src/cli/stream-table.ts';

type Person = readonly [name: string, years: number, place: string];

const COLUMNS: readonly StreamColumn<Person>[] = [
  {
    title: 'place',
    align: 'left',
    leastWidth: 6,
    rank: 2,
    cell: ([, , place], width) => place.slice(0, width),
  },
  { title: 'years', align: 'right', leastWidth: 5, rank: 1, cell: ([, years]) => String(years) },
  { title: 'name', align: 'left', leastWidth: 4, rank: 0, cell: ([name], width) => name.slice(0, width) },
];
const ALICE: Person = ['Alice', 30, 'Lindenfeld'];

function shown(width: number): string[] {
  const table = new StreamTable(
    COLUMNS,
    [
      ['name', 5],
      ['place', 9],
    ],
    width,
  );
  return [table.header(), table.line(ALICE)];
}

test('columns stand in their order, and leave by rank where there is no room', () => {
  assert.deepEqual(shown(19), ['place   years  name', 'Linden     30  Alic']);
  assert.deepEqual(shown(12), ['years  name', '   30  Alice']);
  assert.deepEqual(shown(4), ['name', 'Alic']);
  assert.deepEqual(shown(3), ['', '']);
});

test('what room is left over goes to who may grow, in turn', () => {
  assert.deepEqual(shown(20), ['place   years  name', 'Linden     30  Alice']);
  assert.deepEqual(shown(22), ['place     years  name', 'Lindenfe     30  Alice']);
  const [, endless] = shown(Number.POSITIVE_INFINITY);
  assert.equal(endless, 'Lindenfel     30  Alice');
});

test('it can be asked what there is room for', () => {
  const table = new StreamTable(COLUMNS, [], 12);
  assert.deepEqual([table.widthOf('name'), table.widthOf('years'), table.widthOf('place')], [4, 5, 0]);
});
