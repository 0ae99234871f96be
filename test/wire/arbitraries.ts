/** Generators of every payload, for the tests that hold for all values. */
import * as fc from 'fast-check';
import type { Block } from '../../src/wire/block.ts';
import { encodeHeaders, type Header } from '../../src/wire/header.ts';
import type { InventoryPayload } from '../../src/wire/inventory.ts';
import type { Command, Payloads } from '../../src/wire/message.ts';
import type { AddrPayload, AddrV2Payload } from '../../src/wire/messages/addr.ts';
import type { FilterRangePayload } from '../../src/wire/messages/compact-filters.ts';
import type { LocatorRequestPayload } from '../../src/wire/messages/locator-request.ts';
import type { MerkleBlockPayload } from '../../src/wire/messages/merkleblock.ts';
import type { RejectPayload } from '../../src/wire/messages/reject.ts';
import type { VersionPayload } from '../../src/wire/messages/version.ts';
import {
  ADDRESS_NETWORKS,
  type AddressV2,
  type NetAddress,
  type TimedAddress,
} from '../../src/wire/net-address.ts';
import type { Tx, TxInput, TxOutput } from '../../src/wire/tx.ts';

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const i32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const hash = exactly(32);
/** Lengths on both sides of the first border of CompactSize. */
const script = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 250, maxLength: 260 }));

/** Plain objects, as the codecs make them; fast-check would mix in some without a prototype. */
function record<T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T, keyof T>(model, { noNullPrototype: true });
}

function exactly(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

function text(maxLength: number): fc.Arbitrary<string> {
  return fc.array(u8, { maxLength }).map((codes) => String.fromCharCode(...codes));
}

const header: fc.Arbitrary<Header> = record({
  version: i32,
  prev: hash,
  merkleRoot: hash,
  time: u32,
  bits: u32,
  nonce: u32,
});

const txInput: fc.Arbitrary<TxInput> = record({
  previous: record({ txid: hash, vout: u32 }),
  script,
  sequence: u32,
  witness: fc.array(script, { maxLength: 3 }),
});
const txOutput: fc.Arbitrary<TxOutput> = record({ valueSats: i64, script });
/** With at least one input: bytes with none and some outputs mean the extended form (BIP 144). */
const tx: fc.Arbitrary<Tx> = record({
  version: u32,
  inputs: fc.array(txInput, { minLength: 1, maxLength: 4 }),
  outputs: fc.array(txOutput, { maxLength: 4 }),
  lockTime: u32,
});
const block: fc.Arbitrary<Block> = record({ header, transactions: fc.array(tx, { maxLength: 3 }) });

const netAddress: fc.Arbitrary<NetAddress> = record({ services: u64, ip: exactly(16), port: u16 });
const timedAddress: fc.Arbitrary<TimedAddress> = record({
  time: u32,
  services: u64,
  ip: exactly(16),
  port: u16,
});
const knownNetwork = fc.constantFrom(...Object.values(ADDRESS_NETWORKS));
const networkAndAddress = fc.oneof(
  knownNetwork.chain(({ id, sizeBytes }) => fc.tuple(fc.constant(id as number), exactly(sizeBytes))),
  fc.tuple(fc.integer({ min: 8, max: 0xff }), fc.uint8Array({ maxLength: 512 })),
);
const addressV2: fc.Arbitrary<AddressV2> = record({
  time: u32,
  services: u64,
  where: networkAndAddress,
  port: u16,
}).map(({ where: [network, address], ...rest }) => ({ ...rest, network, address }));
const addr: fc.Arbitrary<AddrPayload> = record({ addresses: fc.array(timedAddress) });
const addrV2: fc.Arbitrary<AddrV2Payload> = record({ addresses: fc.array(addressV2) });

const inventory: fc.Arbitrary<InventoryPayload> = record({
  items: fc.array(record({ type: u32, hash })),
});
const locatorRequest: fc.Arbitrary<LocatorRequestPayload> = record({
  version: u32,
  locator: fc.array(hash, { maxLength: 101 }),
  stop: hash,
});
const filterRange: fc.Arbitrary<FilterRangePayload> = record({
  filterType: u8,
  startHeight: u32,
  stopHash: hash,
});
const merkleBlock: fc.Arbitrary<MerkleBlockPayload> = record({
  header,
  transactionCount: u32,
  hashes: fc.array(hash),
  flags: fc.uint8Array(),
});
const reject: fc.Arbitrary<RejectPayload> = record({
  message: text(12),
  code: u8,
  reason: text(200),
  data: fc.uint8Array(),
});

/** The optional fields in their order: a payload has the first few of them. */
const optionalVersionFields = fc.tuple(
  record({ sender: netAddress }),
  record({ nonce: u64 }),
  record({ userAgent: text(256) }),
  record({ startHeight: i32 }),
  fc.oneof(
    record({ relay: fc.boolean() }),
    record({ relay: fc.boolean(), extra: fc.uint8Array({ minLength: 1 }) }),
    record({ extra: fc.uint8Array({ minLength: 1 }).filter(([first = 0]) => first > 1) }),
  ),
);
const version: fc.Arbitrary<VersionPayload> = fc
  .tuple(
    record({ version: i32, services: u64, time: i64, receiver: netAddress }),
    optionalVersionFields,
    fc.nat(5),
  )
  .map(
    ([required, optional, count]) =>
      Object.assign({}, required, ...optional.slice(0, count)) as VersionPayload,
  );

const nothing = fc.constant({});

export const arbitraryPayloads: { readonly [C in Command]: fc.Arbitrary<Payloads[C]> } = {
  addr,
  addrv2: addrV2,
  block,
  cfcheckpt: record({ filterType: u8, stopHash: hash, filterHeaders: fc.array(hash) }),
  cfheaders: record({
    filterType: u8,
    stopHash: hash,
    previousHeader: hash,
    filterHashes: fc.array(hash),
  }),
  cfilter: record({ filterType: u8, blockHash: hash, filter: script }),
  feefilter: record({ feeRateSatsPerKvb: i64 }),
  getaddr: nothing,
  getblocks: locatorRequest,
  getcfcheckpt: record({ filterType: u8, stopHash: hash }),
  getcfheaders: filterRange,
  getcfilters: filterRange,
  getdata: inventory,
  getheaders: locatorRequest,
  headers: record({ headers: fc.array(header).map(encodeHeaders) }),
  inv: inventory,
  mempool: nothing,
  merkleblock: merkleBlock,
  notfound: inventory,
  ping: fc.oneof(nothing, record({ nonce: u64 })),
  pong: record({ nonce: u64 }),
  reject,
  sendaddrv2: nothing,
  sendcmpct: record({ announce: fc.boolean(), version: u64 }),
  sendheaders: nothing,
  tx,
  verack: nothing,
  version,
  wtxidrelay: nothing,
};
