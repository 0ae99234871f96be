import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { portableSha256d, sha256d } from '../../src/bytes/hash.ts';
import { fromDisplayHex, fromHex, toHex } from '../../src/bytes/hex.ts';
import { PieceHasher } from '../../src/bytes/piece-hasher.ts';
import { laneHasher } from '../../src/bytes/simd/lane-hasher.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { readFixture } from '../support/repository.ts';
import { withWebAssembly } from '../support/web-assembly.ts';

const HEADER_FILES = [
  'mainnet-0-32261',
  'testnet3-0-2100',
  'testnet4-0-101',
  'signet-0-2016',
  'regtest-0-301',
];
/** Pieces that the lanes of these tests have room for. */
const CAPACITY = 64;

/** Around what a vector, the lanes of these tests, and a hasher take at a time. */
const COUNTS = [...Array(10).keys(), 63, 64, 65, 66, 67, 255, 256, 257, 258, 511, 513, 1024, 1025];
const MOST = Math.max(...COUNTS);
/** Pieces at odd and even places, and what Node makes of them. */
const MANY = [0, 1, 3, 8].map((offset) => {
  const memory = noise(offset + 80 * MOST + 5, offset);
  return { offset, memory, hashes: reference(memory.subarray(offset, offset + 80 * MOST), 80) };
});

type Hasher = (pieces: Uint8Array) => Uint8Array;

/** Everything that hashes pieces of a size. */
const IMPLEMENTATIONS: Readonly<Record<string, (sizeBytes: number) => Hasher>> = {
  'four lanes': (sizeBytes) => {
    const hash = laneHasher(sizeBytes, CAPACITY);
    assert.ok(hash, 'this platform has WebAssembly with vectors');
    return inChunks(sizeBytes, CAPACITY, hash);
  },
  'a hasher of pieces': (sizeBytes) => {
    const hasher = new PieceHasher(sizeBytes);
    return (pieces) => hasher.hash(pieces);
  },
  'a hasher of pieces without WebAssembly': (sizeBytes) => {
    const hasher = new PieceHasher(sizeBytes);
    return (pieces) => withWebAssembly(undefined, () => hasher.hash(pieces));
  },
  'the platform, one by one': (sizeBytes) => inChunks(sizeBytes, 1, sha256d),
  'JavaScript, one by one': (sizeBytes) => inChunks(sizeBytes, 1, portableSha256d),
};

for (const [name, make] of Object.entries(IMPLEMENTATIONS)) {
  test(`${name}: the published digests of SHA-256, hashed once more`, () => {
    // FIPS 180-2, the message of 896 bits; and 64 zeros, of NIST's additional vectors.
    const vectors: [message: Uint8Array, digest: string][] = [
      [
        new TextEncoder().encode(
          'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
        ),
        'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
      ],
      [new Uint8Array(64), 'f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b'],
    ];
    for (const [message, digest] of vectors) {
      const expected = once(fromHex(digest));
      for (const count of [1, 3, 4, 300]) {
        const hashes = make(message.length)(Buffer.concat(Array.from({ length: count }, () => message)));
        assert.equal(toHex(hashes), toHex(expected).repeat(count), `${count} of ${message.length} bytes`);
      }
    }
  });

  test(`${name}: the first header of every network`, () => {
    const networks = Object.values(NETWORKS);
    const hashes = make(80)(Buffer.concat(networks.map(({ genesisHeaderHex }) => fromHex(genesisHeaderHex))));
    const expected = networks.map(({ genesisHash }) => toHex(fromDisplayHex(genesisHash)));
    assert.equal(toHex(hashes), expected.join(''));
  });

  test(`${name}: real headers have the hashes that those after them name`, () => {
    const hash = make(80);
    for (const file of HEADER_FILES) {
      const headers = readFixture('headers', `${file}.headers`);
      const hashes = hash(headers);
      assert.equal(hashes.length / 32, headers.length / 80);
      const named = inChunks(80, 1, (header) => header.subarray(4, 36))(headers.subarray(80));
      assert.ok(Buffer.from(named).equals(hashes.subarray(0, -32)), file);
    }
  });

  test(`${name}: any number of pieces, none too, wherever they lie in memory`, () => {
    const hash = make(80);
    for (const { offset, memory, hashes } of MANY) {
      for (const count of COUNTS) {
        const pieces = memory.subarray(offset, offset + count * 80);
        assert.ok(same(hash(pieces), hashes.subarray(0, 32 * count)), `${count} pieces at ${offset}`);
      }
      assert.ok(same(memory, noise(memory.length, offset)), 'the pieces stay as they were');
    }
  });

  test(`${name}: pieces of any size agree with Node`, () => {
    const hashers = new Map<number, Hasher>();
    const sizes = fc.integer({ min: 1, max: 20 }).map((size) => 16 * size);
    const runs = sizes.chain((size) =>
      fc
        .integer({ min: 0, max: 270 })
        .map((count) => ({ size, bytes: noise(size * count, size + 999 * count) })),
    );
    fc.assert(
      fc.property(runs, ({ size, bytes }) => {
        const hash = hashers.get(size) ?? make(size);
        hashers.set(size, hash);
        assert.ok(same(hash(bytes), reference(bytes, size)));
      }),
      { numRuns: 100 },
    );
  });

  test(`${name}: random bytes, and bytes with every bit set or none`, () => {
    const hash = make(80);
    const pieces = fc.oneof(
      fc.uint8Array({ minLength: 80, maxLength: 80 }),
      fc.constantFrom(0, 0x80, 0xff).map((byte) => new Uint8Array(80).fill(byte)),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (list) => {
        const bytes = Buffer.concat(list);
        assert.equal(toHex(hash(bytes)), toHex(reference(bytes, 80)));
      }),
    );
  });
}

test('a hundred thousand pieces have the hashes that they have one by one', () => {
  const pieces = noise(80 * 100_000, 1);
  assert.ok(same(new PieceHasher(80).hash(pieces), inChunks(80, 1, sha256d)(pieces)));
});

test('hashes are the caller’s own: those of the next pieces do not change them', () => {
  const hasher = new PieceHasher(80);
  for (const count of [3, 1000]) {
    const pieces = noise(80 * count, count);
    const hashes = hasher.hash(pieces);
    assert.equal(hashes.buffer.byteLength, 32 * count);
    hasher.hash(noise(80 * count, count + 1));
    assert.ok(same(hashes, reference(pieces, 80)));
  }
});

test('a Buffer gives a plain array of bytes', () => {
  const hasher = new PieceHasher(80);
  for (const count of [1, 300]) assert.ok(!Buffer.isBuffer(hasher.hash(Buffer.alloc(80 * count))));
});

test('pieces are hashed one by one where WebAssembly cannot do it', () => {
  const lacks: Readonly<Record<string, unknown>> = {
    'no WebAssembly': undefined,
    'no vectors': { ...api(), validate: () => false },
    'no permission to compile': { ...api(), Module: throwing(new Error('disallowed by embedder')) },
    'no room for memory': { ...api(), Instance: throwing(new RangeError('could not allocate memory')) },
  };
  const pieces = noise(80 * 600, 5);
  for (const [lack, replacement] of Object.entries(lacks)) {
    const hasher = new PieceHasher(80);
    const hashes = withWebAssembly(replacement, () => hasher.hash(pieces));
    assert.ok(same(hashes, reference(pieces, 80)), lack);
    assert.equal(
      withWebAssembly(replacement, () => laneHasher(80, 4)),
      undefined,
      lack,
    );
  }
});

test('nothing is compiled before many pieces come, and then once', () => {
  let compiled = 0;
  const counting = {
    ...api(),
    Module: class extends api().Module {
      constructor(bytes: Uint8Array) {
        super(bytes);
        compiled++;
      }
    },
  };
  withWebAssembly(counting, () => {
    const hasher = new PieceHasher(80);
    hasher.hash(new Uint8Array(80 * 100));
    assert.equal(compiled, 0);
    hasher.hash(new Uint8Array(80 * 1000));
    hasher.hash(new Uint8Array(80 * 1000));
    assert.equal(compiled, 1);
  });
});

test('bytes that end within a piece, and sizes that no column fits, are the caller’s mistake', () => {
  for (const length of [1, 79, 81, 80 * 1000 - 1]) {
    assert.throws(() => new PieceHasher(80).hash(new Uint8Array(length)), RangeError);
  }
  for (const size of [0, -16, 1, 15, 81, 80.5]) assert.throws(() => new PieceHasher(size), RangeError);
});

/** SHA-256 twice over each, by Node alone. */
function reference(pieces: Uint8Array, sizeBytes: number): Uint8Array {
  return inChunks(sizeBytes, 1, (piece) => once(once(piece)))(pieces);
}

function once(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** One after another what a hasher makes of so many pieces at a time. */
function inChunks(sizeBytes: number, count: number, hash: Hasher): Hasher {
  return (pieces) => {
    const hashes = new Uint8Array((pieces.length / sizeBytes) * 32);
    for (let first = 0; first * sizeBytes < pieces.length; first += count) {
      hashes.set(hash(pieces.subarray(first * sizeBytes, (first + count) * sizeBytes)), first * 32);
    }
    return hashes;
  };
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Bytes without a pattern, the same ones for the same seed (xorshift of George Marsaglia). */
function noise(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

interface Api {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly validate: unknown;
  readonly Instance: unknown;
}

/** The platform's own, as an object whose parts can be replaced. */
function api(): Api {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: Api };
  const { Module, Instance, validate } = WebAssembly;
  return { Module, Instance, validate };
}

/** What can be called with `new`, and throws. */
function throwing(error: Error): unknown {
  return function fail() {
    throw error;
  };
}
