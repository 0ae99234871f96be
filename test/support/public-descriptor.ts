/** Published examples of descriptors hold private keys; here they become the public keys that they stand for. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { createBase58check } from '@scure/base';
import { HDKey } from '@scure/bip32';
import { sha256 } from '../../src/bytes/hash.ts';
import { toHex } from '../../src/bytes/hex.ts';

const base58check = createBase58check(sha256);

const WIF = /\b[5KL][1-9A-HJ-NP-Za-km-z]{50,51}\b/g;
/** With the steps down to the last hardened one, which have to be taken before the key is made public. */
const EXTENDED = /\b(xprv[1-9A-HJ-NP-Za-km-z]+)((?:\/[0-9]+['h]?)*\/[0-9]+['h])?/g;

/** The same descriptor with public keys. One that ends in any hardened child has no such form. */
export function publicDescriptor(text: string): string {
  return text.replaceAll(WIF, publicHex).replaceAll(EXTENDED, (_, key: string, steps = '') => {
    return HDKey.fromExtendedKey(key).derive(`m${steps.replaceAll('h', "'")}`).publicExtendedKey;
  });
}

/** A byte for the network, 32 for the key, and one more if it is to be compressed. */
function publicHex(wif: string): string {
  const bytes = base58check.decode(wif);
  return toHex(secp256k1.getPublicKey(bytes.subarray(1, 33), bytes.length === 34));
}
