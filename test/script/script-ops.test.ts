import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat } from '../../src/bytes/concat.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { isPushOnly, scriptOps } from '../../src/script/script-ops.ts';
import { script } from '../support/scripts.ts';

/** Each as opcode, data, and whether it is cut short. */
function opsOf(hex: string): unknown[] {
  return Array.from(scriptOps(fromHex(hex)), ({ opcode, data, isTruncated }) => [
    opcode,
    data && toHex(data),
    isTruncated,
  ]);
}

test('pushes of every form are walked over, each with its data', () => {
  assert.deepEqual(opsOf('00 01aa 4c02bbcc 4d0100dd 4e01000000ee 51 ac'.replaceAll(' ', '')), [
    [0x00, '', false],
    [0x01, 'aa', false],
    [0x4c, 'bbcc', false],
    [0x4d, 'dd', false],
    [0x4e, 'ee', false],
    [0x51, undefined, false],
    [0xac, undefined, false],
  ]);
});

test('a push that is cut short is the last operation, and says so', () => {
  assert.deepEqual(opsOf('5102aa'), [
    [0x51, undefined, false],
    [0x02, 'aa', true],
  ]);
  for (const hex of ['01', '4c', '4d', '4d01', '4d0100', '4e', '4e000000', '4e01000000', '4effffffffaa']) {
    assert.deepEqual(
      opsOf(hex).map((op) => (op as unknown[])[2]),
      [true],
      hex,
    );
  }
});

test('whatever the bytes, each of them belongs to one operation', () => {
  fc.assert(
    fc.property(script, (bytes) => {
      const ops = [...scriptOps(bytes)];
      const cut = ops.findIndex(({ isTruncated }) => isTruncated);
      assert.ok(cut === -1 || cut === ops.length - 1);
      const whole = ops.filter(({ isTruncated }) => !isTruncated);
      const parts = whole.map(({ opcode, data = new Uint8Array() }) => {
        const size = opcode < 0x4c ? 0 : opcode === 0x4c ? 1 : opcode === 0x4d ? 2 : opcode === 0x4e ? 4 : 0;
        const length = new Uint8Array(new Uint32Array([data.length]).buffer).slice(0, size);
        return concat([Uint8Array.of(opcode), length, data]);
      });
      const written = concat(parts);
      assert.deepEqual(written, bytes.slice(0, written.length));
      assert.equal(cut === -1, written.length === bytes.length);
    }),
  );
});

test('only pushes are push only, OP_RESERVED among them', () => {
  for (const hex of ['', '00', '02aabb', '4f50515f60']) assert.ok(isPushOnly(fromHex(hex)), hex);
  for (const hex of ['61', '51ac', '02aa', '4c']) assert.ok(!isPushOnly(fromHex(hex)), hex);
  assert.ok(isPushOnly(fromHex('6a51'), 1));
});
