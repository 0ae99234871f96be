/** Real headers of each network from genesis on, whole and with a field changed near every boundary, judged by bitcoind and by us. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import type { NetworkName } from '../../src/networks/network.ts';
import { HEADER_OFFSETS, HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import { IS_THOROUGH } from '../support/differential-effort.ts';
import { headerAt, lastOf } from '../support/mine.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Differential } from '../support/nodes/differential.ts';
import { HeaderNode } from '../support/nodes/header-node.ts';
import { OracleTree } from '../support/oracle-tree.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

const skip = skipWithoutSharedData || skipWithoutNodes('bitcoind');

/** Headers before and after the start of a period that are changed too. */
const REACH = 2;
const PERIOD = 2016;

/** The runs that begin at genesis, and bitcoind's names of their networks. */
const RUNS: readonly (readonly [file: string, network: NetworkName, chain: string])[] = [
  ['mainnet-0-32261', 'mainnet', 'main'],
  ['testnet3-0-4001', 'testnet3', 'test'],
  ['testnet4-0-101', 'testnet4', 'testnet4'],
  ['signet-0-2016', 'signet', 'signet'],
];

for (const [file, name, chain] of RUNS) {
  test(`bitcoind and we agree on ${file} and on changed headers in it`, { skip }, async (t) => {
    const run = new Uint8Array(readFileSync(sharedData(`${file}.headers`)));
    // The last header is a second too far ahead.
    const nowSeconds = timeOf(lastOf(run)) - 7201;
    const node = await HeaderNode.start(t, `-chain=${chain}`, `-mocktime=${nowSeconds}`);
    const network = NETWORKS[name];
    const judges = {
      oracle: new OracleTree(network),
      tree: new HeaderTree(network),
      treeOfRuns: new HeaderTree(network),
    };
    // The oracle takes its time over 32,260 headers.
    const isLong = !IS_THOROUGH && run.length > 10_000 * HEADER_SIZE_BYTES;
    const differential = new Differential(node, isLong ? { tree: judges.tree } : judges);
    const count = run.length / HEADER_SIZE_BYTES;
    const all: Uint8Array[] = [];
    const near: Uint8Array[] = [];
    for (let height = 1; height < count; height++) {
      const real = headerAt(run, height);
      if (isNearBoundary(run, height)) {
        const changed = changesOf(real, headerAt(run, height - 1));
        all.push(...changed);
        near.push(...changed, real);
      }
      all.push(real);
    }
    await differential.feed(all, nowSeconds);
    // Once more, when others stand on their parents: what is known is no fault, and the rest is refused for the same reason.
    await differential.feed(near, nowSeconds);
    await differential.compareTips();
    const { tally } = differential;
    t.diagnostic(JSON.stringify(Object.fromEntries(tally)));
    assert.deepEqual([...tally.keys()].toSorted(), [
      'accepted',
      'high-hash',
      'prev-blk-not-found',
      'time-too-new',
    ]);
  });
}

/** Whether a header is one of the first or last of the run or of a period, or follows the parent by about 20 minutes. */
function isNearBoundary(run: Uint8Array, height: number): boolean {
  const last = run.length / HEADER_SIZE_BYTES - 1;
  const fromStart = (height + REACH) % PERIOD;
  const gapSeconds = timeOf(headerAt(run, height)) - timeOf(headerAt(run, height - 1));
  return fromStart <= 2 * REACH || height >= last - REACH || (gapSeconds >= 1199 && gapSeconds <= 1202);
}

/** The header with one of its fields changed, in many ways. */
function changesOf(real: Uint8Array, parent: Uint8Array): Uint8Array[] {
  const view = new DataView(real.buffer, real.byteOffset);
  const [version, time, bits, nonce] = (['version', 'time', 'bits', 'nonce'] as const).map((field) =>
    view.getUint32(HEADER_OFFSETS[field], true),
  ) as [number, number, number, number];
  const numbers = {
    // Those that Bitcoin Knots can read: see HeaderNode.
    version: [0, 1, 2, 3, 4, version + 1, version ^ 0x20000000, 0x7fffffff].filter(
      (other) => other !== version,
    ),
    time: [time - 1, time + 1, 0, 0xffffffff, time ^ 0x80000000],
    // Also negative, zero, over 256 bits, the limits of other networks, the same with one byte more.
    bits: [
      bits - 1,
      bits + 1,
      0,
      bits | 0x800000,
      0xff123456,
      0x1d00ffff,
      0x1e0377ae,
      0x207fffff,
      0x20000000,
    ],
    nonce: [nonce - 1, nonce + 1, 0, 0xffffffff],
  };
  const changed = Object.entries(numbers).flatMap(([field, values]) =>
    values.map((value) => withNumber(real, field as keyof typeof numbers, value)),
  );
  const grandparent = parent.subarray(HEADER_OFFSETS.prev, HEADER_OFFSETS.merkleRoot);
  return [
    ...changed.filter((other) => !Buffer.from(other).equals(real)),
    withBytes(real, HEADER_OFFSETS.prev, grandparent),
    withBytes(real, HEADER_OFFSETS.prev, new Uint8Array(32)),
    withFlippedBit(real, HEADER_OFFSETS.prev),
    withFlippedBit(real, HEADER_OFFSETS.prev + 31),
    withFlippedBit(real, HEADER_OFFSETS.merkleRoot),
    withFlippedBit(real, HEADER_OFFSETS.merkleRoot + 31),
  ];
}

function withNumber(header: Uint8Array, field: keyof typeof HEADER_OFFSETS, value: number): Uint8Array {
  const copy = header.slice();
  new DataView(copy.buffer).setUint32(HEADER_OFFSETS[field], value, true);
  return copy;
}

function withBytes(header: Uint8Array, offset: number, bytes: Uint8Array): Uint8Array {
  const copy = header.slice();
  copy.set(bytes, offset);
  return copy;
}

function withFlippedBit(header: Uint8Array, offset: number): Uint8Array {
  return withBytes(header, offset, Uint8Array.of((header[offset] as number) ^ 1));
}

function timeOf(header: Uint8Array): number {
  return new DataView(header.buffer, header.byteOffset).getUint32(HEADER_OFFSETS.time, true);
}
