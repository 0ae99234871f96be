import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTransaction } from '../../../src/cli/send/transaction-input.ts';
import { toHex } from '../../../src/bytes/hex.ts';
import { encode } from '../../../src/wire/codec.ts';
import { identify } from '../../../src/wire/identified-tx.ts';
import { type Tx, tx } from '../../../src/wire/tx.ts';
import { FakeTerminal } from '../../support/fake-terminal.ts';
import { payingTx } from '../../support/tx-events.ts';

const GOOD = payingTx(1);

function read(value: Tx | string): ReturnType<typeof readTransaction> {
  const text = typeof value === 'string' ? value : toHex(encode(tx, value));
  return readTransaction(text, new FakeTerminal());
}

test('a transaction is read, with its name', async () => {
  assert.deepEqual((await read(GOOD)).txid, identify(GOOD).txid);
});

test('it may come through standard input', async () => {
  const terminal = new FakeTerminal({ input: `${toHex(encode(tx, GOOD))}\n` });
  assert.deepEqual((await readTransaction('-', terminal)).txid, identify(GOOD).txid);
});

const [input] = GOOD.inputs;
const [output] = GOOD.outputs;
if (input === undefined || output === undefined) throw new Error('one of each');
const COINBASE_INPUT = { ...input, previous: { txid: new Uint8Array(32), vout: 0xffffffff } };

const REFUSED: readonly (readonly [code: string, value: Tx | string])[] = [
  ['bad-hex', 'xyz'],
  ['unexpected-end', '02000000'],
  ['trailing-bytes', `${toHex(encode(tx, GOOD))}00`],
  ['bad-txns-vout-empty', { ...GOOD, outputs: [] }],
  ['bad-txns-inputs-duplicate', { ...GOOD, inputs: [input, input] }],
  ['bad-txns-vout-negative', { ...GOOD, outputs: [{ ...output, valueSats: -1n }] }],
  ['coinbase', { ...GOOD, inputs: [{ ...COINBASE_INPUT, script: new Uint8Array(4) }] }],
];

for (const [code, value] of REFUSED) {
  test(`what can never be valid is refused with its code: ${code}`, async () => {
    await assert.rejects(read(value), { code });
  });
}
