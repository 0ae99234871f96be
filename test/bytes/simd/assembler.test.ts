import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  add,
  addInts,
  addLongs,
  areUnequal,
  assemble,
  call,
  type Code,
  get,
  int,
  isLess,
  load,
  loadInt,
  loadLong,
  loadSplat,
  Locals,
  lowerHalf,
  multiplyLongs,
  repeatWhile,
  rotateLongLeft,
  set,
  shiftLeft,
  shiftRight,
  shuffle,
  store,
  storeAsFloat,
  tee,
  toLong,
  upperHalf,
  type WasmData,
  xor,
  xorLongs,
} from '../../../src/bytes/simd/assembler.ts';
import { instantiate } from '../../../src/bytes/simd/web-assembly.ts';

/** An integer in all lanes. */
const splat = (value: Code): Code => `${value}\xfd\x11`;

test('integers of every length and sign arrive as they were written', () => {
  const edges = [
    0, 0x3f, 0x40, 0x7f, 0x80, 0x1fff, 0x2000, 0xfffff, 0x100000, 0x7ffffff, 0x8000000, 0x7fffffff,
  ];
  for (const value of edges.flatMap((edge) => [edge, -edge, ~edge])) {
    assert.deepEqual(
      lanesOf(splat(int(value))),
      Array.from({ length: 4 }, () => value >>> 0),
      `${value}`,
    );
  }
});

test('offsets and addresses of every length reach their place', () => {
  for (const address of [16, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
    const data = [{ address, bytes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] }];
    const words = [0x04030201, 0x08070605, 0x0c0b0a09, 0x100f0e0d];
    assert.deepEqual(lanesOf(load(int(0), address), data), words, `offset ${address}`);
    assert.deepEqual(lanesOf(load(int(address), 0), data), words, `address ${address}`);
    assert.deepEqual(
      lanesOf(loadSplat(int(1), address + 3), data),
      [0x08070605, 0x08070605, 0x08070605, 0x08070605],
    );
  }
});

test('every lane is worked on by itself, modulo 2^32', () => {
  const [a, b] = [load(int(16), 0), load(int(32), 0)];
  const data = [wordsAt(16, [1, 0xffffffff, 0x80000001, 7]), wordsAt(32, [2, 2, 0x80000000, 0xf0f0f0f0])];
  assert.deepEqual(lanesOf(add(a, b), data), [3, 1, 1, 0xf0f0f0f7]);
  assert.deepEqual(lanesOf(add(a, b, b), data), [5, 3, 0x80000001, 0xe1e1e1e7]);
  assert.deepEqual(lanesOf(xor(a, b), data), [3, 0xfffffffd, 1, 0xf0f0f0f7]);
  assert.deepEqual(lanesOf(xor(a, b, a), data), [2, 2, 0x80000000, 0xf0f0f0f0]);
  assert.deepEqual(lanesOf(shiftLeft(a, 31), data), [0x80000000, 0x80000000, 0x80000000, 0x80000000]);
  assert.deepEqual(lanesOf(shiftRight(a, 4), data), [0, 0x0fffffff, 0x08000000, 0]);
  const order = [16, 17, 18, 19, 0, 1, 2, 3, 7, 6, 5, 4, 28, 29, 30, 31];
  assert.deepEqual(lanesOf(shuffle(order, a, b), data), [2, 1, 0xffffffff, 0xf0f0f0f0]);
});

test('steps are repeated as long as the condition holds, and functions call those before them', () => {
  const double = new Locals(1);
  const main = new Locals(0);
  const [left, sum] = [main.integer(), main.vector()];
  const module = assemble(
    [
      {
        locals: double,
        body: [store(get(0), 0, add(load(get(0), 0), load(get(0), 0)))],
      },
      {
        name: 'run',
        locals: main,
        body: [
          set(left, int(5)),
          set(sum, splat(int(100))),
          repeatWhile(
            areUnequal(tee(left, addInts(get(left), int(-1))), int(0)),
            set(sum, add(get(sum), splat(get(left)))),
          ),
          store(int(32), 0, get(sum)),
          call(0, int(32)),
        ],
      },
    ],
    1,
    [],
  );
  const { memory, exports } = instantiateOrFail(module);
  exports.run();
  assert.equal(new DataView(memory.buffer).getUint32(32, true), 2 * (100 + 5 + 4 + 3 + 2 + 1));
});

test('longs are worked on modulo 2^64, without a sign', () => {
  const [a, b] = [loadLong(int(16), 0), loadLong(int(0), 24)];
  const data = [wordsAt(16, [0xfffffff0, 0xffffffff]), wordsAt(24, [0x89abcdef, 0x01234567])];
  assert.equal(longOf(lowerHalf(b), data), 0x89abcdef);
  assert.equal(longOf(upperHalf(b), data), 0x01234567);
  assert.equal(longOf(upperHalf(a), data), 0xffffffff);
  assert.equal(longOf(addLongs(a, toLong(int(0x11))), data), 1);
  assert.equal(longOf(addLongs(a, toLong(int(0x11)), toLong(int(1))), data), 2);
  assert.equal(longOf(toLong(int(-1)), data), 0xffffffff);
  assert.equal(longOf(xorLongs(a, b, b, a, toLong(int(5))), data), 5);
  // -16 times 2^64 - 16 is 256.
  assert.equal(longOf(multiplyLongs(a, a), data), 256);
  assert.equal(longOf(lowerHalf(rotateLongLeft(b, 8)), data), 0xabcdef01);
  assert.equal(longOf(upperHalf(rotateLongLeft(b, 63)), data), 0x8091a2b3);
  assert.equal(longOf(upperHalf(multiplyLongs(upperHalf(a), upperHalf(a))), data), 0xfffffffe);
});

test('a long below 2^53 is stored as the same number of JavaScript', () => {
  for (const number of [0, 1, 2 ** 31, 2 ** 32, 2 ** 52 + 1, 2 ** 53 - 1]) {
    const halves = [number % 2 ** 32, Math.floor(number / 2 ** 32)];
    assert.equal(longOf(loadLong(int(16), 0), [wordsAt(16, halves)]), number);
  }
});

test('integers are loaded, and compared without a sign', () => {
  const data = [wordsAt(16, [7, 0xffffffff])];
  const [seven, most] = [loadInt(int(16), 0), loadInt(int(0), 20)];
  const cases: readonly (readonly [Code, Code, number])[] = [
    [seven, most, 1],
    [most, seven, 0],
    [seven, seven, 0],
    [int(-2), most, 1],
    [int(0), seven, 1],
  ];
  for (const [a, b, expected] of cases) assert.equal(longOf(toLong(isLess(a, b)), data), expected);
  assert.equal(longOf(toLong(most), data), 0xffffffff);
});

test('a function has locals of every type', () => {
  const locals = new Locals(0);
  const [number, vector, long] = [locals.integer(), locals.vector(), locals.long()];
  const body = [
    set(number, int(3)),
    set(vector, splat(int(4))),
    set(long, toLong(int(5))),
    store(int(16), 0, get(vector)),
    storeAsFloat(int(0), 0, addLongs(get(long), toLong(get(number)), toLong(loadInt(int(28), 0)))),
  ];
  const { memory, exports } = instantiateOrFail(assemble([{ name: 'run', locals, body }], 1, []));
  exports.run();
  assert.equal(new DataView(memory.buffer).getFloat64(0, true), 12);
});

test('memory is as large as was asked for', () => {
  for (const pages of [1, 3, 200]) {
    const module = assemble([{ name: 'run', locals: new Locals(0), body: [] }], pages, []);
    assert.equal(instantiateOrFail(module).memory.length, pages * 65_536);
  }
});

test('what is no module is not instantiated', () => {
  assert.equal(instantiate(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0)), undefined);
  const wrong = assemble([{ name: 'run', locals: new Locals(0), body: [get(0)] }], 1, []);
  assert.equal(instantiate(wrong), undefined);
});

/** The four words that a vector comes to. */
function lanesOf(value: Code, data: readonly WasmData[] = []): number[] {
  const run = { name: 'run', locals: new Locals(0), body: [store(int(0), 0, value)] };
  const { memory, exports } = instantiateOrFail(assemble([run], 40, data));
  exports.run();
  return Array.from(new Uint32Array(memory.buffer, 0, 4));
}

/** What a long comes to. */
function longOf(value: Code, data: readonly WasmData[]): number {
  const run = { name: 'run', locals: new Locals(0), body: [storeAsFloat(int(0), 0, value)] };
  const { memory, exports } = instantiateOrFail(assemble([run], 40, data));
  exports.run();
  return new DataView(memory.buffer).getFloat64(0, true);
}

function wordsAt(address: number, words: readonly number[]): WasmData {
  return { address, bytes: [...new Uint8Array(Uint32Array.from(words).buffer)] };
}

function instantiateOrFail(module: Uint8Array): { memory: Uint8Array; exports: { run(): void } } {
  const instance = instantiate<{ run(): void }>(module);
  assert.ok(instance, 'the module is valid');
  return instance;
}
