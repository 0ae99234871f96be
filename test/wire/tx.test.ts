import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromDisplayHex, fromHex, toDisplayHex } from '../../src/bytes/hex.ts';
import { decode } from '../../src/wire/codec.ts';
import { hasWitness, type Tx, tx, txid, txSize, wtxid } from '../../src/wire/tx.ts';
import { checkCases, refusal } from '../support/cases.ts';

/** The coinbase of mainnet's genesis block. */
const COINBASE_SCRIPT_HEX =
  '04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e20' +
  '6272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73';
const COINBASE_OUTPUT_HEX =
  '4104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c' +
  '384df7ba0b8d578a4c702b6bf11d5fac';
const COINBASE_HEX =
  `0100000001${'00'.repeat(32)}ffffffff4d${COINBASE_SCRIPT_HEX}ffffffff` +
  `0100f2052a0100000043${COINBASE_OUTPUT_HEX}00000000`;
const COINBASE: Tx = {
  version: 1,
  inputs: [
    {
      previous: { txid: new Uint8Array(32), vout: 0xffffffff },
      script: fromHex(COINBASE_SCRIPT_HEX),
      sequence: 0xffffffff,
      witness: [],
    },
  ],
  outputs: [{ valueSats: 50_0000_0000n, script: fromHex(COINBASE_OUTPUT_HEX) }],
  lockTime: 0,
};

/** The signed example of BIP 143 for P2WPKH: the first input has no witness, the second has two items. */
const SEGWIT_HEX =
  '01000000000102fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f000000004948304502' +
  '21008b9d1dc26ba6a9cb62127b02742fa9d754cd3bebf337f7a55d114c8e5cdd30be022040529b194ba3f9281a99f2b1' +
  'c0a19c0489bc22ede944ccf4ecbab4cc618ef3ed01eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287' +
  'd9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac' +
  '7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac000247304402203609' +
  'e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f90300e8f33' +
  '58f51928d43c212a8caed02de67eebee0121025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07ae' +
  'ee635711000000';

const INPUT_HEX = `${'11'.repeat(32)}0200000000fdffffff`;
const INPUT = {
  previous: { txid: fromHex('11'.repeat(32)), vout: 2 },
  script: new Uint8Array(0),
  sequence: 0xfffffffd,
  witness: [],
};
const OUTPUT_HEX = 'e8030000000000000151';
const OUTPUT = { valueSats: 1000n, script: fromHex('51') };

test('a transaction without witnesses is written in the old form', () => {
  checkCases(tx, { accepted: [[COINBASE, COINBASE_HEX]] });
  assert.equal(hasWitness(COINBASE), false);
});

test('a transaction with a witness is written in the extended form, a stack for each input', () => {
  const segwit: Tx = {
    version: 2,
    inputs: [INPUT, { ...INPUT, witness: [new Uint8Array(0), fromHex('aabb')] }],
    outputs: [OUTPUT],
    lockTime: 500_000_000,
  };
  const hex = `02000000000102${INPUT_HEX}${INPUT_HEX}01${OUTPUT_HEX}00020002aabb0065cd1d`;
  checkCases(tx, { accepted: [[segwit, hex]] });
  assert.equal(hasWitness(segwit), true);
});

test('ids and sizes of an old transaction do not tell witness from none', () => {
  const id = '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b';
  assert.equal(toDisplayHex(txid(COINBASE)), id);
  assert.equal(toDisplayHex(wtxid(COINBASE)), id);
  assert.deepEqual(txSize(COINBASE), { sizeBytes: 204, weight: 816, vsize: 204 });
});

test('the txid leaves witnesses out, the wtxid takes them in, and a witness byte weighs a quarter', () => {
  const segwit = decode(tx, fromHex(SEGWIT_HEX));
  checkCases(tx, { accepted: [[segwit, SEGWIT_HEX]] });
  assert.deepEqual(
    segwit.inputs.map(({ witness }) => witness.map((item) => item.length)),
    [[], [71, 33]],
  );
  assert.equal(
    toDisplayHex(txid(segwit)),
    'e8151a2af31c368a35053ddd4bdb285a8595c769a3ad83e0fa02314a602d4609',
  );
  assert.equal(
    toDisplayHex(wtxid(segwit)),
    'c36c38370907df2324d9ce9d149d191192f338b37665a82e78e76a12c909b762',
  );
  // 1042 / 4 = 260.5, rounded up.
  assert.deepEqual(txSize(segwit), { sizeBytes: 343, weight: 1042, vsize: 261 });
});

test('an input is named by the id of the transaction that it spends', () => {
  const [input] = decode(tx, fromHex(SEGWIT_HEX)).inputs;
  assert.deepEqual(input?.previous, {
    txid: fromDisplayHex('9f96ade4b41d5433f4eda31e1738ec2b36f6e7d1420d94a6af99801a88f7f7ff'),
    vout: 0,
  });
});

test('the witness flag is refused on a transaction without any witness', () => {
  const hex = `01000000000101${INPUT_HEX}01${OUTPUT_HEX}0000000000`;
  checkCases(tx, { refused: [[hex, 'bad-value', 'flag']] });
  assert.equal(refusal(tx, fromHex(hex)).offset, 5);
  // No inputs at all, and so no witness either.
  checkCases(tx, { refused: [[`0100000000010001${OUTPUT_HEX}00000000`, 'bad-value', 'flag']] });
  checkCases(tx, { refused: [['01000000000100000000000000', 'bad-value', 'flag']] });
});

test('a flag that is not 1 is refused before what follows it is read', () => {
  for (const flag of ['02', '03', '80', 'ff']) {
    checkCases(tx, { refused: [[`0100000000${flag}`, 'bad-value', 'flag']] });
  }
  checkCases(tx, {
    refused: [[`01000000000301${INPUT_HEX}01${OUTPUT_HEX}010000000000`, 'bad-value', 'flag']],
  });
});

test('a transaction with neither inputs nor outputs is read, as Core reads it', () => {
  checkCases(tx, {
    accepted: [[{ version: 1, inputs: [], outputs: [], lockTime: 7 }, '01000000000007000000']],
  });
});

test('outputs without an input cannot be written, for they would be read as something else', () => {
  checkCases(tx, {
    unwritable: [[{ version: 1, inputs: [], outputs: [OUTPUT], lockTime: 0 }, RangeError]],
    // What those bytes mean: flag 1, then 232 inputs.
    refused: [[`010000000001${OUTPUT_HEX}00000000`, 'unexpected-end', 'inputs']],
  });
});

test('a transaction needs no outputs to be read', () => {
  checkCases(tx, {
    accepted: [
      [{ version: 1, inputs: [INPUT], outputs: [], lockTime: 0 }, `0100000001${INPUT_HEX}0000000000`],
    ],
  });
});

test('amounts are signed; version, sequence, position and lock time are not', () => {
  const extreme: Tx = {
    version: 0xffffffff,
    inputs: [{ ...INPUT, previous: { txid: INPUT.previous.txid, vout: 0xffffffff }, sequence: 0xffffffff }],
    outputs: [{ ...OUTPUT, valueSats: -1n }],
    lockTime: 0xffffffff,
  };
  const input = `${'11'.repeat(32)}ffffffff00ffffffff`;
  checkCases(tx, { accepted: [[extreme, `ffffffff01${input}01ffffffffffffffff0151ffffffff`]] });
});

test('a transaction that is cut short names the field that gave out', () => {
  checkCases(tx, {
    refused: [
      ['', 'unexpected-end', 'version'],
      ['01000000', 'unexpected-end', 'inputs'],
      ['0100000000', 'unexpected-end', 'flag'],
      ['01000000000100', 'unexpected-end', 'outputs'],
      ['010000000001', 'unexpected-end', 'inputs'],
      [`0100000001${INPUT_HEX.slice(2)}`, 'unexpected-end', 'inputs'],
      [`0100000001${'11'.repeat(36)}0500fdffffff`, 'unexpected-end', 'inputs/0/sequence'],
      [`0100000001${INPUT_HEX}`, 'unexpected-end', 'outputs'],
      [`0100000001${INPUT_HEX}01e80300000000000005510000`, 'unexpected-end', 'outputs/0/script'],
      [`0100000001${INPUT_HEX}01${OUTPUT_HEX}000000`, 'unexpected-end', 'lockTime'],
      [`01000000000101${INPUT_HEX}01${OUTPUT_HEX}`, 'unexpected-end', 'inputs/0/witness'],
      [`01000000000101${INPUT_HEX}01${OUTPUT_HEX}0201aa05`, 'unexpected-end', 'inputs/0/witness/1'],
      [`0100000001${INPUT_HEX}01${OUTPUT_HEX}0000000000`, 'trailing-bytes'],
    ],
  });
});

test('a count of 2^25 with 10 bytes left is refused before memory is spent, in each place that counts', () => {
  const huge = `fe00000002${'00'.repeat(10)}`;
  const beyond = `fe01000002${'00'.repeat(10)}`;
  const outPoint = '11'.repeat(36);
  for (const [prefix, path] of [
    ['01000000', 'inputs'],
    ['010000000001', 'inputs'],
    [`0100000001${outPoint}`, 'inputs/0/script'],
    [`0100000001${INPUT_HEX}`, 'outputs'],
    [`0100000001${INPUT_HEX}01e803000000000000`, 'outputs/0/script'],
    [`01000000000101${INPUT_HEX}01${OUTPUT_HEX}`, 'inputs/0/witness'],
    [`01000000000101${INPUT_HEX}01${OUTPUT_HEX}01`, 'inputs/0/witness/0'],
  ] as const) {
    checkCases(tx, {
      refused: [
        [prefix + huge, 'unexpected-end', path],
        [prefix + beyond, 'over-limit', path],
      ],
    });
  }
});

test('each field of an input and of an output is named when the bytes give out in it', () => {
  // The first input, or output, is so long that the second one's absence does not show in the count.
  const longInput = `${'11'.repeat(36)}50${'00'.repeat(80)}ffffffff`;
  const longOutput = `e80300000000000050${'00'.repeat(80)}`;
  const inputs = `0100000002${longInput}`;
  const outputs = `0100000001${INPUT_HEX}02${longOutput}`;
  checkCases(tx, {
    refused: [
      [`${inputs}${'11'.repeat(31)}`, 'unexpected-end', 'inputs/1/previous/txid'],
      [`${inputs}${'11'.repeat(35)}`, 'unexpected-end', 'inputs/1/previous/vout'],
      [`${inputs}${'11'.repeat(36)}`, 'unexpected-end', 'inputs/1/script'],
      [`${inputs}${'11'.repeat(36)}00ffffff`, 'unexpected-end', 'inputs/1/sequence'],
      [`${outputs}e8030000000000`, 'unexpected-end', 'outputs/1/valueSats'],
      [`${outputs}e803000000000000`, 'unexpected-end', 'outputs/1/script'],
    ],
  });
});
