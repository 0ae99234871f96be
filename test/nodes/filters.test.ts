/** Filters of the blocks of a real bitcoind: built, matched and judged here, and made by its own index there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import { distinctScripts } from '../../src/filters/basic-filter.ts';
import {
  buildBasicFilter,
  filterElements,
  filterHash,
  filterHeader,
  FilterMatcher,
  judgeFilter,
  NO_FILTER_HEADER,
} from '../../src/filters/index.ts';
import { spentScripts } from '../../src/filters/spent-scripts.ts';
import { encode } from '../../src/wire/codec.ts';
import { fromDisplayHex } from '../../src/wire/index.ts';
import { tx, type Tx } from '../../src/wire/tx.ts';
import { aScript } from '../support/filters.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { EAGER_ARGS, startWallet } from '../support/nodes/mempool-watcher.ts';
import { FILTER_ARGS } from '../support/nodes/paying-nodes.ts';
import { signKinds } from '../support/nodes/transaction-kinds.ts';
import { type TrueBlock, TrueFilters } from '../support/nodes/true-filters.ts';
import { type Coin, FEE_SATS, type Wallet } from '../support/nodes/wallet.ts';
import { FALSE_SPENDS, inputOf, NESTED_SPENDS, SILENT_SPENDS, type Spend } from '../support/spends.ts';

const options = { skip: skipWithoutNodes('bitcoind'), timeout: 120_000 };
const ARGS = [...EAGER_ARGS, ...FILTER_ARGS];

test('filters and filter headers of blocks of every kind are those of bitcoind', options, async (t) => {
  const wallet = await startWallet(t, ARGS);
  const { node } = wallet;
  // In one block, in blocks of their own, and spent again in the block that they are made in.
  await node.mineExactly(Object.values(await signKinds(wallet)));
  for (const hex of Object.values(await signKinds(wallet))) await node.mineExactly([hex]);
  await mineChain(wallet, 25);

  // Which holds each filter of ours against the node's.
  const { blocks } = await TrueFilters.of(node);
  const names = blocks.map(({ hash }) => toDisplayHex(hash));
  const theirs = await node.rpcBatch<{ header: string }>(names.map((name) => ['getblockfilter', [name]]));
  let header = NO_FILTER_HEADER;
  for (const [height, { filter }] of blocks.entries()) {
    header = filterHeader(filterHash(filter), header);
    assert.equal(toDisplayHex(header), theirs[height]?.header, `block ${height}`);
  }
  for (const block of blocks) checkMatches(block);
  const kinds = blocks.map(checkJudgements);
  assert.ok(kinds.includes('exact') && kinds.includes('possible'));
});

test(
  'bitcoind takes blocks whose inputs deceive, and their filters are not found wrong',
  options,
  async (t) => {
    const wallet = await startWallet(t, ARGS);
    const made = { ...SILENT_SPENDS, ...NESTED_SPENDS, ...FALSE_SPENDS };
    const kinds = Object.keys(made).filter((kind) => !NEEDS_KEY.has(kind));
    const deceivers = new Set(Object.keys(FALSE_SPENDS));
    for (const [n, kind] of kinds.entries()) {
      const spend = made[kind]?.(n) as Spend;
      const [coin] = await wallet.coins([spend.spent]);
      assert.ok(coin !== undefined);
      // The node asks its rules of a block, not those of what it relays.
      await wallet.node.mineExactly([spending(spend, coin)]);
      const { hash } = await wallet.node.tip();
      const block = (await TrueFilters.of(wallet.node)).blocks.at(-1) as TrueBlock;
      assert.deepEqual(block.hash, fromDisplayHex(hash));
      assert.deepEqual(block.spentScripts.map(toHex), [toHex(spend.spent)], kind);
      const judgement = judgeFilter(block.filter, block.hash, block.transactions);
      const expected = { kind: 'possible', doubts: deceivers.has(kind) ? 1 : 0 };
      assert.deepEqual(judgement, Object.hasOwn(NESTED_SPENDS, kind) ? { kind: 'exact' } : expected, kind);
    }
  },
);

/** What a signature is asked for in earnest. */
const NEEDS_KEY = new Set([
  'p2tr key path',
  'p2tr key path, another sighash',
  'p2tr script path',
  'p2pk',
  'bare multisig',
  'p2sh-p2wpkh',
  'p2sh-p2wsh',
]);

/** Each transaction spends what the one before it pays, all in one block. */
async function mineChain(wallet: Wallet, length: number): Promise<void> {
  const types = ['legacy', 'p2sh-segwit', 'bech32', 'bech32m'] as const;
  for (let i = 0; i < length; i++) {
    await wallet.node.rpc('sendtoaddress', [
      await wallet.newAddress(types[i % types.length] ?? 'bech32'),
      0.01 * (i + 1),
    ]);
    if (i % 6 === 5) await wallet.node.rpc('generatetoaddress', [1, await wallet.newAddress('bech32m')]);
  }
  await wallet.node.mine(1);
}

function checkMatches({ hash, filter, elements, height }: TrueBlock): void {
  for (const script of distinctScripts(elements).slice(0, 50)) {
    assert.equal(
      new FilterMatcher([script]).matches(filter, hash),
      'match',
      `block ${height}, ${toHex(script)}`,
    );
  }
  const all = elements.length === 0 ? 'none' : 'match';
  assert.equal(new FilterMatcher(elements).matches(filter, hash), all, `block ${height}`);
  const others = Array.from({ length: 20 }, (_, n) => aScript(20 * height + n));
  assert.equal(new FilterMatcher(others).matches(filter, hash), 'none', `block ${height}`);
}

/** The true filter is not wrong, nor doubtful, as nobody deceives; one without a script that the block shows is wrong. */
function checkJudgements({ hash, filter, transactions, elements, height }: TrueBlock): string {
  const judgement = judgeFilter(filter, hash, transactions);
  const { known, unknown } = spentScripts(transactions);
  assert.deepEqual(
    judgement,
    unknown.length === 0 ? { kind: 'exact' } : { kind: 'possible', doubts: 0 },
    `block ${height}`,
  );
  const shown = filterElements(
    transactions.map((one) => one.tx),
    known,
  );
  for (const script of distinctScripts(shown).slice(0, 20)) {
    const others = elements.filter((element) => toHex(element) !== toHex(script));
    for (const more of [[], [aScript(height)]]) {
      const { kind } = judgeFilter(buildBasicFilter(hash, [...others, ...more]), hash, transactions);
      assert.equal(kind, 'wrong', `block ${height} without ${toHex(script)}`);
    }
  }
  return judgement.kind;
}

/** Sends a coin on, in hexadecimal. */
function spending(spend: Spend, coin: Coin): string {
  const previous = { txid: fromDisplayHex(coin.txid), vout: coin.vout };
  const made: Tx = {
    version: 2,
    inputs: [{ ...inputOf(spend, 0), previous }],
    outputs: [{ valueSats: coin.valueSats - FEE_SATS, script: aScript(coin.vout) }],
    lockTime: 0,
  };
  return toHex(encode(tx, made));
}
