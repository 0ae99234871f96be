import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { equalBytes } from '../../src/bytes/hash.ts';
import { fromHex, toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import {
  type BrokenPartialTree,
  makePartialMerkleTree,
  parsePartialMerkleTree,
  type PartialMerkleTree,
  type PartialTreeRule,
  type SoundPartialTree,
} from '../../src/chain/partial-merkle-tree.ts';
import { block, MAX_BLOCK_TRANSACTIONS } from '../../src/wire/block.ts';
import { decode } from '../../src/wire/codec.ts';
import { headerHash } from '../../src/wire/header.ts';
import { merkleBlock } from '../../src/wire/messages/merkleblock.ts';
import { txid } from '../../src/wire/tx.ts';
import { bytesFrom, framesIn } from '../support/conversation.ts';
import { ids, levelsOf, pairHash, partialTree, rootOf } from '../support/merkle-trees.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';
import { secondsOfWork } from '../support/seconds-of-work.ts';

function ruleBroken(tree: PartialMerkleTree, root: Uint8Array): PartialTreeRule | undefined {
  const read = parsePartialMerkleTree(tree, root);
  if (read.kind === 'sound') return undefined;
  assert.notEqual(read.detail, '');
  return read.rule;
}

function sound(read: SoundPartialTree | BrokenPartialTree): SoundPartialTree {
  assert.ok(read.kind === 'sound', read.kind === 'broken' ? `${read.rule}: ${read.detail}` : '');
  return read;
}

/** Numbers from 0 up to but without 1, the same in each run. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

// The sizes are those of Core's own test (src/test/pmt_tests.cpp).
for (const count of [1, 4, 7, 17, 56, 100, 127, 256, 312, 513, 1000, 4095]) {
  test(`random subsets of ${count} transactions are found again, and damage is not passed over`, () => {
    const random = numbersFrom(count);
    const txids = ids(count);
    const root = rootOf(txids);
    for (let rarity = 1; rarity < 15; rarity++) {
      const marks = txids.map(() => random() < 2 ** -(rarity / 2));
      const tree = makePartialMerkleTree(txids, (index) => marks[index] as boolean);
      const marked = txids.flatMap((id, index) => (marks[index] === true ? [{ txid: id, index }] : []));
      const height = Math.ceil(Math.log2(count));
      assert.ok(tree.hashes.length <= Math.min(count, 1 + marked.length * height));
      const read = sound(parsePartialMerkleTree(tree, root));
      assert.deepEqual(read.matches, marked);
      assert.equal(read.isAmbiguous, false);
      for (let attempt = 0; attempt < 4; attempt++) {
        const hashes = tree.hashes.map((hash) => hash.slice());
        const damaged = hashes[Math.floor(random() * hashes.length)] as Uint8Array;
        const at = Math.floor(random() * 32);
        damaged[at] = (damaged[at] as number) ^ (1 << Math.floor(random() * 8));
        assert.equal(ruleBroken({ ...tree, hashes }, root), 'tree-root-mismatch');
      }
    }
  });
}

test('a tree without marks is its root alone', () => {
  const txids = ids(7);
  const tree = makePartialMerkleTree(txids, () => false);
  assert.deepEqual(tree, { transactionCount: 7, hashes: [rootOf(txids)], flags: Uint8Array.of(0) });
  const read = sound(parsePartialMerkleTree(tree, rootOf(txids)));
  assert.deepEqual([read.matches, read.firstTxid], [[], undefined]);
});

test('a lone transaction is root and leaf', () => {
  const txids = ids(1);
  const [only] = txids as [Uint8Array];
  const tree = makePartialMerkleTree(txids, () => true);
  assert.deepEqual(tree, { transactionCount: 1, hashes: [only], flags: Uint8Array.of(1) });
  const read = sound(parsePartialMerkleTree(tree, only));
  assert.deepEqual([read.matches, read.firstTxid], [[{ txid: only, index: 0 }], only]);
});

test('the walk of seven transactions, two of them marked, bit by bit', () => {
  const txids = ids(7);
  const [, pairs, fours] = levelsOf(txids);
  const tree = makePartialMerkleTree(txids, (index) => index === 1 || index === 6);
  // Root; left four, first pair, its two, second pair; right three, third pair, fourth pair, its one.
  const bits = ['1', '1', '1', '01', '0', '1', '0', '1', '1'].join('');
  assert.deepEqual(tree, partialTree(7, bits, [txids[0]!, txids[1]!, pairs![1]!, pairs![2]!, txids[6]!]));
  const read = sound(parsePartialMerkleTree(tree, rootOf(txids)));
  assert.deepEqual(
    read.matches,
    [1, 6].map((index) => ({ txid: txids[index], index })),
  );
  assert.equal(toHex(read.firstTxid as Uint8Array), toHex(txids[0]!));
  assert.equal(fours?.length, 2);
});

test('the first transaction is known only where it is shown', () => {
  const txids = ids(8);
  const firstBeside = (index: number): Uint8Array | undefined =>
    sound(
      parsePartialMerkleTree(
        makePartialMerkleTree(txids, (n) => n === index),
        rootOf(txids),
      ),
    ).firstTxid;
  assert.deepEqual([0, 1].map(firstBeside), [txids[0], txids[0]]);
  assert.deepEqual([2, 3, 7].map(firstBeside), [undefined, undefined, undefined]);
});

const FOUR = ids(4);
const [A, B, C, D] = FOUR as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const ROOT = rootOf(FOUR);
const CD = pairHash(C, D);

/** Proves the second of four transactions. */
const SOUND = partialTree(4, '11010', [A, B, CD]);

test('a claim of no transactions is refused', () => {
  assert.equal(ruleBroken(SOUND, ROOT), undefined);
  assert.equal(ruleBroken({ ...SOUND, transactionCount: 0 }, ROOT), 'tree-empty');
  assert.equal(ruleBroken(partialTree(0, '', []), new Uint8Array(32)), 'tree-empty');
});

test('a claim of more transactions than fit into a block is refused, and takes no memory', () => {
  assert.equal(MAX_BLOCK_TRANSACTIONS, 16_666);
  const most = ids(MAX_BLOCK_TRANSACTIONS);
  const tree = makePartialMerkleTree(most, (index) => index === 16_665);
  assert.equal(ruleBroken(tree, rootOf(most)), undefined);
  for (const transactionCount of [16_667, 2 ** 31, 2 ** 32 - 1]) {
    assert.equal(ruleBroken({ ...tree, transactionCount }, rootOf(most)), 'tree-too-large');
  }
});

test('more hashes than transactions are refused', () => {
  assert.equal(ruleBroken({ ...SOUND, transactionCount: 2 }, ROOT), 'tree-too-many-hashes');
  assert.equal(ruleBroken({ ...SOUND, hashes: [...SOUND.hashes, A, A] }, ROOT), 'tree-too-many-hashes');
});

test('fewer bits than hashes are refused', () => {
  assert.equal(ruleBroken({ ...SOUND, flags: new Uint8Array(0) }, ROOT), 'tree-too-few-bits');
  const sixteen = ids(16);
  const whole = makePartialMerkleTree(sixteen, () => true);
  assert.deepEqual([whole.hashes.length, whole.flags.length], [16, 4]);
  const short = { ...whole, flags: whole.flags.subarray(0, 1) };
  assert.equal(ruleBroken(short, rootOf(sixteen)), 'tree-too-few-bits');
});

test('bits that end too early are refused', () => {
  const sixteen = ids(16);
  const whole = makePartialMerkleTree(sixteen, () => true);
  for (const length of [2, 3]) {
    assert.equal(
      ruleBroken({ ...whole, flags: whole.flags.subarray(0, length) }, rootOf(sixteen)),
      'tree-bits-end',
    );
  }
  assert.equal(ruleBroken(partialTree(16, '', []), ROOT), 'tree-bits-end');
});

test('hashes that end too early are refused', () => {
  assert.equal(ruleBroken({ ...SOUND, hashes: [A, B] }, ROOT), 'tree-hashes-end');
  assert.equal(ruleBroken({ ...SOUND, hashes: [] }, ROOT), 'tree-hashes-end');
  // A claim of five transactions makes the tree deeper.
  assert.equal(ruleBroken({ ...SOUND, transactionCount: 5 }, ROOT), 'tree-hashes-end');
});

test('bits that are left over are refused, but for the padding of the last byte', () => {
  const longer = Uint8Array.of(...SOUND.flags, 0);
  assert.equal(ruleBroken({ ...SOUND, flags: longer }, ROOT), 'tree-unused-bits');
  // Core lets the padding hold anything.
  const padded = Uint8Array.of((SOUND.flags[0] as number) | 0b1110_0000);
  assert.equal(ruleBroken({ ...SOUND, flags: padded }, ROOT), undefined);
});

test('hashes that are left over are refused', () => {
  assert.equal(ruleBroken({ ...SOUND, hashes: [A, B, CD, D] }, ROOT), 'tree-unused-hashes');
  assert.equal(ruleBroken(partialTree(4, '0', [ROOT, A]), ROOT), 'tree-unused-hashes');
});

test('equal nodes side by side are refused though the root is right (CVE-2012-2459)', () => {
  const three = ids(3);
  const [a, b, c] = three as [Uint8Array, Uint8Array, Uint8Array];
  const root = rootOf(three);
  // A block of these three, and a list of four with the last one twice, have the same root.
  assert.deepEqual(rootOf([a, b, c, c]), root);
  const last = makePartialMerkleTree(three, (index) => index === 2);
  assert.deepEqual(sound(parsePartialMerkleTree(last, root)).matches, [{ txid: c, index: 2 }]);
  // The fourth place does not exist.
  const fourth = makePartialMerkleTree([a, b, c, c], (index) => index === 3);
  assert.equal(ruleBroken(fourth, root), 'tree-equal-children');
  const both = makePartialMerkleTree([a, b, c, c], (index) => index >= 2);
  assert.equal(ruleBroken(both, root), 'tree-equal-children');
  // One level further up: five are padded as if they were six, then eight.
  const five = ids(5);
  const eight = [...five, five[4]!, five[4]!, five[4]!];
  assert.deepEqual(rootOf(eight), rootOf(five));
  for (const index of [5, 6, 7]) {
    assert.equal(
      ruleBroken(
        makePartialMerkleTree(eight, (n) => n === index),
        rootOf(five),
      ),
      'tree-equal-children',
    );
  }
});

test('another root is refused', () => {
  assert.equal(ruleBroken(SOUND, rootOf(ids(4, 1))), 'tree-root-mismatch');
  assert.equal(ruleBroken({ ...SOUND, hashes: [B, A, CD] }, ROOT), 'tree-root-mismatch');
  // The root itself, claimed to be a leaf beside nothing, is right: how deep the tree is it cannot say.
  assert.equal(ruleBroken(partialTree(1, '1', [ROOT]), ROOT), undefined);
});

test('no tree is made over no transactions, nor over more than a block holds', () => {
  assert.throws(() => makePartialMerkleTree([], () => true), RangeError);
  assert.throws(() => makePartialMerkleTree(ids(MAX_BLOCK_TRANSACTIONS + 1), () => true), RangeError);
});

/** Which transactions of a block are marked. */
const someMarks = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });

/** A change of one part of a tree. */
const someChange: fc.Arbitrary<(tree: PartialMerkleTree) => PartialMerkleTree> = fc.oneof(
  fc.nat(80).map((transactionCount) => (tree: PartialMerkleTree) => ({ ...tree, transactionCount })),
  fc.nat(80).map((at) => (tree: PartialMerkleTree) => ({ ...tree, flags: flipped(tree.flags, at) })),
  fc.nat(12).map((length) => (tree: PartialMerkleTree) => {
    const flags = new Uint8Array(length);
    flags.set(tree.flags.subarray(0, length));
    return { ...tree, flags };
  }),
  fc.tuple(fc.nat(60), fc.nat(255)).map(([at, bit]) => ({ hashes, ...tree }: PartialMerkleTree) => {
    const i = at % hashes.length;
    return { ...tree, hashes: hashes.with(i, flipped(hashes[i] as Uint8Array, bit)) };
  }),
  fc.tuple(fc.nat(60), fc.nat(60)).map(([at, from]) => ({ hashes, ...tree }: PartialMerkleTree) => {
    const moved = hashes[from % hashes.length] as Uint8Array;
    return { ...tree, hashes: hashes.with(at % hashes.length, moved) };
  }),
  fc.tuple(fc.nat(60), fc.nat(2)).map(([at, count]) => ({ hashes, ...tree }: PartialMerkleTree) => {
    const repeated = hashes.slice(at, at + 1);
    return {
      ...tree,
      hashes: hashes.toSpliced(at, 1, ...Array.from({ length: count }, () => repeated).flat()),
    };
  }),
);

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = (bit >> 3) % Math.max(1, copy.length);
  if (copy.length > 0) copy[at] = (copy[at] as number) ^ (1 << (bit & 7));
  return copy;
}

test('a tree that was changed shows what the block holds, or is refused', () => {
  let [soundCount, brokenCount] = [0, 0];
  const changes = fc.array(someChange, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(someMarks, changes, (marks, alterations) => {
      const txids = ids(marks.length);
      const tree = makePartialMerkleTree(txids, (index) => marks[index] === true);
      const altered = alterations.reduce((one, alter) => (one.hashes.length === 0 ? one : alter(one)), tree);
      const read = parsePartialMerkleTree(altered, rootOf(txids));
      if (read.kind === 'broken') return void brokenCount++;
      soundCount++;
      // To say of a hash that it is a transaction takes more than chance.
      const levels = levelsOf(txids);
      const level = levels[levels.length - 1 - Math.ceil(Math.log2(altered.transactionCount))] ?? [];
      for (const { txid: found, index } of read.matches) assert.deepEqual(found, level[index]);
    }),
    { numRuns: 3_000 },
  );
  assert.ok(soundCount > 20 && brokenCount > 1_000, `${soundCount} were sound, ${brokenCount} were not`);
});

test('what bitcoind and btcd sent of a filtered block is made here to the last bit', () => {
  let count = 0;
  for (const file of ['bitcoind-regtest.jsonl', 'btcd-regtest.jsonl']) {
    const frames = framesIn(bytesFrom('node', file));
    const blocks = frames.filter(({ command }) => command === 'block');
    for (const { hex } of frames.filter(({ command }) => command === 'merkleblock')) {
      const { header, ...tree } = decode(merkleBlock, fromHex(hex).subarray(24));
      const { matches } = sound(parsePartialMerkleTree(tree, header.merkleRoot));
      const own = blocks
        .map((frame) => decode(block, fromHex(frame.hex).subarray(24)))
        .find((candidate) => equalBytes(headerHash(candidate.header), headerHash(header)));
      if (own === undefined) continue;
      const txids = own.transactions.map(txid);
      for (const { txid: found, index } of matches) assert.deepEqual(found, txids[index]);
      const indexes = new Set(matches.map(({ index }) => index));
      assert.deepEqual(
        makePartialMerkleTree(txids, (index) => indexes.has(index)),
        tree,
      );
      count++;
    }
  }
  assert.ok(count >= 5, `${count} were compared`);
});

test('a real merkleblock of mainnet shows what its block holds', { skip: skipWithoutSharedData }, () => {
  const encoded = readFileSync(sharedData('p2p', 'bcoin-payload-merkle300025.raw'));
  const { header, ...tree } = decode(merkleBlock, new Uint8Array(encoded));
  const { matches, firstTxid } = sound(parsePartialMerkleTree(tree, header.merkleRoot));
  assert.deepEqual(
    matches.map(({ txid: found, index }) => [index, toDisplayHex(found)]),
    [
      [396, '5708f3c63be2baf9d478256cded8787c84f1eb8262c6751993a84cd04cf89373'],
      [397, '5ceec2d8ee90cb4b956870fac6055bead9333570f656ec3014307031de518cec'],
    ],
  );
  assert.equal(firstTxid, undefined);
  const whole = readFileSync(sharedData('blocks', 'mainnet-300025-5ade58a9022cc78c.block'));
  const txids = decode(block, new Uint8Array(whole)).transactions.map(txid);
  assert.deepEqual(
    makePartialMerkleTree(txids, (index) => index === 396 || index === 397),
    tree,
  );
});

test('a block as large as they come costs two hashes a transaction at most', () => {
  const txids = ids(MAX_BLOCK_TRANSACTIONS);
  const root = rootOf(txids);
  assert.ok(
    secondsOfWork(() => {
      const tree = makePartialMerkleTree(txids, () => true);
      assert.equal(sound(parsePartialMerkleTree(tree, root)).matches.length, txids.length);
    }) < 2,
  );
});
