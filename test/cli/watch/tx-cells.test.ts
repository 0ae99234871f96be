import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { flagsOf, formatFeeRate, formatOutputs } from '../../../src/cli/watch/tx-cells.ts';
import { secondsOfWork } from '../../support/seconds-of-work.ts';
import { outputOf, txEvent, txidOf } from '../../support/tx-events.ts';

test('fee rates have a decimal, and a dash while they are not known', () => {
  assert.equal(formatFeeRate(null, 7), '-');
  assert.equal(formatFeeRate(1, 7), '1.0');
  assert.equal(formatFeeRate(12.345, 7), '12.3');
  assert.equal(formatFeeRate(1_234_567.8, 7), '1234568');
  assert.equal(formatFeeRate(2.1e15, 7), '2e+15');
});

const FOUR = ['addr-one', 'addr-two', 'addr-three', 'addr-four'].map((address, n) =>
  outputOf({ address, n }),
);

test('as many outputs are named as there is room for, and the rest counted', () => {
  assert.equal(formatOutputs(FOUR, 100), 'addr-one, addr-two, addr-three, addr-four');
  assert.equal(formatOutputs(FOUR, 21), 'addr-one, addr-two +2');
  assert.equal(formatOutputs(FOUR, 20), 'addr-one +3');
  assert.equal(formatOutputs(FOUR, 9), 'ad..ne +3');
  const saying = outputOf({ type: 'op-return', address: null, text: 'hello' });
  assert.equal(formatOutputs([...FOUR, saying], 20), '"hello", addr-one +3', 'what it says comes first');
  assert.equal(formatOutputs([], 10), '');
});

test('what has no address is its text or its type', () => {
  const data = outputOf({ address: null, type: 'op-return', text: 'hello' });
  assert.equal(formatOutputs([data], 30), '"hello"');
  assert.equal(formatOutputs([outputOf({ address: null, type: 'multisig' })], 30), 'multisig');
});

test('text cannot steer the terminal, nor move what stands beside it', () => {
  const hostile = outputOf({ address: null, type: 'op-return', text: 'a\u001b[2J\n\u202e\u{1F600}中\tb' });
  assert.equal(formatOutputs([hostile], 60), '"a?[2J?????? b"'.replace(' ', '?').replace('??????', '?????'));
});

test('no width is passed, whatever the outputs', () => {
  const outputs = fc.array(
    fc.record({
      address: fc.option(fc.string({ maxLength: 90 })),
      text: fc.option(fc.string(), { nil: '' }),
    }),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(outputs, fc.integer({ min: 14, max: 80 }), (list, width) => {
      const text = formatOutputs(
        list.map((fields) => outputOf(fields)),
        width,
      );
      assert.ok(text.length <= width, text);
    }),
  );
});

test('a text of megabytes takes no time', () => {
  const data = outputOf({ address: null, type: 'op-return', text: 'x'.repeat(4_000_000) });
  const seconds = secondsOfWork(() => {
    for (let i = 0; i < 1_000; i++) formatOutputs([data], 70);
  });
  assert.ok(seconds < 0.5, `${seconds} s`);
});

test('flags name what is special, the rarest first', () => {
  assert.equal(flagsOf(txEvent(1)), '');
  const family = { count: 2, vsize: 300, feeSats: null };
  const all = txEvent(1, {
    conflictsWith: [txidOf(2)],
    replaces: [txidOf(3)],
    isReturned: true,
    ancestors: family,
    signalsRbf: true,
  });
  assert.equal(flagsOf(all), 'conflict,replaces,returned,child,rbf');
  assert.equal(flagsOf(txEvent(1, { ancestors: { ...family, count: 1 }, signalsRbf: true })), 'rbf');
});
