/** Filters of real blocks: the test vectors of BIP 158, and the first blocks of mainnet. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromDisplayHex, fromHex, toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import { hashKey } from '../../src/bytes/hash-key.ts';
import {
  buildBasicFilter,
  FilterMatcher,
  filterHash,
  filterHeader,
  judgeFilter,
  NO_FILTER_HEADER,
} from '../../src/filters/index.ts';
import { distinctScripts } from '../../src/filters/basic-filter.ts';
import { spentScripts } from '../../src/filters/spent-scripts.ts';
import { block } from '../../src/wire/block.ts';
import { decode } from '../../src/wire/codec.ts';
import { headerHash } from '../../src/wire/header.ts';
import { identify } from '../../src/wire/identified-tx.ts';
import type { OutPoint, TxOutput } from '../../src/wire/tx.ts';
import { aScript, elementsOf, filterOf, type KnownBlock } from '../support/filters.ts';
import { referenceMatch } from '../support/reference-filter.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

/** Scripts of each block that are left out, one at a time. */
const OMISSIONS = 3;

const skip = skipWithoutSharedData;

/** A row of the table of BIP 158, in its own order. */
type Row = readonly [
  height: number,
  blockHash: string,
  block: string,
  spentScripts: readonly string[],
  previousHeader: string,
  filter: string,
  header: string,
  notes: string,
];

interface Case extends KnownBlock {
  readonly height: number;
  readonly previousHeader: Uint8Array;
  readonly filter: Uint8Array;
  readonly header: string;
}

function casesOfTheStandard(): Case[] {
  const text = readFileSync(sharedData('vectors', 'bip-0158_testnet-19.json'), 'utf8');
  const [, ...rows] = JSON.parse(text) as readonly [unknown, ...Row[]];
  return rows.map(([height, blockHash, hex, spent, previousHeader, filter, header]) => ({
    height,
    blockHash: fromDisplayHex(blockHash),
    transactions: decode(block, fromHex(hex)).transactions.map(identify),
    spent: spent.map(fromHex),
    previousHeader: fromDisplayHex(previousHeader),
    filter: fromHex(filter),
    header,
  }));
}

test('the blocks of the standard have the filters and filter headers that it gives', { skip }, () => {
  const cases = casesOfTheStandard();
  assert.equal(cases.length, 10);
  for (const one of cases) {
    const filter = filterOf(one);
    assert.equal(toHex(filter), toHex(one.filter), `block ${one.height}`);
    assert.equal(toDisplayHex(filterHeader(filterHash(filter), one.previousHeader)), one.header);
  }
});

test('each script of the blocks of the standard matches, and others do not', { skip }, () => {
  const others = Array.from({ length: 1000 }, (_, n) => aScript(n));
  for (const one of casesOfTheStandard()) {
    const elements = elementsOf(one);
    for (const script of elements) {
      assert.equal(new FilterMatcher([script]).matches(one.filter, one.blockHash), 'match', toHex(script));
    }
    assert.equal(new FilterMatcher(others).matches(one.filter, one.blockHash), 'none');
    const all = elements.length === 0 ? 'none' : 'match';
    assert.equal(new FilterMatcher([...others, ...elements]).matches(one.filter, one.blockHash), all);
  }
});

/** Blocks of the standard, and the number of a script that is none of theirs and still in their filters. */
const CHANCE_MATCHES: ReadonlyMap<number, number> = new Map([
  [0, 485_451],
  [2, 1_752_675],
  [3, 784_722],
  [15_007, 549_945],
  [49_291, 647_489],
  [180_480, 399_993],
  [926_485, 5_344_808],
  [987_876, 343_207],
  [1_263_442, 67_245],
]);

test('a few scripts that the blocks of the standard do not hold match by chance', { skip }, () => {
  for (const one of casesOfTheStandard()) {
    const n = CHANCE_MATCHES.get(one.height);
    if (n === undefined) continue;
    const script = aScript(n);
    assert.ok(!elementsOf(one).some((element) => toHex(element) === toHex(script)));
    assert.equal(new FilterMatcher([script]).matches(one.filter, one.blockHash), 'match');
    assert.ok(referenceMatch(one.filter, one.blockHash, [script]), `block ${one.height}`);
  }
});

test('the blocks of the standard do not contradict their filters', { skip }, () => {
  const judgements = casesOfTheStandard().map(({ height, filter, blockHash, transactions }) => {
    return [height, judgeFilter(filter, blockHash, transactions)] as const;
  });
  const exact = { kind: 'exact' };
  const possible = { kind: 'possible', doubts: 0 };
  assert.deepEqual(judgements, [
    [0, exact],
    [2, exact],
    [3, exact],
    [15007, exact],
    [49291, possible],
    [180480, possible],
    [926485, possible],
    [987876, exact],
    [1263442, possible],
    [1414221, exact],
  ]);
});

test('the first 256 blocks of mainnet have the filter headers that mainnet has', { skip }, () => {
  const published = bytesOf('filters', 'mainnet-basic-0-100000.cfheaders');
  let header = NO_FILTER_HEADER;
  let spends = 0;
  for (const [height, known] of firstBlocks().entries()) {
    const filter = filterOf(known);
    header = filterHeader(filterHash(filter), header);
    assert.equal(toHex(header), toHex(published.subarray(32 * height, 32 * height + 32)), `block ${height}`);
    spends += known.spent.length;
    const { kind } = judgeFilter(filter, known.blockHash, known.transactions);
    assert.equal(kind, known.spent.length === 0 ? 'exact' : 'possible', `block ${height}`);
  }
  assert.equal(spends, 7);
});

test('a filter without one of the scripts that a real block shows is wrong', { skip }, () => {
  for (const name of readdirSync(sharedData('blocks')).filter((file) => file.endsWith('.block'))) {
    const { blockHash, transactions } = identifiedBlock(bytesOf('blocks', name));
    const spent = spentScripts(transactions);
    const elements = distinctScripts(elementsOf({ blockHash, transactions, spent: spent.known }));
    const full = buildBasicFilter(blockHash, elements);
    const { kind } = judgeFilter(full, blockHash, transactions);
    assert.equal(kind, spent.unknown.length === 0 ? 'exact' : 'possible', name);
    for (let i = 0; i < elements.length; i += Math.ceil(elements.length / OMISSIONS)) {
      const others = elements.filter((_, n) => n !== i);
      // One more makes up for the count.
      for (const filter of [others, [...others, aScript(i)]].map((all) => buildBasicFilter(blockHash, all))) {
        assert.equal(judgeFilter(filter, blockHash, transactions).kind, 'wrong', `${name} without ${i}`);
      }
    }
  }
});

function bytesOf(...path: string[]): Uint8Array {
  return new Uint8Array(readFileSync(sharedData(...path)));
}

function identifiedBlock(encoded: Uint8Array): Omit<KnownBlock, 'spent'> {
  const { header, transactions } = decode(block, encoded);
  return { blockHash: headerHash(header), transactions: transactions.map(identify) };
}

/** Blocks 0 to 255, with what they spend: nothing that is not made in one of them. */
function firstBlocks(): KnownBlock[] {
  const file = bytesOf('blocks', 'mainnet-0-256.blk');
  const outputs = new Map<string, readonly TxOutput[]>();
  const blocks: KnownBlock[] = [];
  for (let start = 0; start < file.length;) {
    // Magic, length, block.
    const length = new DataView(file.buffer, file.byteOffset + start).getUint32(4, true);
    const { blockHash, transactions } = identifiedBlock(file.subarray(start + 8, start + 8 + length));
    for (const { txid, tx } of transactions) outputs.set(hashKey(txid), tx.outputs);
    const spent = transactions
      .slice(1)
      .flatMap(({ tx }) => tx.inputs.map(({ previous }) => spentBy(previous, outputs)));
    blocks.push({ blockHash, transactions, spent });
    start += 8 + length;
  }
  return blocks;
}

function spentBy({ txid, vout }: OutPoint, outputs: ReadonlyMap<string, readonly TxOutput[]>): Uint8Array {
  const output = outputs.get(hashKey(txid))?.[vout];
  assert.ok(output !== undefined, `${toDisplayHex(txid)}:${vout}`);
  return output.script;
}
