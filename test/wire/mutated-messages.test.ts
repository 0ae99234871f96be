/**
 * What a stranger may send of transactions and blocks, changed at random: it ends with a stable code or passes, and costs
 * no more memory than its bytes are worth. A failure prints the seed that repeats it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat } from '../../src/bytes/concat.ts';
import { DecodeError } from '../../src/bytes/decode-error.ts';
import { toHex } from '../../src/bytes/hex.ts';
import { checkBlock } from '../../src/chain/check-block.ts';
import { checkTransaction } from '../../src/chain/check-transaction.ts';
import { block } from '../../src/wire/block.ts';
import { encode } from '../../src/wire/codec.ts';
import { identify } from '../../src/wire/identified-tx.ts';
import { decodeReceived, encodePayload } from '../../src/wire/message.ts';
import { type Tx, tx } from '../../src/wire/tx.ts';
import { DECODE_ERROR_CODES } from '../support/cases.ts';
import { aBlock, aCommittingCoinbase, anInput, anOutput, aTx } from '../support/made-blocks.ts';

const RULES: ReadonlySet<string> = new Set([
  'bad-txns-vin-empty',
  'bad-txns-vout-empty',
  'bad-txns-oversize',
  'bad-txns-vout-negative',
  'bad-txns-vout-toolarge',
  'bad-txns-txouttotal-toolarge',
  'bad-txns-inputs-duplicate',
  'bad-cb-length',
  'bad-txns-prevout-null',
  'bad-txnmrklroot',
  'bad-txns-duplicate',
  'bad-txns-64-bytes',
  'bad-witness-nonce-size',
  'bad-witness-merkle-match',
  'unexpected-witness',
  'bad-blk-length',
  'bad-cb-missing',
  'bad-cb-multiple',
  'bad-blk-weight',
]);

type Command = 'tx' | 'block' | 'inv' | 'getdata' | 'notfound';

/** Goes the whole way that a message goes; returns the code that it ends with, or `fine`. */
function fate(command: Command, payload: Uint8Array): string {
  try {
    const message = decodeReceived(command, payload);
    if (message.command === 'tx') {
      const { tx: own, raw, size } = identify(message.payload);
      assert.equal(raw.length, size.sizeBytes);
      assert.equal(toHex(raw), toHex(payload.subarray(0, raw.length)), 'the very bytes that came');
      return checkTransaction(own)?.rule ?? 'fine';
    }
    if (message.command !== 'block') return 'fine';
    const { header, transactions } = message.payload;
    return checkBlock(header, transactions.map(identify))?.rule ?? 'fine';
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
    return error.code;
  }
}

function checkFate(command: Command, payload: Uint8Array): string {
  const code = fate(command, payload);
  assert.ok(code === 'fine' || RULES.has(code) || DECODE_ERROR_CODES.some((one) => one === code), code);
  return code;
}

const witness = [new Uint8Array(71).fill(0x30), new Uint8Array(33).fill(2)];
const ORDINARY: Tx = aTx(1, {
  inputs: [anInput(1, { witness }), anInput(2, { witness, script: new Uint8Array(23) })],
  outputs: [anOutput(5000n, new Uint8Array(22)), anOutput(7000n, new Uint8Array(34))],
});
const OTHERS = [ORDINARY, aTx(3), aTx(4, { inputs: [anInput(4, { witness })] })];
const BLOCK = aBlock([aCommittingCoinbase(OTHERS), ...OTHERS]);
const ITEMS = Array.from({ length: 20 }, (_, n) => ({ type: 1 + (n % 5), hash: new Uint8Array(32).fill(n) }));

const HONEST: Readonly<Record<Command, Uint8Array>> = {
  tx: encode(tx, ORDINARY),
  block: encode(block, { header: BLOCK.header, transactions: BLOCK.transactions.map((one) => one.tx) }),
  inv: encodePayload({ command: 'inv', payload: { items: ITEMS } }),
  getdata: encodePayload({ command: 'getdata', payload: { items: ITEMS } }),
  notfound: encodePayload({ command: 'notfound', payload: { items: ITEMS } }),
};
const COMMANDS = Object.keys(HONEST) as Command[];

/** Counts that are far too large, in each form of a CompactSize. */
const BOMBS: readonly (readonly number[])[] = [
  [0xfc],
  [0xfd, 0xff, 0xff],
  [0xfe, 0x00, 0x00, 0x00, 0x02],
  [0xfe, 0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80],
];

/** What is done to the bytes; positions wrap around. */
type Change = (bytes: Uint8Array) => Uint8Array;
const at = (position: number, bytes: Uint8Array): number => position % (bytes.length + 1);

/** The first bytes, and those behind a block's header, hold counts: changed more often than chance would. */
const anywhere = fc.oneof(fc.nat(), fc.nat(8), fc.integer({ min: 80, max: 90 }));

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(anywhere, fc.nat(7)).map(([position, bit]): Change => (bytes) => {
    const flipped = Uint8Array.from(bytes);
    const i = at(position, bytes);
    if (i < flipped.length) flipped[i]! ^= 1 << bit;
    return flipped;
  }),
  fc.nat().map(
    (position): Change =>
      (bytes) =>
        bytes.slice(0, at(position, bytes)),
  ),
  fc.tuple(anywhere, fc.uint8Array({ maxLength: 40 })).map(([position, more]): Change => (bytes) => {
    const i = at(position, bytes);
    return concat([bytes.subarray(0, i), more, bytes.subarray(i)]);
  }),
  fc.tuple(anywhere, fc.nat(40)).map(([position, length]): Change => (bytes) => {
    const i = at(position, bytes);
    return concat([bytes.subarray(0, i), bytes.subarray(i + length)]);
  }),
  fc.tuple(anywhere, fc.constantFrom(...BOMBS)).map(([position, bomb]): Change => (bytes) => {
    const i = at(position, bytes);
    return concat([bytes.subarray(0, i), Uint8Array.from(bomb), bytes.subarray(i + 1)]);
  }),
);

for (const command of COMMANDS) {
  test(`a ${command} message is fine as it is, and ends with a stable code however it is changed`, () => {
    assert.equal(checkFate(command, HONEST[command]), 'fine');
    const found = new Set<string>();
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        found.add(
          checkFate(
            command,
            changes.reduce((bytes, one) => one(bytes), HONEST[command]),
          ),
        );
      }),
      { numRuns: 3000 },
    );
    // The changes reach past the codec, and more than one of its codes.
    const reached = command === 'tx' || command === 'block' ? 6 : 3;
    assert.ok(found.size >= reached, [...found].join());
  });

  test(`every byte of a ${command} message may be any other, and every end may be missing`, () => {
    const honest = HONEST[command];
    for (let i = 0; i < honest.length; i++) {
      checkFate(command, honest.subarray(0, i));
      for (const byte of [0x00, 0x01, 0x7f, 0x80, 0xfd, 0xfe, 0xff, honest[i]! ^ 1]) {
        checkFate(command, honest.with(i, byte));
      }
    }
  });
}

test('no single changed bit of a block passes, but in what the header says of itself', () => {
  const honest = HONEST.block;
  for (let i = 80; i < honest.length; i++) {
    for (let bit = 0; bit < 8; bit++) {
      assert.notEqual(checkFate('block', honest.with(i, honest[i]! ^ (1 << bit))), 'fine', `byte ${i}`);
    }
  }
});

test('a claimed count costs nothing until the bytes for it are there', () => {
  const header = new Uint8Array(80);
  const version = Uint8Array.of(2, 0, 0, 0);
  const oneInput = concat([
    version,
    Uint8Array.of(0, 1, 1),
    new Uint8Array(36),
    Uint8Array.of(0, 0, 0, 0, 0),
  ]);
  const oneOutput = concat([Uint8Array.of(1), new Uint8Array(8), Uint8Array.of(0)]);
  const prefixes: readonly (readonly [Command, Uint8Array])[] = [
    ['inv', new Uint8Array(0)],
    ['getdata', new Uint8Array(0)],
    ['notfound', new Uint8Array(0)],
    ['block', header],
    ['tx', version],
    ['tx', oneInput],
    ['tx', concat([oneInput, oneOutput])],
    ['tx', concat([oneInput, oneOutput, Uint8Array.of(1)])],
  ];
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  for (let i = 0; i < 200; i++) {
    for (const [command, prefix] of prefixes) {
      const bomb = BOMBS[2 + (i % 4)]!;
      const code = fate(command, concat([prefix, Uint8Array.from(bomb)]));
      assert.match(code, /^(unexpected-end|over-limit)$/);
      // Room for the 32 million that a count may claim would show at once.
      const now = process.memoryUsage();
      assert.ok(now.arrayBuffers - arrayBuffers < 16e6, `${now.arrayBuffers - arrayBuffers} bytes`);
      assert.ok(now.heapUsed - heapUsed < 64e6, `${now.heapUsed - heapUsed} bytes`);
    }
  }
});

test('a message full of the smallest parts takes memory in proportion to its bytes', () => {
  // A witness of three million empty items: the most parts that bytes can hold.
  const [input] = aTx(1).inputs;
  const empty = new Uint8Array(0);
  const heavy = aTx(1, { inputs: [{ ...input!, witness: Array.from({ length: 3_000_000 }, () => empty) }] });
  const encoded = encode(tx, heavy);
  const before = process.memoryUsage();
  const decoded = decodeReceived('tx', encoded);
  const { size } = identify(decoded.payload);
  const after = process.memoryUsage();
  assert.equal(size.sizeBytes, encoded.length);
  const grown = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  assert.ok(grown < 40 * encoded.length, `${grown} bytes for ${encoded.length}`);
});
