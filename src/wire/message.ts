/** The one list of messages: a command and how its payload is written. The types follow from it. */

import { block, type Block } from './block.ts';
import { type Codec, decode, decodeStart, encode } from './codec.ts';
import { inventoryPayload, type InventoryPayload } from './inventory.ts';
import { addr, type AddrPayload, addrV2, type AddrV2Payload } from './messages/addr.ts';
import {
  cFCheckpt,
  type CFCheckptPayload,
  cFHeaders,
  type CFHeadersPayload,
  cFilter,
  type CFilterPayload,
  filterRange,
  type FilterRangePayload,
  getCFCheckpt,
  type GetCFCheckptPayload,
} from './messages/compact-filters.ts';
import { empty, type EmptyPayload } from './messages/empty.ts';
import { feeFilter, type FeeFilterPayload } from './messages/feefilter.ts';
import { headers, type HeadersPayload } from './messages/headers.ts';
import { locatorRequest, type LocatorRequestPayload } from './messages/locator-request.ts';
import { merkleBlock, type MerkleBlockPayload } from './messages/merkleblock.ts';
import { ping, type PingPayload, pong, type PongPayload } from './messages/ping.ts';
import { reject, type RejectPayload } from './messages/reject.ts';
import { sendCmpct, type SendCmpctPayload } from './messages/sendcmpct.ts';
import { version, type VersionPayload } from './messages/version.ts';
import { tx, type Tx } from './tx.ts';

/** Every message we can read and write, and the type of its payload. */
export interface Payloads {
  addr: AddrPayload;
  addrv2: AddrV2Payload;
  block: Block;
  cfcheckpt: CFCheckptPayload;
  cfheaders: CFHeadersPayload;
  cfilter: CFilterPayload;
  feefilter: FeeFilterPayload;
  getaddr: EmptyPayload;
  getblocks: LocatorRequestPayload;
  getcfcheckpt: GetCFCheckptPayload;
  getcfheaders: FilterRangePayload;
  getcfilters: FilterRangePayload;
  getdata: InventoryPayload;
  getheaders: LocatorRequestPayload;
  headers: HeadersPayload;
  inv: InventoryPayload;
  mempool: EmptyPayload;
  merkleblock: MerkleBlockPayload;
  notfound: InventoryPayload;
  ping: PingPayload;
  pong: PongPayload;
  reject: RejectPayload;
  sendaddrv2: EmptyPayload;
  sendcmpct: SendCmpctPayload;
  sendheaders: EmptyPayload;
  tx: Tx;
  verack: EmptyPayload;
  version: VersionPayload;
  wtxidrelay: EmptyPayload;
}

const CODECS: { readonly [C in Command]: Codec<Payloads[C]> } = {
  addr,
  addrv2: addrV2,
  block,
  cfcheckpt: cFCheckpt,
  cfheaders: cFHeaders,
  cfilter: cFilter,
  feefilter: feeFilter,
  getaddr: empty,
  getblocks: locatorRequest,
  getcfcheckpt: getCFCheckpt,
  getcfheaders: filterRange,
  getcfilters: filterRange,
  getdata: inventoryPayload,
  getheaders: locatorRequest,
  headers,
  inv: inventoryPayload,
  mempool: empty,
  merkleblock: merkleBlock,
  notfound: inventoryPayload,
  ping,
  pong,
  reject,
  sendaddrv2: empty,
  sendcmpct: sendCmpct,
  sendheaders: empty,
  tx,
  verack: empty,
  version,
  wtxidrelay: empty,
};

/** Name of a message that we know. */
export type Command = keyof Payloads;

/** A message: its command and its payload. */
export type Message = { [C in Command]: { readonly command: C; readonly payload: Payloads[C] } }[Command];

/** The messages with one of the commands `C`. */
export type MessageOf<C extends Command> = Extract<Message, { command: C }>;

/** Whether a command is one that we know. */
export function isCommand(command: string): command is Command {
  return Object.hasOwn(CODECS, command);
}

/**
 * Decodes the payload of a known message. Byte strings in it are views of `payload`.
 *
 * @throws {DecodeError} when the bytes are not exactly one such payload.
 */
export function decodeMessage<C extends Command>(command: C, payload: Uint8Array): MessageOf<C> {
  return { command, payload: decode<Payloads[Command]>(CODECS[command], payload) } as MessageOf<C>;
}

/**
 * Decodes the payload of a message as peers send it: bytes after what we know may be what a later version added, and are
 * passed over, as Core does.
 *
 * @throws {DecodeError} when the bytes do not begin with such a payload.
 */
export function decodeReceived<C extends Command>(command: C, payload: Uint8Array): MessageOf<C> {
  return { command, payload: decodeStart<Payloads[Command]>(CODECS[command], payload) } as MessageOf<C>;
}

/** Encodes the payload of a message. */
export function encodePayload(message: Message): Uint8Array {
  return encode(CODECS[message.command] as Codec<unknown>, message.payload);
}
