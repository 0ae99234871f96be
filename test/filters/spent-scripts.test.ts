import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '../../src/bytes/concat.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { likelyScripts, spentScripts } from '../../src/filters/spent-scripts.ts';
import { identify } from '../../src/wire/identified-tx.ts';
import type { TxInput } from '../../src/wire/tx.ts';
import { aScript } from '../support/filters.ts';
import { aCoinbase, anOutput, aTx } from '../support/made-blocks.ts';
import {
  aKey,
  FALSE_SPENDS,
  inputOf,
  NESTED_SPENDS,
  p2pkh,
  p2wpkh,
  PLAIN_SPENDS,
  program,
  push,
  SILENT_SPENDS,
} from '../support/spends.ts';

/** What a block with one such input shows. */
function shownBy(input: TxInput): { readonly known: string[]; readonly unknown: readonly TxInput[] } {
  const { known, unknown } = spentScripts([aCoinbase(), aTx(1, { inputs: [input] })].map(identify));
  return { known: known.map(toHex), unknown };
}

test('the output of a transaction in the same block is known', () => {
  const first = identify(aTx(1, { outputs: [anOutput(1n, aScript(1)), anOutput(2n, new Uint8Array(0))] }));
  const inputs = [0, 1, 2].map((vout) => ({ ...inputOf(plain(), 7), previous: { txid: first.txid, vout } }));
  const { known, unknown } = spentScripts([identify(aCoinbase()), first, identify(aTx(2, { inputs }))]);
  // What the input shows of itself does not matter then.
  assert.deepEqual(known.map(toHex), [toHex(aScript(1)), '']);
  // Of the first transaction, and one whose output there is not.
  assert.deepEqual(
    unknown.map(({ previous }) => previous.vout),
    [0, 2],
  );
});

test('a coinbase spends nothing', () => {
  assert.deepEqual(spentScripts([identify(aCoinbase())]), { known: [], unknown: [] });
  assert.deepEqual(spentScripts([]), { known: [], unknown: [] });
});

for (const [name, spendOf] of Object.entries(NESTED_SPENDS)) {
  test(`${name} is known`, () => {
    const { known, unknown } = shownBy(inputOf(spendOf(1), 1));
    assert.deepEqual(known, [toHex(spendOf(1).spent)]);
    assert.deepEqual(unknown, []);
  });
}

for (const [name, spendOf] of Object.entries({ ...PLAIN_SPENDS, ...SILENT_SPENDS, ...FALSE_SPENDS })) {
  test(`what an input spends is not certain: ${name}`, () => {
    assert.deepEqual(shownBy(inputOf(spendOf(1), 1)).known, []);
    assert.equal(shownBy(inputOf(spendOf(1), 1)).unknown.length, 1);
  });
}

test('no script with a witness is taken for a push of a witness program that is none', () => {
  const nested = inputOf(spend(NESTED_SPENDS), 1);
  const hidden = nested.script.subarray(1);
  for (const script of [
    push(hidden.subarray(0, 3)),
    push(hidden.subarray(0, -1)),
    push(program(0, new Uint8Array(41))),
    push(fromHex(`50${toHex(hidden).slice(2)}`)),
    concat([push(hidden), fromHex('51')]),
    concat([fromHex('51'), push(hidden)]),
    concat([fromHex('4c'), push(hidden)]),
    push(p2pkh(aKey(1))),
  ]) {
    // Such a block is not valid; whoever judges by it convicts nobody.
    assert.deepEqual(shownBy({ ...nested, script }).known, [], toHex(script));
  }
});

for (const [name, spendOf] of Object.entries(PLAIN_SPENDS)) {
  test(`${name} is likely what it looks like`, () => {
    assert.deepEqual(likelyScripts(inputOf(spendOf(1), 1)).map(toHex), [toHex(spendOf(1).spent)]);
  });
}

for (const [name, spendOf] of Object.entries(SILENT_SPENDS)) {
  test(`nothing is likely spent by ${name}`, () => {
    assert.deepEqual(
      likelyScripts(inputOf(spendOf(1), 1)).filter((script) => script.length > 0),
      [],
    );
  });
}

test('an input may deceive us about what is likely', () => {
  const deceived = likelyScripts(inputOf(spend(FALSE_SPENDS), 1));
  assert.deepEqual(deceived.map(toHex), [toHex(p2wpkh(aKey(1)))]);
});

test('a script of a million bytes is not walked over', () => {
  const script = new Uint8Array(1_000_000);
  assert.deepEqual(likelyScripts({ ...inputOf(plain(), 1), script, witness: [] }), []);
});

function spend(spends: typeof PLAIN_SPENDS): ReturnType<(typeof PLAIN_SPENDS)[string]> {
  const [first] = Object.values(spends);
  assert.ok(first !== undefined);
  return first(1);
}

function plain(): ReturnType<typeof spend> {
  return spend(PLAIN_SPENDS);
}
