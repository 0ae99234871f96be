import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SideHeader, SideHeaders } from '../../src/chain/side-headers.ts';

/** Headers by one-letter names: `b` on `a` is `['b', 'a']`. A name that was not added is on the best chain. */
type Entry = readonly [name: string, parent: string, chainwork: number];

function hashOf(name: string): Uint8Array {
  return new Uint8Array(32).fill(name.charCodeAt(0));
}

function nameOf(hash: Uint8Array): string {
  return String.fromCharCode(hash[0] as number);
}

function sideHeaders(entries: readonly Entry[]): SideHeaders {
  const side = new SideHeaders();
  for (const [name, parent, chainwork] of entries) {
    side.add({
      hash: hashOf(name),
      prev: hashOf(parent),
      height: chainwork,
      time: 0,
      bits: 0,
      chainwork: BigInt(chainwork),
    });
  }
  return side;
}

function namesOf(headers: readonly SideHeader[]): string {
  return headers.map(({ hash }) => nameOf(hash)).join('');
}

/** Two branches that part at `b`, and a third one; `z` and `y` are on the best chain. */
const TREE: readonly Entry[] = [
  ['a', 'z', 1],
  ['b', 'a', 2],
  ['c', 'b', 3],
  ['d', 'c', 4],
  ['e', 'b', 6],
  ['p', 'y', 5],
  ['q', 'p', 7],
];

test('a header is there from being added to being deleted', () => {
  const side = sideHeaders(TREE);
  assert.equal(side.size, 7);
  assert.equal(side.get(hashOf('c'))?.chainwork, 3n);
  assert.equal(side.get(hashOf('z')), undefined);
  side.delete(hashOf('c'));
  side.delete(hashOf('z'));
  assert.equal(side.get(hashOf('c')), undefined);
  assert.equal(side.size, 6);
});

test('a path leads from the first header off the best chain to the one asked for', () => {
  const side = sideHeaders(TREE);
  assert.equal(namesOf(side.pathTo(side.get(hashOf('d')))), 'abcd');
  assert.equal(namesOf(side.pathTo(side.get(hashOf('e')))), 'abe');
  assert.equal(namesOf(side.pathTo(side.get(hashOf('p')))), 'p');
  assert.equal(namesOf(side.pathTo(undefined)), '');
});

test('the leaves are the headers that nothing is built on', () => {
  assert.equal(namesOf(sideHeaders(TREE).leaves()), 'deq');
  assert.equal(namesOf(sideHeaders([]).leaves()), '');
});

test('the branches with the least work are forgotten first, from their ends, up to where others part from them', () => {
  // d goes, and c with it; b is needed for e.
  const left: readonly (readonly [size: number, forgotten: string])[] = [
    [7, ''],
    [6, 'd'],
    [5, 'dc'],
    [4, 'dce'],
    [3, 'dceb'],
    [2, 'dceba'],
    [1, 'dcebaq'],
    [0, 'dcebaqp'],
  ];
  for (const [size, forgotten] of left) {
    const side = sideHeaders(TREE);
    assert.equal(namesOf(side.shrinkTo(size, hashOf('z'))), forgotten, `down to ${size}`);
    assert.equal(side.size, size);
  }
});

test('the header spared is kept with its ancestors, though its branch has the least work', () => {
  const side = sideHeaders(TREE);
  assert.equal(namesOf(side.shrinkTo(0, hashOf('c'))), 'deqp');
  assert.equal(side.size, 3);
  assert.equal(namesOf(side.leaves()), 'c');
});

test('what is left after shrinking has all its parents', () => {
  for (let size = 0; size <= 7; size++) {
    const side = sideHeaders(TREE);
    side.shrinkTo(size, hashOf('d'));
    for (const leaf of side.leaves()) assert.ok('ap'.includes(namesOf(side.pathTo(leaf)).charAt(0)));
  }
});
