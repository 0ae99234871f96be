/** The checksum of descriptors (BIP 380): a code over GF(32) like that of bech32, eight characters long. */

/** Characters of a checksum. */
export const CHECKSUM_CHARACTERS = 8;

/** All characters that may stand in a descriptor, in three groups of 32: what is written most is in the first. */
const INPUT_CHARACTERS =
  '0123456789()[],\'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#"\\ ';
const OUTPUT_CHARACTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

/** The generator times 1, 2, 4, 8 and 16, of 40 bits each: 20 high ones and 20 low ones, as numbers hold no 40 bits. */
const GENERATOR_HIGH = [0xf5dee, 0xa9fdc, 0x1bab1, 0x3706b, 0x644d6] as const;
const GENERATOR_LOW = [0x51989, 0xa3312, 0x0e32d, 0x1677a, 0x26ffd] as const;

/** Where an ASCII character stands among {@link INPUT_CHARACTERS}, or -1. */
const POSITIONS: Int8Array = new Int8Array(128).fill(-1);
for (let i = 0; i < INPUT_CHARACTERS.length; i++) POSITIONS[INPUT_CHARACTERS.charCodeAt(i)] = i;

/**
 * The checksum of a descriptor that is written without one.
 *
 * @throws {RangeError} for a character that no descriptor has.
 */
export function descriptorChecksum(text: string): string {
  const checksum = checksumOf(text);
  if (checksum === undefined) throw new RangeError('the text has a character that no descriptor has');
  return checksum;
}

/** {@link descriptorChecksum}, or undefined for a character that no descriptor has. */
export function checksumOf(text: string): string | undefined {
  const code = new Code();
  let groups = 0;
  for (let i = 0; i < text.length; i++) {
    const position = POSITIONS[text.charCodeAt(i)] ?? -1;
    if (position === -1) return undefined;
    code.add(position & 31);
    groups = groups * 3 + (position >> 5);
    if (i % 3 === 2) {
      code.add(groups);
      groups = 0;
    }
  }
  if (text.length % 3 !== 0) code.add(groups);
  return code.finish();
}

class Code {
  #high = 0;
  #low = 1;

  /** Multiplies by x, adds the symbol, and takes the remainder. */
  add(symbol: number): void {
    const top = this.#high >> 15;
    this.#high = ((this.#high & 0x7fff) << 5) | (this.#low >> 15);
    this.#low = ((this.#low & 0x7fff) << 5) ^ symbol;
    for (let bit = 0; bit < 5; bit++) {
      if (((top >> bit) & 1) === 0) continue;
      this.#high ^= GENERATOR_HIGH[bit] as number;
      this.#low ^= GENERATOR_LOW[bit] as number;
    }
  }

  finish(): string {
    for (let i = 0; i < CHECKSUM_CHARACTERS; i++) this.add(0);
    this.#low ^= 1;
    return characters(this.#high) + characters(this.#low);
  }
}

/** Twenty bits as four characters. */
function characters(bits: number): string {
  return [15, 10, 5, 0].map((shift) => OUTPUT_CHARACTERS[(bits >> shift) & 31]).join('');
}
