/** Chains of mainnet headers with real proof of work that are published as test vectors. */
import { readFileSync } from 'node:fs';
import { sha256d } from '../../src/bytes/hash.ts';
import { fromHex } from '../../src/bytes/hex.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { encode } from '../../src/wire/codec.ts';
import { HEADER_SIZE_BYTES, header } from '../../src/wire/header.ts';
import { sharedData } from './repository.ts';

/**
 * The 2,016 headers above genesis of an alternative to mainnet, 80 bytes each (Core: test/functional/mining_mainnet.py). They
 * came so fast that the last one, the first after a retarget, is four times harder.
 */
export function alternativeMainnet(): Uint8Array {
  const { timestamps, nonces } = JSON.parse(
    readFileSync(sharedData('vectors', 'core_mainnet_alt.json'), 'utf8'),
  ) as { readonly timestamps: readonly number[]; readonly nonces: readonly number[] };
  const headers = new Uint8Array(timestamps.length * HEADER_SIZE_BYTES);
  let prev = sha256d(fromHex(NETWORKS.mainnet.genesisHeaderHex));
  for (const [i, time] of timestamps.entries()) {
    const height = i + 1;
    const bits = height < 2016 ? 0x1d00ffff : 0x1c3fffc0;
    const fields = { version: 0x20000000, prev, merkleRoot: coinbaseId(height), time, bits };
    const bytes = encode(header, { ...fields, nonce: nonces[i] as number });
    headers.set(bytes, i * HEADER_SIZE_BYTES);
    prev = sha256d(bytes);
  }
  return headers;
}

/** BIP 54 publishes its chains as a tree, so that they need not repeat what they share. */
export interface HeaderVectorTree {
  readonly block_headers: readonly string[];
  readonly extensions?: readonly HeaderVectorTree[];
  readonly valid?: boolean;
  readonly comment?: string;
}

/** The tree of BIP 54's rules for timestamps; its root begins with genesis. */
export function bip54Timestamps(): HeaderVectorTree {
  return JSON.parse(
    readFileSync(sharedData('vectors', 'bip-0054_timestamps.json'), 'utf8'),
  ) as HeaderVectorTree;
}

/** Transaction id of the only transaction of an alternative block: 50 bitcoin to one script. */
function coinbaseId(height: number): Uint8Array {
  const previous = `${'00'.repeat(32)}ffffffff`;
  const script = heightScript(height);
  const input = `01${previous}${(script.length / 2).toString(16).padStart(2, '0')}${script}ffffffff`;
  const output = '0100f2052a010000001976a914eadbac7f36c37e39361168b7aaee3cb24a25312d88ac';
  return sha256d(fromHex(`02000000${input}${output}00000000`));
}

/** The push of a height that BIP 34 asks for, hexadecimal; one byte more where it would be shorter than a coinbase’s script may be. */
export function heightScript(height: number): string {
  if (height <= 16) return `${(0x50 + height).toString(16)}00`;
  const bytes = height < 0x80 ? [height] : [height & 0xff, height >> 8];
  if ((bytes.at(-1) as number) >= 0x80) bytes.push(0);
  return [bytes.length, ...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
