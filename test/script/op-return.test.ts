import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat } from '../../src/bytes/concat.ts';
import { opReturnText } from '../../src/script/op-return.ts';
import { script } from '../support/scripts.ts';

function carrying(...pushes: readonly (string | readonly number[])[]): Uint8Array {
  const parts = pushes.map((push) => {
    const data = typeof push === 'string' ? new TextEncoder().encode(push) : Uint8Array.from(push);
    return Uint8Array.of(0x4c, data.length, ...data);
  });
  return concat([Uint8Array.of(0x6a), ...parts]);
}

test('text is text, in any language', () => {
  for (const text of ['hello', 'a', 'Grüße, 世界 🔦', 'two\nlines\tand a tab', '\ufeffmarked'])
    assert.equal(opReturnText(carrying(text)), text);
});

test('several pushes are one text, even when a character lies across two', () => {
  assert.equal(opReturnText(carrying('head', 'light')), 'headlight');
  assert.equal(opReturnText(carrying([0xc3], [0xbc])), 'ü');
});

test('what is no UTF-8 is no text', () => {
  for (const data of [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0x41, 0x80]])
    assert.equal(opReturnText(carrying(data)), undefined, String(data));
});

test('what could steer a terminal is no text', () => {
  for (const text of ['\0', 'a\u001b[2J', 'a\r', '\u007f', '\u009b2J'])
    assert.equal(opReturnText(carrying(text)), undefined, JSON.stringify(text));
});

test('no data, numbers, other operations and pushes that are cut short are no text', () => {
  const hello = carrying('hello');
  for (const bytes of [
    carrying(),
    carrying(''),
    concat([hello, Uint8Array.of(0x51)]),
    concat([hello, Uint8Array.of(0x61)]),
    hello.slice(0, -1),
    hello.slice(1),
    new Uint8Array(),
  ])
    assert.equal(opReturnText(bytes), undefined);
});

test('any bytes at all are a text that can be shown, or none', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        script,
        script.map((bytes) => concat([Uint8Array.of(0x6a), bytes])),
      ),
      (bytes) => {
        // oxlint-disable-next-line no-control-regex
        assert.doesNotMatch(opReturnText(bytes) ?? '', /[\0-\x08\x0b-\x1f\x7f-\x9f]/);
      },
    ),
  );
});
