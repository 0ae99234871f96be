/** `headlight/wire`: the bytes of the Bitcoin protocol, without any I/O. */

export { DecodeError, type DecodeErrorCode } from '../bytes/decode-error.ts';
export { fromDisplayHex, fromHex, toDisplayHex, toHex } from '../bytes/hex.ts';
export { type Block, block } from './block.ts';
export { type Codec, decode, encode } from './codec.ts';
export {
  decodeHeaders,
  encodeHeaders,
  HEADER_SIZE_BYTES,
  type Header,
  header,
  headerHash,
} from './header.ts';
export { identify, type IdentifiedTx, identifyRaw } from './identified-tx.ts';
export { INVENTORY, type InventoryItem, type InventoryPayload, MAX_INVENTORY } from './inventory.ts';
export {
  type Command,
  decodeMessage,
  encodePayload,
  isCommand,
  type Message,
  type MessageOf,
  type Payloads,
} from './message.ts';
export {
  type CFCheckptPayload,
  type CFHeadersPayload,
  type CFilterPayload,
  type FilterRangePayload,
  type GetCFCheckptPayload,
  MAX_FILTER_CHECKPOINTS,
  MAX_FILTER_HASHES_PER_MESSAGE,
  MAX_FILTER_SIZE_BYTES,
  MAX_FILTERS_PER_REQUEST,
} from './messages/compact-filters.ts';
export { type HeadersPayload, MAX_HEADERS_PER_MESSAGE } from './messages/headers.ts';
export { MAX_LOCATOR_HASHES } from './messages/locator-request.ts';
export {
  ADDRESS_NETWORKS,
  type AddressV2,
  ipText,
  type NetAddress,
  type TimedAddress,
} from './net-address.ts';
export { PROTOCOL_VERSION } from './protocol-version.ts';
export { SERVICES, serviceNames } from './services.ts';
export {
  hasWitness,
  type OutPoint,
  type Tx,
  type TxInput,
  type TxOutput,
  type TxSize,
  tx,
  txid,
  txSize,
  wtxid,
} from './tx.ts';
