/** SipHash-2-4: numbers of 64 bits that nobody can foretell without the key (Aumasson, Bernstein 2012; Core: src/crypto/siphash.cpp). */

/** Length of a key. */
export const SIP_KEY_BYTES = 16;

/** Four rounds end a hash: as many as two words without a bit. */
const FINAL_HALVES = 4;

/** What the state is made of with a key: "somepseudorandomlygeneratedbytes". */
const INITIAL_HALVES = Int32Array.from([
  0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462,
]);

/**
 * The state that hashing under a key begins with: four words of 64 bits, each as two halves, the low one first.
 *
 * @param key 16 bytes.
 */
export function sipState(key: Uint8Array): Int32Array {
  if (key.length !== SIP_KEY_BYTES) throw new RangeError(`a key of ${key.length} bytes`);
  const halves = new Int32Array(SIP_KEY_BYTES / 4);
  setHalves(halves, key);
  const state = INITIAL_HALVES.slice();
  for (let i = 0; i < state.length; i++) state[i]! ^= halves[i & 3] as number;
  return state;
}

/**
 * A message as SipHash takes it: words of 64 bits in the same form. The last byte of the last one is the message's length,
 * modulo 256. What is hashed under many keys is brought into this form once.
 */
export function sipWords(message: Uint8Array): Int32Array {
  const words = new Int32Array(2 * (Math.floor(message.length / 8) + 1));
  setHalves(words, message);
  words[words.length - 1]! |= message.length << 24;
  return words;
}

function setHalves(halves: Int32Array, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) halves[i >> 2]! |= (bytes[i] as number) << (8 * (i & 3));
}

/**
 * Hashes a message of {@link sipWords}.
 *
 * Every word of the state is two halves, for a number holds no 64 bits, and BigInt takes over a hundred times as long. A
 * sum of low halves carries where both had the highest bit, or one had and the sum has not: reckoned without a branch, as
 * chance decides and no branch can be foreseen.
 *
 * @param state of {@link sipState}, left as it is.
 * @param words in which the message lies from `start` to `end`.
 * @param hash where the hash goes, its low half first.
 */
export function sipHash(
  state: Int32Array,
  words: Int32Array,
  start: number,
  end: number,
  hash: Uint32Array,
): void {
  let low0 = state[0] as number;
  let high0 = state[1] as number;
  let low1 = state[2] as number;
  let high1 = state[3] as number;
  let low2 = state[4] as number;
  let high2 = state[5] as number;
  let low3 = state[6] as number;
  let high3 = state[7] as number;

  for (let at = start; at < end + FINAL_HALVES; at += 2) {
    const low = at < end ? (words[at] as number) : 0;
    const high = at < end ? (words[at + 1] as number) : 0;
    if (at === end) low2 ^= 0xff;
    low3 ^= low;
    high3 ^= high;
    for (let round = 0; round < 2; round++) {
      // v0 += v1; v1 = rotated by 13, ^ v0; v0 rotated by 32
      let sum = (low0 + low1) | 0;
      high0 = (high0 + high1 + (((low0 & low1) | ((low0 | low1) & ~sum)) >>> 31)) | 0;
      let turned = (low1 << 13) | (high1 >>> 19);
      high1 = ((high1 << 13) | (low1 >>> 19)) ^ high0;
      low1 = turned ^ sum;
      low0 = high0;
      high0 = sum;
      // v2 += v3; v3 = rotated by 16, ^ v2
      sum = (low2 + low3) | 0;
      high2 = (high2 + high3 + (((low2 & low3) | ((low2 | low3) & ~sum)) >>> 31)) | 0;
      turned = (low3 << 16) | (high3 >>> 16);
      high3 = ((high3 << 16) | (low3 >>> 16)) ^ high2;
      low3 = turned ^ sum;
      low2 = sum;
      // v0 += v3; v3 = rotated by 21, ^ v0
      sum = (low0 + low3) | 0;
      high0 = (high0 + high3 + (((low0 & low3) | ((low0 | low3) & ~sum)) >>> 31)) | 0;
      turned = (low3 << 21) | (high3 >>> 11);
      high3 = ((high3 << 21) | (low3 >>> 11)) ^ high0;
      low3 = turned ^ sum;
      low0 = sum;
      // v2 += v1; v1 = rotated by 17, ^ v2; v2 rotated by 32
      sum = (low2 + low1) | 0;
      high2 = (high2 + high1 + (((low2 & low1) | ((low2 | low1) & ~sum)) >>> 31)) | 0;
      turned = (low1 << 17) | (high1 >>> 15);
      high1 = ((high1 << 17) | (low1 >>> 15)) ^ high2;
      low1 = turned ^ sum;
      low2 = high2;
      high2 = sum;
    }
    low0 ^= low;
    high0 ^= high;
  }
  hash[0] = low0 ^ low1 ^ low2 ^ low3;
  hash[1] = high0 ^ high1 ^ high2 ^ high3;
}
