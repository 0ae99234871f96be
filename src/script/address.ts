/** Addresses: base58 with a checksum for what is older than SegWit, bech32 (BIP 173) and bech32m (BIP 350) since. */

import { base58, bech32, bech32m } from '@scure/base';
import { equalBytes, sha256d } from '../bytes/hash.ts';
import { NETWORKS } from '../networks/by-name.ts';
import type { Network } from '../networks/network.ts';
import { outputType } from './classify.ts';
import { OP } from './opcodes.ts';

/**
 * Why a text is no address of a network.
 *
 * - `address-format`: it is not written like an address, or stands for no output script.
 * - `address-checksum`: a character is wrong, or two changed places.
 * - `address-network`: it is an address of another network.
 */
export type AddressFault = 'address-format' | 'address-checksum' | 'address-network';

export interface WrongAddress {
  readonly code: AddressFault;
  /** What is wrong, without the text itself: it may be somebody's private key. */
  readonly detail: string;
}

/** Longest text that is looked at; decoding base58 takes time that grows with the square of it. */
const MAX_ADDRESS_CHARACTERS = 90;
/** A version byte and a hash160. */
const BASE58_PAYLOAD_BYTES = 21;
const CHECKSUM_BYTES = 4;
/** Version, and any last words of a witness program that it may have (BIP 141). */
const MAX_WITNESS_VERSION = 16;
const MIN_PROGRAM_BYTES = 2;
const MAX_PROGRAM_BYTES = 40;

const BASE58_TEXT = /^[1-9A-HJ-NP-Za-km-z]+$/;
/** In lower case: any printable characters, a 1, and at least a checksum in an alphabet that has no 1, b, i and o. */
const BECH32_TEXT = /^[!-~]{1,83}1[02-9ac-hj-np-z]{6,}$/;
/** The same after a prefix of letters alone, as all of ours are: a second 1 is an l that was read wrong. */
const SEGWIT_TEXT = /^[a-z]+1[02-9ac-hj-np-z]{6,}$/;

const WRONG_CHECKSUM: WrongAddress = {
  code: 'address-checksum',
  detail: 'the checksum does not fit: a character is wrong',
};

/** The address that an output script pays to; undefined for scripts that have none, as bare keys and data. */
export function addressOf(script: Uint8Array, network: Network): string | undefined {
  const { p2pkh, p2sh, bech32: prefix } = network.address;
  switch (outputType(script)) {
    case 'p2pkh':
      return base58Address(p2pkh, script.subarray(3, 23));
    case 'p2sh':
      return base58Address(p2sh, script.subarray(2, 22));
    case 'p2wpkh':
    case 'p2wsh':
      return bech32.encode(prefix, [0, ...bech32.toWords(script.subarray(2))]);
    case 'p2tr':
    case 'p2a':
    case 'witness-unknown':
      return bech32m.encode(prefix, [
        (script[0] as number) - OP.RESERVED,
        ...bech32m.toWords(script.subarray(2)),
      ]);
    case 'p2pk':
    case 'multisig':
    case 'op-return':
    case 'nonstandard':
      return undefined;
  }
}

/** The output script that an address of a network stands for, or what is wrong with the text. */
export function parseAddress(text: string, network: Network): { readonly script: Uint8Array } | WrongAddress {
  if (text.length > MAX_ADDRESS_CHARACTERS)
    return badFormat(`${text.length} characters, more than any address has`);
  if (!/^[!-~]*$/.test(text)) return badFormat('a character that no address has');
  const lower = text.toLowerCase();
  if (Object.values(NETWORKS).some(({ address }) => lower.startsWith(`${address.bech32}1`))) {
    if (SEGWIT_TEXT.test(lower)) return parseSegwit(text, network);
    return badFormat('a character that bech32 does not have (1, b, i, o), or too few');
  }
  if (isBech32(lower)) return parseSegwit(text, network);
  return BASE58_TEXT.test(text) ? parseBase58(text, network) : badFormat('neither base58 nor bech32');
}

function parseBase58(text: string, network: Network): { readonly script: Uint8Array } | WrongAddress {
  const bytes = base58.decode(text);
  const payload = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM_BYTES));
  if (payload.length !== BASE58_PAYLOAD_BYTES)
    return badFormat(`base58 of ${bytes.length} bytes, where an address has 25`);
  const checksum = sha256d(payload).subarray(0, CHECKSUM_BYTES);
  if (!equalBytes(checksum, bytes.subarray(BASE58_PAYLOAD_BYTES))) return WRONG_CHECKSUM;
  const version = payload[0] as number;
  const hash = payload.subarray(1);
  const { p2pkh, p2sh } = network.address;
  if (version === p2pkh)
    return { script: Uint8Array.of(OP.DUP, OP.HASH160, 20, ...hash, OP.EQUALVERIFY, OP.CHECKSIG) };
  if (version === p2sh) return { script: Uint8Array.of(OP.HASH160, 20, ...hash, OP.EQUAL) };
  const others = Object.values(NETWORKS).filter(
    ({ address }) => address.p2pkh === version || address.p2sh === version,
  );
  return ofOther(others, network, `version byte ${version}`);
}

function parseSegwit(text: string, network: Network): { readonly script: Uint8Array } | WrongAddress {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return badFormat('upper and lower case are mixed');
  const old = bech32.decodeUnsafe(lower);
  const decoded = old ?? bech32m.decodeUnsafe(lower);
  if (decoded === undefined) return WRONG_CHECKSUM;
  const { prefix, words } = decoded;
  if (prefix !== network.address.bech32) {
    const others = Object.values(NETWORKS).filter(({ address }) => address.bech32 === prefix);
    return ofOther(others, network, `prefix ${prefix}`);
  }
  const version = words[0];
  const program = bech32.fromWordsUnsafe(words.slice(1));
  if (version === undefined || program === undefined)
    return badFormat('its last character is not what it would be');
  if (version > MAX_WITNESS_VERSION) return badFormat(`witness version ${version}, where the last is 16`);
  if ((version === 0) !== (old !== undefined))
    return badFormat(
      `witness version ${version} with the checksum of ${version === 0 ? 'bech32m' : 'bech32'}`,
    );
  if (!isProgramLength(version, program.length))
    return badFormat(`a witness program of ${program.length} bytes for version ${version}`);
  return { script: Uint8Array.of(version === 0 ? 0 : OP.RESERVED + version, program.length, ...program) };
}

/** Version 1 is not held to 32 bytes: other lengths are for later, and one is the anchor. */
function isProgramLength(version: number, length: number): boolean {
  if (version === 0) return length === 20 || length === 32;
  return length >= MIN_PROGRAM_BYTES && length <= MAX_PROGRAM_BYTES;
}

function base58Address(version: number, hash: Uint8Array): string {
  const bytes = new Uint8Array(BASE58_PAYLOAD_BYTES + CHECKSUM_BYTES);
  bytes[0] = version;
  bytes.set(hash, 1);
  const checksum = sha256d(bytes.subarray(0, BASE58_PAYLOAD_BYTES)).subarray(0, CHECKSUM_BYTES);
  bytes.set(checksum, BASE58_PAYLOAD_BYTES);
  return base58.encode(bytes);
}

function isBech32(lower: string): boolean {
  return (
    BECH32_TEXT.test(lower) &&
    (bech32.decodeUnsafe(lower) !== undefined || bech32m.decodeUnsafe(lower) !== undefined)
  );
}

function badFormat(detail: string): WrongAddress {
  return { code: 'address-format', detail };
}

function ofOther(others: readonly Network[], wanted: Network, what: string): WrongAddress {
  const names = others.map(({ name }) => name).join(' or ');
  const owner = names === '' ? `${what} is of no network that we know` : `it is an address of ${names}`;
  return { code: 'address-network', detail: `${owner}, not of ${wanted.name}` };
}
