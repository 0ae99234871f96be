import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { HeaderRun } from '../../../src/chain/header-run.ts';
import { HeaderTree } from '../../../src/chain/header-tree.ts';
import { regtest } from '../../../src/networks/regtest.ts';
import { answerGetHeaders, type HeaderRange } from '../../../src/protocol/serve/header-server.ts';
import { ANCHORED, LOW_BASE, minedFrom, minedHashAt } from '../../support/anchored.ts';
import { fill, HeadersChain } from '../../support/headers-chain.ts';
import { headerAt, mine } from '../../support/mine.ts';

const HEIGHT = 4500;
const chain = new HeadersChain(mine(HEIGHT));
const tree = fill(new HeaderTree(regtest), chain);
const NO_STOP = new Uint8Array(32);
const STRANGE = new Uint8Array(32).fill(0xee);

function answer(locator: readonly Uint8Array[], stop: Uint8Array = NO_STOP): HeaderRange {
  return answerGetHeaders({ version: 70016, locator, stop }, tree);
}

function at(height: number): Uint8Array {
  return chain.hashAt(height);
}

test('a peer that is behind gets the headers after its own, up to ours', () => {
  assert.deepEqual(answer([at(4000), at(3000), at(0)]), { fromHeight: 4001, count: 500 });
  assert.deepEqual(answer([at(HEIGHT - 1)]), { fromHeight: HEIGHT, count: 1 });
});

test('a peer at our tip gets none', () => {
  assert.equal(answer([at(HEIGHT), at(0)]).count, 0);
});

test('no more than 2,000 are given at once', () => {
  assert.deepEqual(answer([at(0)]), { fromHeight: 1, count: 2000 });
  assert.deepEqual(answer([at(2499)]), { fromHeight: 2500, count: 2000 });
  assert.deepEqual(answer([at(2501)]), { fromHeight: 2502, count: 1999 });
});

test('the first hash of the locator that is on our best chain counts, strange ones are passed over', () => {
  assert.deepEqual(answer([STRANGE, at(4400), at(4499)]), { fromHeight: 4401, count: 100 });
});

test('a peer whose hashes are all strange gets the chain from genesis on', () => {
  assert.deepEqual(answer([STRANGE]), { fromHeight: 1, count: 2000 });
  assert.deepEqual(answer([STRANGE], at(3)), { fromHeight: 1, count: 3 });
});

test('a hash of a side branch counts as strange', () => {
  const other = fill(new HeaderTree(regtest), chain, 100);
  const branch = mine(2, { parent: headerAt(chain.bytes, 90), salt: 7 });
  const verdict = other.check(HeaderRun.fromBytes(branch), 2_000_000_000);
  assert.ok(verdict !== undefined && other.connect(verdict)?.branched.length === 2);
  const tip = HeaderRun.fromBytes(branch).hashAt(1);
  const request = { version: 70016, locator: [tip, at(80)], stop: NO_STOP };
  assert.deepEqual(answerGetHeaders(request, other), { fromHeight: 81, count: 20 });
  assert.equal(answerGetHeaders({ ...request, locator: [], stop: tip }, other).count, 0);
});

test('the stop hash is the last header given', () => {
  assert.deepEqual(answer([at(10)], at(11)), { fromHeight: 11, count: 1 });
  assert.deepEqual(answer([at(10)], at(500)), { fromHeight: 11, count: 490 });
  assert.deepEqual(answer([at(10)], at(2010)), { fromHeight: 11, count: 2000 });
  assert.deepEqual(answer([at(10)], at(2011)), { fromHeight: 11, count: 2000 });
});

test('a stop hash that we do not know, or that does not come after the fork, stops nothing', () => {
  for (const stop of [STRANGE, at(10), at(9), at(0)]) {
    assert.deepEqual(answer([at(10)], stop), { fromHeight: 11, count: 2000 });
  }
});

test('without a locator the header of the stop hash alone is given, or nothing', () => {
  for (const height of [0, 1, 3000, HEIGHT]) {
    assert.deepEqual(answer([], at(height)), { fromHeight: height, count: 1 });
  }
  assert.equal(answer([], STRANGE).count, 0);
  assert.equal(answer([]).count, 0);
});

test('a tree with nothing but genesis has nothing to give', () => {
  const empty = new HeaderTree(regtest);
  for (const locator of [[at(0)], [STRANGE], [at(5), at(0)]]) {
    assert.equal(answerGetHeaders({ version: 70016, locator, stop: NO_STOP }, empty).count, 0);
  }
});

test('a chain that begins at an anchor goes on from what a peer has of it, and has nothing for strangers', () => {
  const based = new HeaderTree(ANCHORED, { base: LOW_BASE });
  based.restoreBest(HeaderRun.fromBytes(minedFrom(2_016, 3_000)));
  const ask = (locator: readonly Uint8Array[], stop: Uint8Array = NO_STOP): HeaderRange =>
    answerGetHeaders({ version: 70016, locator, stop }, based);
  assert.deepEqual(ask([minedHashAt(2_015)]), { fromHeight: 2_016, count: 2_000 });
  assert.deepEqual(ask([STRANGE, minedHashAt(5_000), minedHashAt(1_000)]), { fromHeight: 5_001, count: 15 });
  // Nothing that we have can follow on what they have: genesis, headers below the anchor, other chains.
  for (const locator of [[STRANGE], [minedHashAt(2_014), minedHashAt(1_000)]])
    for (const stop of [NO_STOP, minedHashAt(2_500)]) assert.equal(ask(locator, stop).count, 0);
  assert.deepEqual(ask([], minedHashAt(2_016)), { fromHeight: 2_016, count: 1 });
  for (const stop of [minedHashAt(2_015), minedHashAt(2_014), STRANGE]) assert.equal(ask([], stop).count, 0);
});

test('any request is answered as a plain search of the chain answers it', () => {
  const known = fc.nat(HEIGHT).map(at);
  const hash = fc.oneof(known, fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constant(NO_STOP));
  const request = fc.record({
    version: fc.constant(70016),
    locator: fc.array(hash, { maxLength: 5 }),
    stop: hash,
  });
  fc.assert(
    fc.property(request, (asked) => {
      const { fromHeight, count } = answerGetHeaders(asked, tree);
      assert.deepEqual(chain.slice(fromHeight, fromHeight + count - 1), chain.answer(asked));
    }),
  );
});
