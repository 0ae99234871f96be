/** Texts that are no descriptors, nearly descriptors, or huge: each is answered, soon, and without being quoted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { mainnet } from '../../src/networks/mainnet.ts';
import { type DescriptorFault, parseDescriptor } from '../../src/script/descriptor.ts';
import { descriptorText, extendedKeys, mutated } from '../support/descriptors.ts';

const CODES: readonly DescriptorFault[] = [
  'descriptor-syntax',
  'descriptor-checksum',
  'descriptor-network',
  'descriptor-private-key',
  'descriptor-unsupported',
];
const CHARACTERS = "0123456789()[],'/*abcdefgh@{}<>;#KLxpubrv ";
const [first] = extendedKeys(mainnet);
const XPUB = first?.publicExtendedKey ?? '';
const X = 'a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd';
/** Far more than any of them takes, even on a busy machine. */
const SOON_MS = 5_000;

/** Words of which descriptors are made, in any order. */
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'pk(',
        'pkh(',
        'wpkh(',
        'sh(',
        'wsh(',
        'tr(',
        'combo(',
        'multi(',
        'sortedmulti(',
        'rawtr(',
      ),
      fc.constantFrom(
        'multi_a(',
        'addr(',
        'raw(',
        'musig(',
        'and_v(',
        'c:pk_k(',
        'unused(',
        ')',
        ',',
        '{',
        '}',
      ),
      fc.constantFrom(XPUB, X, `02${X}`, '[deadbeef]', '/0', '/*', "/1'", '/<0;1>', '1', '2', '#', '/'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

test('any text is answered with a code or a descriptor that has scripts', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: fc.constantFrom(...CHARACTERS.split('')), maxLength: 200 }),
    pieces,
    mutated(pieces, CHARACTERS),
    mutated(descriptorText(mainnet), CHARACTERS),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      const result = parseDescriptor(text, mainnet);
      if ('code' in result) {
        assert.ok(CODES.includes(result.code), result.code);
        assert.ok(!quotes(result.detail, text), result.detail);
        return;
      }
      for (const index of [0, 0x7fffffff]) assert.ok(result.scriptsAt(index).length > 0);
    }),
    { numRuns: 500 },
  );
});

test('a descriptor by the rules is taken, with the scripts of its paths', () => {
  fc.assert(
    fc.property(descriptorText(mainnet), (text) => {
      const result = parseDescriptor(text, mainnet);
      assert.ok(!('code' in result), 'detail' in result ? result.detail : '');
      assert.equal(result.isRanged, text.includes('*'));
      const values = /<([^>]*)>/.exec(text)?.[1]?.split(';').length ?? 1;
      assert.equal(result.scriptsAt(0).length % values, 0);
      const again = parseDescriptor(`${text}#${result.checksum}`, mainnet);
      assert.ok(!('code' in again));
      assert.deepEqual(again.scriptsAt(7), result.scriptsAt(7));
    }),
    { numRuns: 60 },
  );
});

/** What it is, the text, and the code. */
const HUGE: readonly (readonly [string, string, DescriptorFault])[] = [
  ['a megabyte', 'a'.repeat(1_000_000), 'descriptor-unsupported'],
  ['functions in functions', 'sh('.repeat(60_000), 'descriptor-syntax'],
  ['functions in functions where they may stand', `wsh(${'and_v('.repeat(30_000)}`, 'descriptor-unsupported'],
  ['nothing but braces', `tr(${X},${'{'.repeat(190_000)}`, 'descriptor-syntax'],
  ['nothing but commas', `multi(1${','.repeat(190_000)})`, 'descriptor-syntax'],
  ['nothing but slashes', `pk(${XPUB}${'/'.repeat(190_000)})`, 'descriptor-syntax'],
  ['nothing but closing brackets', `pk([deadbeef${']'.repeat(190_000)}${X})`, 'descriptor-syntax'],
  ['a number of many digits', `multi(${'9'.repeat(190_000)},02${X})`, 'descriptor-syntax'],
  ['a step of many digits', `pk(${XPUB}/${'9'.repeat(190_000)})`, 'descriptor-syntax'],
  ['a key of many characters', `pk(${'x'.repeat(190_000)})`, 'descriptor-syntax'],
  ['a key of many digits', `pk(${'0'.repeat(190_000)})`, 'descriptor-syntax'],
  ['more steps than can be counted', `pk(${XPUB}${'/0'.repeat(253)})`, 'descriptor-syntax'],
  ['many more steps', `pk(${XPUB}${'/0'.repeat(90_000)})`, 'descriptor-syntax'],
  ['more keys than multi_a() has', `tr(${X},multi_a(1${`,${X}`.repeat(1_000)}))`, 'descriptor-syntax'],
  [
    'a step with thousands of values',
    `pk(${XPUB}/<${Array.from({ length: 10_001 }, (_, i) => i).join(';')}>)`,
    'descriptor-unsupported',
  ],
  [
    'a path of tens of thousands of steps for each of ten thousand values',
    `pk(${XPUB}/<${Array.from({ length: 10_000 }, (_, i) => i).join(';')}>${'/0'.repeat(70_000)})`,
    'descriptor-syntax',
  ],
  [
    'a path of hundreds of steps for each of hundreds of values',
    `pk(${XPUB}/<${Array.from({ length: 500 }, (_, i) => i).join(';')}>${'/0'.repeat(200)})`,
    'descriptor-unsupported',
  ],
];

for (const [what, text, code] of HUGE) {
  test(`${what} is refused at once: ${code}`, () => {
    const startMs = performance.now();
    const result = parseDescriptor(text, mainnet);
    assert.equal('code' in result && result.code, code);
    assert.ok(performance.now() - startMs < SOON_MS);
  });
}

test('a tree is 128 levels deep at most, and one of 128 has a script', () => {
  const leaf = `pk(${X})`;
  const deep = (levels: number): string =>
    `tr(${X},${'{'.repeat(levels)}${leaf}${`,${leaf}}`.repeat(levels)})`;
  const taken = parseDescriptor(deep(128), mainnet);
  assert.ok(!('code' in taken));
  assert.equal(taken.scriptsAt(0)[0]?.length, 34);
  const refused = parseDescriptor(deep(129), mainnet);
  assert.equal('code' in refused && refused.code, 'descriptor-syntax');
});

test('as many keys are taken as any function takes, extended, with origins and two paths', () => {
  const key = `[deadbeef/48'/0'/0'/2']${XPUB}/<0;1>/*`;
  const text = `tr(${X},sortedmulti_a(500${`,${key}`.repeat(999)}))`;
  const result = parseDescriptor(text, mainnet);
  assert.ok(!('code' in result), 'detail' in result ? result.detail : '');
  assert.equal(result.isRanged, true);
});

/** Whether a text repeats eight characters in a row of what may be somebody's secret: names of functions are shorter. */
function quotes(detail: string, text: string): boolean {
  for (let at = 0; at + 8 <= text.length; at++) {
    const part = text.slice(at, at + 8);
    if (/^[0-9A-Za-z]{8}$/.test(part) && /\d/.test(part) && detail.includes(part)) return true;
  }
  return false;
}
