import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../src/bytes/hex.ts';
import { mainnet } from '../src/networks/mainnet.ts';
import { regtest } from '../src/networks/regtest.ts';
import { checkScan, deriveScripts, type ResolvedScan, type ScanOptions } from '../src/scan-options.ts';
import { parseDescriptor } from '../src/script/descriptor.ts';

/** The example address of BIP 173, and what it stands for. */
const ADDRESS = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
const SCRIPT = '0014751e76e8199196d454941c45d1b3a323f1433bd6';
/** The same by its key. */
const DESCRIPTOR = 'wpkh(0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798)';
const OTHER_SCRIPT = `5120${'ab'.repeat(32)}`;
/** A key of the test vectors of BIP 32. */
const XPUB =
  'xpub6ASuArnXKPbfEwhqN6e3mwBcDTgzisQN1wXN9BJcM47sSikHjJf3UFHKkNAWbWMiGj7Wf5uMash7SyYq527Hqck2AxYysAA7xmALppuCkwQ';
const RANGED = `wpkh(${XPUB}/0/*)`;

function resolve(options: ScanOptions, network = regtest): Promise<ResolvedScan> {
  return deriveScripts(checkScan(options, network));
}

async function scriptsOf(options: ScanOptions, network = regtest): Promise<string[]> {
  return (await resolve(options, network)).scripts.map(toHex);
}

/** Scripts of the ranged descriptor, by their places. */
function placesOf(...indices: number[]): string[] {
  const descriptor = parseDescriptor(RANGED, mainnet);
  assert.ok('scriptsAt' in descriptor);
  return indices.flatMap((index) => descriptor.scriptsAt(index).map(toHex));
}

function upTo(last: number, first = 0): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

test('what is left out is what most want', async () => {
  const { scripts, rangeEnds, ...others } = await resolve({ addresses: [ADDRESS] });
  assert.deepEqual(scripts, [fromHex(SCRIPT)]);
  assert.equal(rangeEnds.size, 0);
  assert.deepEqual(others, { fromHeight: undefined, filterPeers: 2, allBlocks: false, resume: true });
});

test('what is given is taken', async () => {
  const given = { fromHeight: 840_000, filterPeers: 1, allBlocks: true, resume: false };
  const {
    scripts,
    rangeEnds: _,
    ...others
  } = await resolve({ ...given, scripts: [OTHER_SCRIPT.toUpperCase()] });
  assert.deepEqual(others, given);
  assert.deepEqual(scripts, [fromHex(OTHER_SCRIPT)]);
});

test('addresses, scripts and descriptors are looked for together, each script once', async () => {
  const together = await scriptsOf({
    addresses: [ADDRESS, ADDRESS],
    scripts: [OTHER_SCRIPT, SCRIPT],
    descriptors: [DESCRIPTOR, { descriptor: DESCRIPTOR }, `addr(${ADDRESS})`],
  });
  assert.deepEqual(together, [SCRIPT, OTHER_SCRIPT]);
});

test('a descriptor may stand for several scripts', async () => {
  assert.equal((await scriptsOf({ descriptors: [DESCRIPTOR.replace('wpkh', 'combo')] })).length, 4);
});

test('a ranged descriptor is looked at in its first thousand places', async () => {
  const { scripts } = await resolve({ descriptors: [RANGED] }, mainnet);
  assert.equal(scripts.length, 1_000);
  assert.deepEqual(
    [scripts[0], scripts[999]].map((script) => toHex(script as Uint8Array)),
    placesOf(0, 999),
  );
});

test('a range says which places are looked at', async () => {
  const range = [7, 9] as const;
  assert.deepEqual(
    await scriptsOf({ descriptors: [{ descriptor: RANGED, range }] }, mainnet),
    placesOf(7, 8, 9),
  );
  const last = [2 ** 31 - 1, 2 ** 31 - 1] as const;
  assert.equal((await scriptsOf({ descriptors: [{ descriptor: RANGED, range: last }] }, mainnet)).length, 1);
});

test('a range means nothing to a descriptor that has none', async () => {
  assert.deepEqual(await scriptsOf({ descriptors: [{ descriptor: DESCRIPTOR, range: [5, 9] }] }), [SCRIPT]);
});

test('the last twenty places of a range are known as its end', async () => {
  const { rangeEnds } = await resolve(
    {
      scripts: [OTHER_SCRIPT],
      descriptors: [
        `addr(bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4)`,
        { descriptor: RANGED, range: [3, 30] },
      ],
    },
    mainnet,
  );
  assert.deepEqual([...rangeEnds.keys()], placesOf(...upTo(30, 11)));
  assert.deepEqual(rangeEnds.get(placesOf(11)[0] as string), { descriptor: 1, index: 11, last: 30 });
});

test('a range of fewer than twenty places is all end', async () => {
  const { rangeEnds } = await resolve({ descriptors: [{ descriptor: RANGED, range: [0, 4] }] }, mainnet);
  assert.deepEqual([...rangeEnds.keys()], placesOf(...upTo(4)));
});

const REFUSED: readonly (readonly [what: string, ScanOptions, 'TypeError' | 'RangeError', RegExp])[] = [
  ['nothing', {}, 'TypeError', /^there is nothing to look for/],
  [
    'nothing but empty lists',
    { addresses: [], scripts: [], descriptors: [] },
    'TypeError',
    /nothing to look for/,
  ],
  [
    'an address of another network',
    { addresses: ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'] },
    'TypeError',
    /wrong address/,
  ],
  ['what is no script', { scripts: ['abc'] }, 'TypeError', /"abc" is no script/],
  ['an empty script', { descriptors: ['raw()'] }, 'TypeError', /empty|wrong/],
  [
    'a script that nobody can spend from',
    { scripts: ['6a0101'] },
    'TypeError',
    /begins with OP_RETURN is in no filter/,
  ],
  [
    'the same in a descriptor',
    { descriptors: ['raw(6a)'] },
    'TypeError',
    /begins with OP_RETURN is in no filter/,
  ],
  ['what is no descriptor', { descriptors: [DESCRIPTOR, 'wpkh()'] }, 'TypeError', /^descriptor 2 is wrong: /],
  [
    'a descriptor that is no text',
    { descriptors: [{} as { descriptor: string }] },
    'TypeError',
    /^descriptor 1 is no text/,
  ],
  ['half a height', { addresses: [ADDRESS], fromHeight: 0.5 }, 'RangeError', /fromHeight is 0\.5/],
  ['a height below genesis', { addresses: [ADDRESS], fromHeight: -1 }, 'RangeError', /fromHeight is -1/],
  [
    'no peers',
    { addresses: [ADDRESS], filterPeers: 0 },
    'RangeError',
    /filterPeers is 0, not a whole number from 1 to 8/,
  ],
  ['too many peers', { addresses: [ADDRESS], filterPeers: 9 }, 'RangeError', /filterPeers is 9/],
];

for (const [what, options, name, message] of REFUSED) {
  test(`${what} is refused`, () => {
    assert.throws(() => checkScan(options, regtest), { name, message });
  });
}

test('a private key is refused and never shown', () => {
  const secret = 'L4rK1yDtCWekvXuE6oXD9jCYfFNV2cWRpVuPLBcCU2z8TrisoyY1';
  assert.throws(
    () => checkScan({ descriptors: [`wpkh(${secret})`] }, mainnet),
    (error: Error) => error.name === 'TypeError' && !error.message.includes('L4rK'),
  );
});

const WRONG_RANGES: readonly (readonly [number, number])[] = [
  [-1, 5],
  [5, 4],
  [0, 2 ** 31],
  [0.5, 2],
  [0, Number.NaN],
];

for (const range of WRONG_RANGES) {
  test(`a range from ${range.join(' to ')} is refused`, () => {
    assert.throws(() => checkScan({ descriptors: [{ descriptor: RANGED, range }] }, mainnet), {
      name: 'RangeError',
      message: /^the range of descriptor 1 is /,
    });
  });
}

test('others get a turn while scripts are derived, and may end it', async () => {
  const checked = checkScan({ descriptors: [RANGED] }, mainnet);
  let turns = 0;
  await deriveScripts(checked, () => turns++);
  assert.ok(turns > 2, `${turns} turns`);
  await assert.rejects(
    deriveScripts(checked, () => {
      throw new Error('enough');
    }),
    { message: 'enough' },
  );
});

test('more scripts than can be looked for are refused before they are made', () => {
  const range = [0, 1_000_000] as const;
  const started = performance.now();
  assert.throws(() => checkScan({ descriptors: [{ descriptor: RANGED, range }] }, mainnet), {
    name: 'RangeError',
    message: 'there are over 1000000 scripts to look for',
  });
  assert.ok(performance.now() - started < 5_000);
});
