/** Decoded values as plain ones that JSON can carry: hashes in display order, other bytes as hexadecimal. */

import { describeFields } from '../../index.ts';
import { merkleRoot } from '../../chain/index.ts';
import type { Network } from '../../script/index.ts';
import {
  type Block,
  decodeHeaders,
  encode,
  type Header,
  header,
  ipText,
  type Message,
  serviceNames,
  toDisplayHex,
  toHex,
  txid,
} from '../../wire/index.ts';
import { describeTx } from './describe-tx.ts';
import { type Plain, plainInteger } from './plain.ts';

/** Fields whose 32 bytes are a hash, or a list of them. */
const HASH_FIELDS = new Set([
  'hash',
  'prev',
  'merkleRoot',
  'txid',
  'locator',
  'stop',
  'hashes',
  'blockHash',
  'stopHash',
  'previousHeader',
  'filterHashes',
  'filterHeaders',
]);

export function describeHeader(bytes: Uint8Array): Plain {
  return { ...describeFields(bytes) };
}

/** @param network whose addresses the outputs are shown with. */
export function describeBlock(block: Block, network: Network): Plain {
  const { root, mutated } =
    block.transactions.length > 0
      ? merkleRoot(block.transactions.map(txid))
      : { root: new Uint8Array(32), mutated: false };
  return {
    header: describeOwn(block.header),
    transactionCount: block.transactions.length,
    merkleRootFits: !mutated && toHex(root) === toHex(block.header.merkleRoot),
    transactions: block.transactions.map((tx) => describeTx(tx, network)),
  };
}

export function describePayload(message: Message, network: Network): Plain {
  const { command, payload } = message;
  if (command === 'tx') return describeTx(payload, network);
  if (command === 'block') return describeBlock(payload, network);
  if (command === 'headers') return { headers: decodeHeaders(payload.headers).map(describeOwn) };
  if (command === 'merkleblock') return { ...toObject(payload), header: describeOwn(payload.header) };
  return toObject(payload);
}

function describeOwn(value: Header): Plain {
  return describeHeader(encode(header, value));
}

function toObject(value: object): { readonly [name: string]: Plain } {
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toPlain(part, name)]));
}

function toPlain(value: unknown, name: string): Plain {
  if (typeof value === 'bigint') return name === 'services' ? serviceNames(value) : plainInteger(value);
  if (value instanceof Uint8Array) return bytesText(value, name);
  if (Array.isArray(value)) return value.map((item) => toPlain(item, name));
  if (typeof value === 'object' && value !== null) return toObject(value);
  return value as string | number | boolean | null;
}

function bytesText(bytes: Uint8Array, name: string): string {
  if (HASH_FIELDS.has(name)) return toDisplayHex(bytes);
  return name === 'ip' ? ipText(bytes) : toHex(bytes);
}
