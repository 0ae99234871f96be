import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { checksumOf, descriptorChecksum } from '../../../src/script/descriptors/checksum.ts';

const CHARACTERS =
  '0123456789()[],\'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#"\\ ';

const text = fc.string({ unit: fc.constantFrom(...CHARACTERS.split('')), minLength: 1, maxLength: 80 });

/** Of BIP 380 and of Core's documents and tests. */
const KNOWN = [
  ['raw(deadbeef)', '89f8spxm'],
  ['addr(mkmZxiEcEd8ZqjQWVZuC6so5dFMKEFpN2j)', '02wpgw69'],
  ['pkh(02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5)', '8fhd9pwu'],
] as const;

for (const [body, checksum] of KNOWN) {
  test(`the checksum of ${body.slice(0, 20)}… is ${checksum}`, () => {
    assert.equal(descriptorChecksum(body), checksum);
  });
}

test('a checksum is worked out as the code in BIP 380 does it', () => {
  fc.assert(fc.property(text, (body) => assert.equal(descriptorChecksum(body), referenceChecksum(body))));
});

test('a character that is changed changes the checksum, and so do two that change places', () => {
  const change = fc.tuple(text, fc.nat(), fc.constantFrom(...CHARACTERS.split('')));
  fc.assert(
    fc.property(change, ([body, place, character]) => {
      const at = place % body.length;
      fc.pre(body[at] !== character);
      const changed = body.slice(0, at) + character + body.slice(at + 1);
      assert.notEqual(descriptorChecksum(changed), descriptorChecksum(body));
      const swapped = body.slice(0, at) + (body[at + 1] ?? '') + body[at] + body.slice(at + 2);
      if (swapped !== body) assert.notEqual(descriptorChecksum(swapped), descriptorChecksum(body));
    }),
  );
});

test('a character that no descriptor has is refused', () => {
  for (const body of ['raw(Ü)', 'raw(\u{1f511})', 'raw(\n)', 'raw(\0)', '\u2028', '\u007f']) {
    assert.equal(checksumOf(body), undefined);
    assert.throws(() => descriptorChecksum(body), RangeError);
  }
});

/** The same as BIP 380 writes it down, with numbers of 40 bits. */
function referenceChecksum(body: string): string {
  const positions = Array.from(body, (character) => CHARACTERS.indexOf(character));
  const symbols: number[] = [];
  for (let i = 0; i < positions.length; i += 3) {
    const part = positions.slice(i, i + 3);
    symbols.push(
      ...part.map((position) => position & 31),
      part.reduce((sum, position) => sum * 3 + (position >> 5), 0),
    );
  }
  // In the last part the group symbol comes after the symbols that there are, as in all the others.
  const generator = [0xf5dee51989n, 0xa9fdca3312n, 0x1bab10e32dn, 0x3706b1677an, 0x644d626ffdn];
  let sum = 1n;
  for (const symbol of [...symbols, 0, 0, 0, 0, 0, 0, 0, 0]) {
    const top = sum >> 35n;
    sum = ((sum & 0x7ffffffffn) << 5n) ^ BigInt(symbol);
    for (const [i, term] of generator.entries()) if (((top >> BigInt(i)) & 1n) === 1n) sum ^= term;
  }
  sum ^= 1n;
  const places = Array.from({ length: 8 }, (_, i) => Number((sum >> BigInt(5 * (7 - i))) & 31n));
  return places.map((place) => 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'[place]).join('');
}
