import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat } from '../../src/bytes/concat.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { outputType } from '../../src/script/classify.ts';
import { revealedScripts } from '../../src/script/revealed-script.ts';
import { decode } from '../../src/wire/codec.ts';
import { tx, type TxInput } from '../../src/wire/tx.ts';
import { fixture } from '../support/repository.ts';
import { script } from '../support/scripts.ts';

const SIGNATURE = fromHex('300602010102017f01');
const KEY = fromHex(`02${'22'.repeat(32)}`);
const NONE = new Uint8Array();

function input(scriptSig: Uint8Array, ...witness: Uint8Array[]): TxInput {
  return { previous: { txid: new Uint8Array(32).fill(1), vout: 0 }, script: scriptSig, sequence: 0, witness };
}

/** What an input reveals, each as hexadecimal. */
function revealed(scriptSig: Uint8Array, ...witness: Uint8Array[]): string[] {
  return revealedScripts(input(scriptSig, ...witness)).map(toHex);
}

function pushed(...items: Uint8Array[]): Uint8Array {
  return concat(
    items.map((item) => concat([Uint8Array.of(0x4d, item.length & 0xff, item.length >> 8), item])),
  );
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function hash160(bytes: Uint8Array): string {
  return createHash('ripemd160').update(sha256(bytes)).digest('hex');
}

test('a signature and a key spend what pays to the hash of the key', () => {
  assert.deepEqual(revealed(pushed(SIGNATURE, KEY)), [`76a914${hash160(KEY)}88ac`]);
  assert.deepEqual(revealed(NONE, SIGNATURE, KEY), [`0014${hash160(KEY)}`]);
});

test('a script at the end spends what pays to its hash', () => {
  const redeem = fromHex('5151ae');
  assert.deepEqual(revealed(pushed(NONE, SIGNATURE, redeem)), [`a914${hash160(redeem)}87`]);
  assert.deepEqual(revealed(pushed(redeem)), [`a914${hash160(redeem)}87`]);
  assert.deepEqual(revealed(NONE, NONE, SIGNATURE, redeem), [`0020${sha256(redeem).toString('hex')}`]);
});

test('what looks like a key after what is no signature is a script', () => {
  assert.deepEqual(revealed(pushed(fromHex('aa'), KEY)), [`a914${hash160(KEY)}87`]);
});

test('a witness program at the end of the script spends what pays to its hash, whatever the witness', () => {
  const program = fromHex(`0014${hash160(KEY)}`);
  assert.deepEqual(revealed(pushed(program), SIGNATURE, KEY), [`a914${hash160(program)}87`]);
});

test('a compressed key after what is no signature is a witness script', () => {
  assert.deepEqual(revealed(NONE, fromHex('01'), KEY), [`0020${sha256(KEY).toString('hex')}`]);
  assert.deepEqual(revealed(NONE, SIGNATURE, SIGNATURE, KEY), [`0020${sha256(KEY).toString('hex')}`]);
});

test('Taproot reveals no output script', () => {
  const control = fromHex(`c0${'11'.repeat(32)}`);
  assert.deepEqual(revealed(NONE, fromHex('51'), control), []);
  assert.deepEqual(revealed(NONE, fromHex('51'), fromHex(`c1${'11'.repeat(64)}`)), []);
  assert.deepEqual(revealed(NONE, new Uint8Array(64), fromHex('50aa')), [], 'an annex');
});

test('a lone signature, operations, a push that is cut short and nothing reveal nothing', () => {
  for (const bytes of [
    pushed(SIGNATURE),
    NONE,
    fromHex('51'),
    fromHex('5161'),
    fromHex('02aa'),
    fromHex('00'),
  ])
    assert.deepEqual(revealed(bytes), [], toHex(bytes));
  assert.deepEqual(revealed(NONE, NONE), []);
});

test('a coinbase reveals nothing', () => {
  const coinbase = {
    ...input(pushed(fromHex('aabbccddee'))),
    previous: { txid: new Uint8Array(32), vout: 0xffffffff },
  };
  assert.deepEqual(revealedScripts(coinbase), []);
});

test('what is larger than any script that can run is not hashed', () => {
  const most = new Uint8Array(10_000).fill(0x61);
  assert.equal(revealed(NONE, most).length, 1);
  assert.equal(revealed(NONE, new Uint8Array(10_001).fill(0x61)).length, 0);
  assert.equal(revealed(pushed(most.slice(0, 520))).length, 1);
  assert.equal(revealed(pushed(most.slice(0, 521))).length, 0);
  assert.equal(revealed(pushed(most, KEY)).length, 0);
});

/** Real transactions and the kind of output that their first input spends. */
const KINDS = {
  p2pkh: ['p2pkh'],
  'p2sh-multisig': ['p2sh'],
  'p2sh-p2wpkh': ['p2sh'],
  p2wpkh: ['p2wpkh'],
  'p2wsh-multisig': ['p2wsh'],
  'many-witness-items': ['p2wsh'],
  'p2tr-script-path': [],
  coinbase: [],
};

for (const [kind, types] of Object.entries(KINDS)) {
  test(`what the fixture ${kind} spends is seen to be ${types[0] ?? 'nothing'}`, () => {
    const hex = readFileSync(fixture('transactions', `${kind}.hex`), 'utf8').trim();
    const [first] = decode(tx, fromHex(hex)).inputs;
    assert.deepEqual(revealedScripts(first as TxInput).map(outputType), types);
  });
}

test('any bytes at all reveal at most one script, of a kind that hides something', () => {
  fc.assert(
    fc.property(script, fc.array(script, { maxLength: 4 }), (scriptSig, witness) => {
      const scripts = revealedScripts(input(scriptSig, ...witness));
      assert.ok(scripts.length <= 1);
      for (const bytes of scripts)
        assert.ok(['p2pkh', 'p2sh', 'p2wpkh', 'p2wsh'].includes(outputType(bytes)));
    }),
  );
});
