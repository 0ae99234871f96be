import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mempool } from '../../../src/protocol/mempool/mempool.ts';
import { newEntry, type PoolEntry } from '../../../src/protocol/mempool/pool-entry.ts';
import { isPast, judgeNewcomer, settle } from '../../../src/protocol/mempool/rivals.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { FalseClock } from '../../support/false-time.ts';
import { chainOf, outputOf, payment, somewhere, stray } from '../../support/transactions.ts';

const { now } = new FalseClock();
/** Peers that we chose. */
const LISTENERS = 3;

function entryOf(
  tx: IdentifiedTx,
  announcers: readonly string[] = ['a:1'],
  isOwn: boolean = false,
): PoolEntry {
  return newEntry(tx, { announcers, isOwn }, now);
}

function listOf(...entries: readonly PoolEntry[]): Mempool {
  const pool = new Mempool();
  for (const entry of entries) pool.add(entry);
  return pool;
}

/** Spends one output, another transaction for each number. */
function spender(n: number): IdentifiedTx {
  return payment({ spends: [somewhere(1)], pays: [1_000 + n] });
}

test('one that contradicts nothing has room', () => {
  const pool = listOf(entryOf(stray(1)));
  assert.deepEqual(judgeNewcomer(entryOf(stray(2)), pool), { kind: 'room', leaving: [] });
  const entry = entryOf(stray(3));
  pool.add(entry);
  assert.deepEqual(settle(entry, pool, LISTENERS), { replaced: [], impossible: [], left: [] });
});

test('of five that spend an output the one with the weakest word makes room for a sixth, never our own', () => {
  const words = [['a:1', 'b:1'], ['a:1'], ['a:1', 'b:1'], []] as const;
  const entries = words.map((announcers, n) => entryOf(spender(n), announcers, announcers.length === 0));
  const fifth = entryOf(spender(7), ['b:1']);
  const pool = listOf(...entries);
  assert.deepEqual(judgeNewcomer(fifth, pool), { kind: 'room', leaving: [] });
  pool.add(fifth);
  const judged = judgeNewcomer(entryOf(spender(8)), pool);
  assert.deepEqual(judged, { kind: 'room', leaving: [fifth] }, 'of equals the one that came last');
});

test('one that contradicts its own ancestor can never be valid', () => {
  const parent = stray(1);
  const child = payment({ spends: [outputOf(parent)] });
  const pool = listOf(entryOf(parent), entryOf(child));
  const both = payment({ spends: [outputOf(child), ...parent.tx.inputs.map(({ previous }) => previous)] });
  assert.equal(judgeNewcomer(entryOf(both), pool).kind, 'impossible');
});

test('one that came before its own ancestor, and contradicts it, can never be valid either', () => {
  const parent = stray(1);
  const spends = [outputOf(parent), ...parent.tx.inputs.map(({ previous }) => previous)];
  const both = entryOf(payment({ spends }));
  const pool = listOf(both);
  const entry = entryOf(parent);
  pool.add(entry);
  assert.deepEqual(settle(entry, pool, LISTENERS), { replaced: [], impossible: [both], left: [] });
});

test('one with too many ancestors to follow is taken in only where it contradicts nothing', () => {
  const chain = chainOf(101, stray(1));
  const pool = listOf(...chain.map((tx) => entryOf(tx)));
  const end = payment({ spends: [outputOf(chain.at(-1) as IdentifiedTx), somewhere(500)] });
  assert.deepEqual(judgeNewcomer(entryOf(end), pool), { kind: 'room', leaving: [] }, 'there is nobody yet');
  pool.add(entryOf(payment({ spends: [somewhere(500)] })));
  assert.equal(judgeNewcomer(entryOf(end), pool).kind, 'too-many');
});

test('junk on very many inputs of a transaction is driven out by it when two peers announced it', () => {
  const outputs = Array.from({ length: 150 }, (_, n) => somewhere(n));
  const junk = outputs.map((spent) => entryOf(payment({ spends: [spent] }), ['c:1']));
  const pool = listOf(...junk);
  const honest = payment({ spends: outputs, pays: [5] });
  assert.equal(judgeNewcomer(entryOf(honest, ['a:1']), pool).kind, 'too-many');
  const believed = judgeNewcomer(entryOf(honest, ['a:1', 'b:1']), pool);
  assert.ok(believed.kind === 'room');
  assert.deepEqual(new Set(believed.leaving), new Set(junk));
});

test('one that very many contradict leaves, unless two peers announced it', () => {
  const outputs = Array.from({ length: 150 }, (_, n) => somewhere(n));
  for (const announcers of [['a:1'], ['a:1', 'b:1']]) {
    const large = entryOf(payment({ spends: outputs, pays: [5] }), announcers);
    const small = outputs.slice(0, 100).map((spent) => entryOf(payment({ spends: [spent] })));
    const pool = listOf(large, ...small);
    const judged = judgeNewcomer(entryOf(payment({ spends: outputs.slice(120, 121) })), pool);
    const expected = announcers.length === 1 ? { kind: 'room', leaving: [large] } : { kind: 'too-many' };
    assert.deepEqual(judged, expected);
  }
});

test('with several peers it takes two to displace one, our own or not, and with one peer its word is enough', () => {
  for (const isOwn of [true, false]) {
    const old = entryOf(spender(1), isOwn ? [] : ['a:1'], isOwn);
    const better = entryOf(spender(0), ['b:1']);
    const pool = listOf(old, better);
    assert.deepEqual(settle(better, pool, LISTENERS).left, [old]);
    assert.deepEqual(settle(better, pool, 1).replaced, [old]);
    better.announcers.push('c:1');
    better.announcedMs.push(now.ms);
    assert.deepEqual(settle(better, pool, LISTENERS).replaced, [old]);
  }
});

test('what pays less takes no place, whoever announced it; those that called us are one voice at most', () => {
  const old = entryOf(spender(0), ['a:1']);
  const less = entryOf(spender(9), ['a:1', 'b:1', 'c:1']);
  assert.deepEqual(settle(less, listOf(old, less), LISTENERS).left, [old]);
  const called = entryOf(spender(0), ['caller 1', 'caller 2', 'c:1']);
  const other = entryOf(spender(1), ['a:1']);
  assert.deepEqual(settle(called, listOf(called, other), LISTENERS).left, [other]);
});

test('who announced it with another witness speaks for it as well, once', () => {
  const old = entryOf(spender(1), ['a:1']);
  const young = entryOf(spender(0), ['b:1']);
  young.other = { ...young, announcers: ['b:1'], announcedMs: [now.ms] };
  assert.deepEqual(settle(young, listOf(old, young), LISTENERS).left, [old]);
  young.other = { ...young, announcers: ['b:1', 'c:1'], announcedMs: [now.ms, now.ms] };
  assert.deepEqual(settle(young, listOf(old, young), LISTENERS).replaced, [old]);
});

test('who announced the other one later stands by it no more', () => {
  const pays = [1_000];
  // Fees cannot be compared: each spends something that the other does not.
  const [first, second] = [1, 2].map((n) => payment({ spends: [somewhere(0), somewhere(n)], pays }));
  const old = newEntry(first as IdentifiedTx, { announcers: ['a:1', 'b:1'], announcedMs: [1, 1] }, now);
  const young = newEntry(second as IdentifiedTx, { announcers: ['a:1', 'b:1'], announcedMs: [5, 5] }, now);
  assert.deepEqual(settle(old, listOf(old, young), LISTENERS).left, [young]);
  assert.deepEqual(settle(young, listOf(old, young), LISTENERS).replaced, [old]);
  assert.equal(isPast(old, listOf(young), LISTENERS), true);
  assert.equal(isPast(young, listOf(old), LISTENERS), false);
  const doubtful = newEntry(second as IdentifiedTx, { announcers: ['a:1'], announcedMs: [5] }, now);
  assert.equal(isPast(old, listOf(doubtful), LISTENERS), false, 'one voice is not enough');
});
