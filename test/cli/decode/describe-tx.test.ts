import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeScript, describeTx } from '../../../src/cli/decode/describe-tx.ts';
import { mainnet } from '../../../src/networks/mainnet.ts';
import { regtest } from '../../../src/networks/regtest.ts';
import { decode, fromHex, tx } from '../../../src/wire/index.ts';
import { fixture } from '../../support/repository.ts';

function fixtureHex(...path: string[]): Uint8Array {
  return fromHex(readFileSync(fixture(...path), 'utf8').trim());
}

test('a transaction has both of its hashes, its sizes, and its witness', () => {
  const described = describeTx(decode(tx, fixtureHex('transactions', 'p2wpkh.hex')), regtest) as Record<
    string,
    unknown
  >;
  assert.equal(described['txid'], '9b6365602b378c95997e0d51c316b834704673106b7b77e9c9f5197714445283');
  assert.equal(described['wtxid'], '643bcb69dfaaca499d238b43261557c25711a63d1a18256d5a07a5301c76a27a');
  assert.deepEqual([described['size'], described['vsize'], described['weight']], [191, 110, 437]);
  const [input] = described['inputs'] as { witness: string[] }[];
  assert.deepEqual(
    input?.witness.map((item) => item.length / 2),
    [71, 33],
  );
});

test('an amount beyond what JavaScript counts exactly is given by its digits', () => {
  const decoded = decode(tx, fixtureHex('transactions', 'p2pkh.hex'));
  const outputs = [-1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n].map((valueSats) => ({
    valueSats,
    script: new Uint8Array(),
  }));
  const described = describeTx({ ...decoded, outputs }, regtest) as { outputs: { valueSats: unknown }[] };
  assert.deepEqual(
    described.outputs.map(({ valueSats }) => valueSats),
    [-1, 9_007_199_254_740_991, '9007199254740992', '9223372036854775807'],
  );
});

test('a script has its kind, its address on the network in question, and what it says', () => {
  const witness = fromHex('0014751e76e8199196d454941c45d1b3a323f1433bd6');
  assert.deepEqual(describeScript(witness, mainnet), {
    type: 'p2wpkh',
    address: 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    asm: '0 751e76e8199196d454941c45d1b3a323f1433bd6',
  });
  const { address } = describeScript(witness, regtest);
  assert.equal(address, 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080');
  assert.deepEqual(describeScript(fromHex('6a0568656c6c6f'), mainnet), {
    type: 'op-return',
    address: null,
    asm: 'OP_RETURN 68656c6c6f',
    text: 'hello',
  });
  assert.deepEqual(describeScript(fromHex('6a05ff'), mainnet), {
    type: 'nonstandard',
    address: null,
    asm: 'OP_RETURN [error]',
  });
});
