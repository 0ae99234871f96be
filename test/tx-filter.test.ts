import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../src/bytes/hex.ts';
import { mainnet } from '../src/networks/mainnet.ts';
import { regtest } from '../src/networks/regtest.ts';
import { TxFilter, type TxFilterOptions } from '../src/tx-filter.ts';
import { outputOf, txEvent, txidOf } from './support/tx-events.ts';

/** The example address of BIP 173 on three networks, and what it stands for. */
const ADDRESS = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
const MAINNET_ADDRESS = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4';
const SCRIPT = '0014751e76e8199196d454941c45d1b3a323f1433bd6';
const OTHER_SCRIPT = `5120${'ab'.repeat(32)}`;
const OTHER = outputOf({ type: 'p2tr', scriptHex: OTHER_SCRIPT });

function filter(options: TxFilterOptions): TxFilter {
  return new TxFilter(options, regtest);
}

test('without options every transaction is shown', () => {
  const all = filter({});
  assert.deepEqual([all.isEmpty, all.needsSpentScripts], [true, false]);
  assert.ok(all.matches(txEvent(1), []));
  assert.equal(filter({ addresses: [], minValueSats: 0 }).isEmpty, true);
});

test('an address is looked for among the outputs, and among the outputs that are spent', () => {
  const watched = filter({ addresses: [ADDRESS] });
  assert.deepEqual([watched.isEmpty, watched.needsSpentScripts], [false, true]);
  assert.ok(watched.matches(txEvent(1), []));
  const elsewhere = txEvent(1, { outputs: [OTHER] });
  assert.ok(!watched.matches(elsewhere, []));
  assert.ok(watched.matches(elsewhere, [fromHex(OTHER_SCRIPT), fromHex(SCRIPT)]));
});

test('a script of either case is looked for in the same places', () => {
  const watched = filter({ scripts: [OTHER_SCRIPT.toUpperCase()] });
  assert.ok(!watched.matches(txEvent(1), []));
  assert.ok(watched.matches(txEvent(1), [fromHex(OTHER_SCRIPT)]));
  assert.ok(watched.matches(txEvent(1, { outputs: [outputOf(), OTHER] }), []));
});

test('of addresses and scripts together any one will do', () => {
  const watched = filter({ addresses: [ADDRESS], scripts: [OTHER_SCRIPT] });
  assert.ok(watched.matches(txEvent(1), []));
  assert.ok(watched.matches(txEvent(1, { outputs: [OTHER] }), []));
});

test('the least value is compared with the sum of the outputs', () => {
  const watched = filter({ minValueSats: 500 });
  assert.equal(watched.needsSpentScripts, false);
  assert.deepEqual(
    [499, 500, 501].map((outputTotalSats) => watched.matches(txEvent(1, { outputTotalSats }), [])),
    [false, true, true],
  );
});

test('one output of one of the types is enough', () => {
  const watched = filter({ types: ['p2tr', 'p2a'] });
  assert.ok(!watched.matches(txEvent(1), []));
  assert.ok(watched.matches(txEvent(1, { outputs: [outputOf(), OTHER] }), []));
});

test('txids of either case are found', () => {
  const watched = filter({ txids: [txidOf(0xab).toUpperCase(), txidOf(2)] });
  assert.deepEqual(
    [0xab, 2, 3].map((number) => watched.matches(txEvent(number), [])),
    [true, true, false],
  );
});

test('of different kinds all have to fit', () => {
  const watched = filter({ txids: [txidOf(1)], types: ['p2wpkh'], minValueSats: 10, addresses: [ADDRESS] });
  assert.ok(watched.matches(txEvent(1), []));
  assert.ok(!watched.matches(txEvent(2), []));
  assert.ok(!watched.matches(txEvent(1, { outputTotalSats: 9 }), []));
  assert.ok(!watched.matches(txEvent(1, { outputs: [OTHER] }), [fromHex(SCRIPT)]));
  assert.ok(!watched.matches(txEvent(1, { outputs: [outputOf({ scriptHex: '51' })] }), []));
});

const REFUSED: readonly (readonly [string, TxFilterOptions, RegExp])[] = [
  [
    'an address of another network',
    { addresses: [MAINNET_ADDRESS] },
    /an address of mainnet, not of regtest/,
  ],
  [
    'a wrong checksum',
    { addresses: [`${ADDRESS.slice(0, -1)}q`] },
    /^wrong address "bcrt1qw508d6\.\.": the checksum/,
  ],
  ['no address', { addresses: ['\u001b[31m'] }, /^wrong address "\?\[31m": /],
  ['half a byte', { scripts: ['abc'] }, /"abc" is no script/],
  ['an empty script', { scripts: [''] }, /is no script/],
  ['what is no type', { types: ['p2foo' as 'p2a'] }, /"p2foo" is no type of output: there are p2wpkh, /],
  ['a short txid', { txids: ['ab'.repeat(31)] }, /"abababababab\.\." is no txid/],
  ['half a satoshi', { minValueSats: 0.5 }, /minValueSats is 0\.5, not a whole number from 0/],
  ['less than nothing', { minValueSats: -1 }, /minValueSats is -1/],
];

for (const [what, options, message] of REFUSED) {
  test(`${what} is refused, and shown in part at most`, () => {
    assert.throws(() => filter(options), { message });
  });
}

test('addresses are those of the network', () => {
  const watched = new TxFilter({ addresses: [MAINNET_ADDRESS] }, mainnet);
  assert.ok(watched.matches(txEvent(1), []));
});
