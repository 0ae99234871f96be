import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toHex } from '../../src/bytes/hex.ts';
import { distinctScripts } from '../../src/filters/basic-filter.ts';
import { buildBasicFilter, type FilterJudgement, judgeFilter } from '../../src/filters/index.ts';
import { spentScripts } from '../../src/filters/spent-scripts.ts';
import { identify, type IdentifiedTx } from '../../src/wire/identified-tx.ts';
import type { TxInput } from '../../src/wire/tx.ts';
import { aBlockHash, aScript, elementsOf, filterOf, type KnownBlock } from '../support/filters.ts';
import { aCoinbase, anOutput, aTx } from '../support/made-blocks.ts';
import {
  FALSE_SPENDS,
  inputOf,
  NESTED_SPENDS,
  PLAIN_SPENDS,
  SILENT_SPENDS,
  type Spend,
} from '../support/spends.ts';

const REWARD = aScript(900);
const ALL_SPENDS = { ...PLAIN_SPENDS, ...SILENT_SPENDS, ...NESTED_SPENDS, ...FALSE_SPENDS };

/**
 * A block of a coinbase and one transaction for each list of spends, which pays to a script of its own.
 *
 * @param paid what the coinbase pays to, beside what every one does.
 */
function blockOf(transactions: readonly (readonly Spend[])[], paid: readonly Uint8Array[] = []): KnownBlock {
  const coinbase = aCoinbase(0, { outputs: [REWARD, ...paid].map((script) => anOutput(1n, script)) });
  const made = transactions.map((spends, n) => {
    const inputs = spends.map((spend, i) => inputOf(spend, 100 * n + i));
    return aTx(n, { inputs, outputs: [anOutput(1n, aScript(n))] });
  });
  return {
    blockHash: aBlockHash(1),
    transactions: [coinbase, ...made].map(identify),
    spent: transactions.flat().map(({ spent }) => spent),
  };
}

function judge({ blockHash, transactions }: KnownBlock, filter: Uint8Array): FilterJudgement {
  return judgeFilter(filter, blockHash, transactions);
}

function detailOf(judgement: FilterJudgement): string {
  assert.equal(judgement.kind, 'wrong');
  return judgement.detail;
}

function spendsOf(kinds: Readonly<Record<string, (n: number) => Spend>>): Spend[] {
  return Object.values(kinds).map((spendOf, n) => spendOf(10 * n));
}

/** What a block shows of the scripts in its filter, each once. */
function shownBy(block: KnownBlock): Uint8Array[] {
  return distinctScripts(elementsOf({ ...block, spent: spentScripts(block.transactions).known }));
}

test('the filter of a block that shows all it spends is exact', () => {
  const coinbaseOnly = blockOf([]);
  assert.deepEqual(judge(coinbaseOnly, filterOf(coinbaseOnly)), { kind: 'exact' });
  const nested = blockOf([spendsOf(NESTED_SPENDS)]);
  assert.deepEqual(judge(nested, filterOf(nested)), { kind: 'exact' });
});

test('the filter of a block that shows not all it spends is possible', () => {
  const block = blockOf([spendsOf(PLAIN_SPENDS), spendsOf(SILENT_SPENDS)]);
  assert.deepEqual(judge(block, filterOf(block)), { kind: 'possible', doubts: 0 });
});

test('a script that is likely spent and is not in the filter is a doubt, and no proof', () => {
  const block = blockOf([spendsOf(PLAIN_SPENDS), spendsOf(SILENT_SPENDS)]);
  const without = { ...block, spent: block.spent.slice(2) };
  assert.deepEqual(judge(block, filterOf(without)), { kind: 'possible', doubts: 2 });
});

test('a filter without a script that the block pays to is wrong, and the script is named', () => {
  const block = blockOf([spendsOf(PLAIN_SPENDS)]);
  const others = elementsOf(block).filter((script) => toHex(script) !== toHex(aScript(0)));
  assert.match(
    detailOf(judge(block, buildBasicFilter(block.blockHash, others))),
    new RegExp(`^without the script ${toHex(aScript(0))}$`),
  );
});

test('of a large script the detail names only the start', () => {
  const large = new Uint8Array(1_000_000).fill(0x51);
  const block = blockOf([], [large]);
  const others = elementsOf(block).filter(({ length }) => length !== large.length);
  assert.match(
    detailOf(judge(block, buildBasicFilter(block.blockHash, others))),
    /^without the script (51){40}… \(1000000 bytes\)$/,
  );
});

test('a filter may hold no more than the block can', () => {
  const [first, second] = Object.values(SILENT_SPENDS) as [(n: number) => Spend, (n: number) => Spend];
  const block = blockOf([[first(1), second(2)]]);
  // A coinbase's output, that of the transaction, and two inputs that may spend anything.
  for (const [extra, kind] of [
    [0, 'possible'],
    [1, 'possible'],
    [2, 'possible'],
    [3, 'wrong'],
  ] as const) {
    const more = Array.from({ length: extra }, (_, n) => aScript(1000 + n));
    const filter = buildBasicFilter(block.blockHash, [...shownBy(block), ...more]);
    assert.equal(judge(block, filter).kind, kind, `${extra} more`);
  }
  const tooMany = Array.from({ length: 3 }, (_, n) => aScript(1000 + n));
  const filter = buildBasicFilter(block.blockHash, [...shownBy(block), ...tooMany]);
  assert.equal(detailOf(judge(block, filter)), '5 scripts, where 2 to 4 belong');
});

test('where all is known one script more, or another one, is wrong', () => {
  const block = blockOf([spendsOf(NESTED_SPENDS)]);
  const elements = shownBy(block);
  for (const scripts of [
    [...elements, aScript(1000)],
    [...elements.slice(1), aScript(1000)],
    elements.slice(1),
    [],
  ]) {
    assert.equal(judge(block, buildBasicFilter(block.blockHash, scripts)).kind, 'wrong');
  }
});

test('what is no filter, or that of another block, is wrong', () => {
  const block = blockOf([spendsOf(PLAIN_SPENDS)]);
  const filter = filterOf(block);
  assert.match(detailOf(judge(block, new Uint8Array(0))), /^malformed: /);
  assert.match(detailOf(judge(block, filter.subarray(0, -1))), /^malformed: /);
  assert.match(detailOf(judge(block, Uint8Array.of(...filter, 0))), /^malformed: /);
  assert.equal(judge(block, Uint8Array.of(0)).kind, 'wrong');
  assert.equal(judge(block, filterOf({ ...block, blockHash: aBlockHash(2) })).kind, 'wrong');
});

test('two scripts that become the same number convict nobody', () => {
  // In a filter of two numbers scripts are told apart by 20 bits: among some thousands there is a pair that is not.
  const seen = new Map<string, Uint8Array>();
  const pair: Uint8Array[] = [];
  for (let n = 0; pair.length === 0; n++) {
    const two = buildBasicFilter(aBlockHash(1), [aScript(0), aScript(n + 1)]);
    const other = seen.get(toHex(two));
    if (other !== undefined) pair.push(other, aScript(n + 1));
    seen.set(toHex(two), aScript(n + 1));
  }
  const coinbase = aCoinbase(0, { outputs: pair.map((script) => anOutput(1n, script)) });
  const block: KnownBlock = { blockHash: aBlockHash(1), transactions: [identify(coinbase)], spent: [] };
  const filter = filterOf(block);
  assert.equal(filter[0], 2);
  assert.deepEqual(judge(block, filter), { kind: 'exact' });
});

for (const [name, spendOf] of Object.entries(ALL_SPENDS)) {
  test(`the true filter of a block is not wrong whatever its inputs show: ${name}`, () => {
    const block = blockOf([[spendOf(1)], [spendOf(2), spendOf(3)]]);
    const { kind } = judge(block, filterOf(block));
    assert.equal(kind, Object.hasOwn(NESTED_SPENDS, name) ? 'exact' : 'possible');
  });
}

const spend: fc.Arbitrary<Spend> = fc
  .tuple(fc.constantFrom(...Object.values(ALL_SPENDS)), fc.nat(20))
  .map(([spendOf, n]) => spendOf(n));

/** Blocks whose transactions also spend outputs of one another. */
const block: fc.Arbitrary<KnownBlock> = fc
  .tuple(
    fc.array(fc.array(spend, { minLength: 1, maxLength: 4 }), { maxLength: 5 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(), spend), { maxLength: 6 }),
    fc.nat(60_000),
  )
  .map(([transactions, within, n]) => {
    const paid = [
      new Uint8Array(0),
      Uint8Array.of(0x6a, 1, 1),
      aScript(500),
      aScript(500),
      Uint8Array.of(0x51),
    ];
    const made = blockOf(transactions, paid);
    return spendWithin({ ...made, blockHash: aBlockHash(n) }, within);
  });

/** Adds transactions that spend outputs of the block itself, and that show what they like. */
function spendWithin(made: KnownBlock, within: readonly (readonly [number, number, Spend])[]): KnownBlock {
  const transactions: IdentifiedTx[] = [...made.transactions];
  const spent = [...made.spent];
  for (const [which, where, shown] of within) {
    const { txid, tx } = transactions[which % transactions.length] as IdentifiedTx;
    const vout = where % tx.outputs.length;
    const input: TxInput = { ...inputOf(shown, 0), previous: { txid, vout } };
    spent.push(tx.outputs[vout]?.script as Uint8Array);
    const outputs = [anOutput(1n, aScript(600 + transactions.length))];
    transactions.push(identify(aTx(9, { inputs: [input], outputs })));
  }
  return { ...made, transactions, spent };
}

test('the true filter of any block is exact where all is known, else possible', () => {
  fc.assert(
    fc.property(block, (any) => {
      const { unknown } = spentScripts(any.transactions);
      assert.equal(judge(any, filterOf(any)).kind, unknown.length === 0 ? 'exact' : 'possible');
    }),
    { numRuns: 300 },
  );
});

test('a filter is wrong without any one of the scripts that a block shows, whatever stands there instead', () => {
  fc.assert(
    fc.property(block, fc.nat(), fc.nat(3), (any, which, more) => {
      const shown = shownBy(any);
      const left = shown[which % shown.length] as Uint8Array;
      const others = elementsOf(any).filter((script) => toHex(script) !== toHex(left));
      const instead = Array.from({ length: more }, (_, n) => aScript(10_000 + n));
      assert.equal(judge(any, buildBasicFilter(any.blockHash, [...others, ...instead])).kind, 'wrong');
    }),
    { numRuns: 300 },
  );
});

test('whatever the bytes of a filter, there is a judgement', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.constant(Uint8Array.of(0)));
  fc.assert(
    fc.property(block, bytes, (any, filter) => {
      assert.match(judge(any, filter).kind, /^(wrong|possible)$/);
    }),
    { numRuns: 300 },
  );
});

test('a block hash has 32 bytes', () => {
  const made = blockOf([]);
  assert.throws(() => judgeFilter(filterOf(made), made.blockHash.subarray(1), made.transactions), RangeError);
});
