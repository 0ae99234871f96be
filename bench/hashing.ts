/**
 * What it costs to hash a block header: with JavaScript alone, with the platform one by one, and in runs as HeaderRun has
 * them hashed. All take turns on the same headers, and of each the quickest turn counts: whatever else runs only ever
 * slows it down. Usage: node build/bench/hashing.js [TURNS]
 */
import { cpus } from 'node:os';
import { portableSha256d, sha256d } from '../src/bytes/hash.ts';
import { PieceHasher } from '../src/bytes/piece-hasher.ts';
import { HEADER_SIZE_BYTES } from '../src/wire/header.ts';
import { mine } from '../test/support/mine.ts';

/** As many as a message holds. */
const HEADERS = 2000;
const TURNS = 200;

type Hasher = (headers: Uint8Array) => unknown;

const turns = Number(process.argv[2] ?? TURNS);
const hasher = new PieceHasher(HEADER_SIZE_BYTES);
// Before the miner, which is compiled of the same parts.
const firstMs = time((run) => hasher.hash(run), new Uint8Array(HEADERS * HEADER_SIZE_BYTES));
const headers = mine(HEADERS);
const hashers: Readonly<Record<string, Hasher>> = {
  'one by one, @noble/hashes': oneByOne(portableSha256d),
  'one by one, node:crypto': oneByOne(sha256d),
  'four at a time, WebAssembly': (run) => hasher.hash(run),
};

console.log(`Node.js ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}`);
const quickest = new Map(Object.keys(hashers).map((name) => [name, Infinity]));
for (let turn = 0; turn < turns; turn++) {
  for (const [name, hash] of Object.entries(hashers)) {
    quickest.set(name, Math.min(quickest.get(name) as number, time(hash, headers)));
  }
}
for (const [name, milliseconds] of quickest) {
  const each = (1000 * milliseconds) / HEADERS;
  const rate = Math.round(1e6 / each).toLocaleString('en-US');
  console.log(`  ${name.padEnd(28)} ${each.toFixed(3)} us a header, ${rate.padStart(9)} a second`);
}
console.log(
  `  the first ${HEADERS.toLocaleString('en-US')}, with what must be compiled  ${firstMs.toFixed(1)} ms`,
);

function oneByOne(hash: (header: Uint8Array) => Uint8Array): Hasher {
  return (run) => {
    for (let start = 0; start < run.length; start += HEADER_SIZE_BYTES) {
      hash(run.subarray(start, start + HEADER_SIZE_BYTES));
    }
  };
}

/** Milliseconds. */
function time(hash: Hasher, run: Uint8Array): number {
  const start = performance.now();
  hash(run);
  return performance.now() - start;
}
