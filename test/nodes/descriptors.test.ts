/** The scripts that descriptors stand for, held against a real bitcoind; what it refuses we refuse, and what we take it takes. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { addressOf } from '../../src/script/address.ts';
import { outputType } from '../../src/script/classify.ts';
import { type Descriptor, type DescriptorFault, parseDescriptor } from '../../src/script/descriptor.ts';
import { block } from '../../src/wire/block.ts';
import { decode } from '../../src/wire/codec.ts';
import { descriptorText, extendedKeys, mutated } from '../support/descriptors.ts';
import { SEEDS } from '../support/differential-effort.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Bitcoind } from '../support/nodes/bitcoind.ts';
import { RpcError } from '../support/nodes/json-rpc.ts';

const options = { skip: skipWithoutNodes('bitcoind'), timeout: 60_000 * SEEDS };
const DESCRIPTORS = 150 * SEEDS;
const NEARLY = 400 * SEEDS;
/** Requests under way at once. */
const AT_ONCE = 8;
/** Ranges begin there. */
const FIRST_INDEXES = [0, 1_000, 0x7ffffffd];
const RANGE_LENGTH = 3;

/** What slips into a text: no plus and no space, which some versions of nodes read over. */
const CHARACTERS = "0123456789()[],'/*abcdefh{}<>;ptxw";
/** What bitcoind knows and we do not, or needs to know private keys for. */
const OUR_LIMITS: readonly DescriptorFault[] = ['descriptor-unsupported', 'descriptor-private-key'];

/** How bitcoind describes a descriptor. */
interface Info {
  readonly checksum: string;
  readonly isrange: boolean;
}

test('descriptors of every form stand for the addresses that bitcoind derives', options, async (t) => {
  const node = await startedNode(t);
  const texts = fc.sample(descriptorText(regtest), DESCRIPTORS);
  const compared = await inTurns(texts, async (text) => {
    const descriptor = parsed(text);
    const info = await node.rpc<Info>('getdescriptorinfo', [text]);
    assert.deepEqual([descriptor.checksum, descriptor.isRanged], [info.checksum, info.isrange], text);
    return compareAddresses(node, text, descriptor);
  });
  assert.ok(compared.filter(Boolean).length > DESCRIPTORS / 2);
});

test('descriptors of every form stand for the scripts that bitcoind would mine to', options, async (t) => {
  const node = await startedNode(t);
  const texts = fc.sample(descriptorText(regtest), DESCRIPTORS);
  await inTurns(texts, async (text, i) => {
    const descriptor = parsed(text);
    const index = FIRST_INDEXES[i % FIRST_INDEXES.length] as number;
    const scripts = descriptor.scriptsAt(index).map(toHex);
    const each = expanded(text, index);
    const perPath = scripts.length / each.length;
    for (const [place, single] of each.entries()) {
      const mined = await minedScript(node, single);
      // Of the scripts of combo() bitcoind takes one.
      const ours = scripts.slice(place * perPath, (place + 1) * perPath);
      assert.ok(ours.includes(mined), `${text} at ${index}: ${mined} is none of ${ours.join()}`);
      assert.ok(perPath === 1 || text.startsWith('combo('), text);
    }
  });
});

test('addr() and raw() stand for what bitcoind says', options, async (t) => {
  const node = await startedNode(t);
  const scripts = fc.sample(descriptorText(regtest), 40).flatMap((text) => parsed(text).scriptsAt(0));
  await inTurns(scripts, async (script) => {
    assert.equal(await minedScript(node, `raw(${toHex(script)})`), toHex(script));
    assert.deepEqual(parsed(`raw(${toHex(script)})`).scriptsAt(0), [script]);
    const address = addressOf(script, regtest);
    if (address === undefined) return;
    assert.equal(await minedScript(node, `addr(${address})`), toHex(script));
    assert.deepEqual(parsed(`addr(${address})`).scriptsAt(0), [script]);
  });
});

test('what is nearly a descriptor is refused by bitcoind and by us, or taken by both', options, async (t) => {
  const node = await startedNode(t);
  const texts = fc.sample(mutated(descriptorText(regtest), CHARACTERS), NEARLY);
  const taken = await inTurns(texts, (text) => compareVerdicts(node, text));
  const count = taken.filter(Boolean).length;
  assert.ok(count > NEARLY / 50 && count < (NEARLY * 9) / 10, `${count} of ${NEARLY} were taken`);
});

const TPUB = extendedKeys(regtest)[0]?.publicExtendedKey ?? '';
const KEY = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
const X = KEY.slice(2);
const LEAF = `pk(${X})`;
const deep = (levels: number): string => `tr(${X},${'{'.repeat(levels)}${LEAF}${`,${LEAF}}`.repeat(levels)})`;
const times = (count: number): string => `,${KEY}`.repeat(count);

/** On either side of each limit, and what is easily taken for something else. */
const EDGES: readonly string[] = [
  ...[3, 4].map((count) => `multi(1${times(count)})`),
  ...[15, 16].map((count) => `sh(multi(1${times(count)}))`),
  ...[20, 21].map((count) => `wsh(multi(${count}${times(count)}))`),
  ...[998, 999, 1_000].map((count) => `tr(${X},multi_a(${count}${times(count)}))`),
  // Bitcoin Knots stops at 7 levels, Core at 128.
  ...[6, 7, 129].map(deep),
  ...[2_147_483_647, 2_147_483_648, 4_294_967_296].map((step) => `pkh(${TPUB}/${step})`),
  ...['01', '007', '', '-1', '1h', "1'", '1H', "1''", '1hh', 'h', '1.0', '0x1'].map(
    (step) => `pkh(${TPUB}/${step}/*)`,
  ),
  ...['*', '*h', "*'", '*H', '**', '*/0', '*/*'].map((last) => `pkh(${TPUB}/${last})`),
  ...['0;1', '0', '', ';', '0;', ';0', '0;0', '1;01', '0;1;2', '0h;0', '0h;0h', '0;*', '<0;1>', '0,1'].map(
    (values) => `pkh(${TPUB}/<${values}>/*)`,
  ),
  ...['', '0', '00', '01', '1', '001', '2', '3', 'x', '-1', '1h'].map(
    (needed) => `wsh(multi(${needed}${times(2)}))`,
  ),
  ...[
    '[]',
    '[01234567]',
    '[0123456]',
    '[012345678]',
    '[0123456g]',
    '[01234567/]',
    '[01234567/0h/1]',
    '[01234567/*]',
  ].map((origin) => `pkh(${origin}${KEY})`),
  ...['[01234567', '01234567]', '[01234567]]', '[[01234567]', '[01234567][01234567]'].map(
    (origin) => `pkh(${origin}${KEY})`,
  ),
  ...['pkh', 'pk', 'wpkh', 'combo', 'tr', 'rawtr', 'sh', 'wsh', 'raw', 'addr', 'multi'].flatMap((name) => [
    `${name}(${KEY})`,
    `${name}(${X})`,
    `${name}()`,
    `sh(${name}(${KEY}))`,
    `wsh(${name}(${KEY}))`,
    `tr(${X},${name}(${KEY}))`,
  ]),
  `tr(${X},{${LEAF},${LEAF}})`,
  `tr(${X},{${LEAF}})`,
  `tr(${X},{${LEAF},${LEAF},${LEAF}})`,
  `tr(${X},)`,
  `tr(${X},${LEAF},${LEAF})`,
  `tr({${LEAF},${LEAF}})`,
  `pkh(06${KEY.slice(2)}483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8)`,
  `pkh(${KEY}/0)`,
  `pkh(${TPUB}0)`,
  `pkh(${TPUB}`,
  `pkh${TPUB})`,
  `(${KEY})`,
  `pkh(${KEY})pkh(${KEY})`,
  `wsh(and_v(v:pk(${KEY}),older(1)))`,
  `sh(and_v(v:pk(${KEY}),older(1)))`,
  '',
];

test('bitcoind and we see every limit in the same place', options, async (t) => {
  const node = await startedNode(t);
  await inTurns(EDGES, (text) => compareVerdicts(node, text));
});

test('bitcoind and we compare checksums in the same way', options, async (t) => {
  const node = await startedNode(t);
  const body = `pkh(${KEY})`;
  const { checksum } = parsed(body);
  const endings = [
    '',
    '#',
    `#${checksum}`,
    `#${checksum}x`,
    `#${checksum.slice(1)}`,
    `##${checksum}`,
    `#${checksum}#`,
  ];
  const wrong = Array.from(checksum, (_, at) => `#${checksum.slice(0, at)}!${checksum.slice(at + 1)}`);
  for (const ending of [...endings, ...wrong, `#${checksum.toUpperCase()}`])
    await compareVerdicts(node, body + ending);
});

async function startedNode(t: TestContext): Promise<Bitcoind> {
  const node = await Bitcoind.start();
  t.after(() => node.dispose());
  return node;
}

/** Whether both took it; then its addresses are compared as well. */
async function compareVerdicts(node: Bitcoind, text: string): Promise<boolean> {
  const ours = parseDescriptor(text, regtest);
  const info = await node.rpc<Info>('getdescriptorinfo', [text]).catch((error: unknown) => {
    if (error instanceof RpcError) return error;
    throw error;
  });
  if (info instanceof RpcError) {
    assert.ok('code' in ours, `taken by us alone: ${text}: ${info.reason}`);
    return false;
  }
  if ('code' in ours) {
    assert.ok(
      OUR_LIMITS.includes(ours.code),
      `taken by bitcoind alone: ${text}: ${ours.code}, ${ours.detail}`,
    );
    return false;
  }
  assert.equal(ours.checksum, info.checksum, text);
  await compareAddresses(node, text.replace(/#.*$/, ''), ours);
  return true;
}

/** Whether it has addresses: bitcoind derives none of bare keys. */
async function compareAddresses(node: Bitcoind, text: string, descriptor: Descriptor): Promise<boolean> {
  if (/^(?:pk|multi|sortedmulti|raw)\(/.test(text)) return false;
  for (const first of descriptor.isRanged ? FIRST_INDEXES : [0]) {
    const indexes = Array.from({ length: descriptor.isRanged ? RANGE_LENGTH : 1 }, (_, i) => first + i);
    const range = descriptor.isRanged ? [[indexes[0], indexes.at(-1)]] : [];
    const params = [`${text}#${descriptor.checksum}`, ...range];
    const theirs = await node.rpc<readonly (string | readonly string[])[]>('deriveaddresses', params);
    assert.deepEqual(addressesOf(text, descriptor, indexes), theirs, text);
  }
  return true;
}

/** As bitcoind lists them: index after index, and a list for each path where there are several; bare keys are left out. */
function addressesOf(
  text: string,
  descriptor: Descriptor,
  indexes: readonly number[],
): readonly (string | readonly string[])[] {
  const paths = pathCount(text);
  const lists = Array.from({ length: paths }, (_, path) =>
    indexes.flatMap((index) => {
      const scripts = descriptor.scriptsAt(index);
      const perPath = scripts.length / paths;
      return scripts
        .slice(path * perPath, (path + 1) * perPath)
        .filter((script) => outputType(script) !== 'p2pk')
        .map((script) => addressOf(script, regtest) as string);
    }),
  );
  return paths === 1 ? (lists[0] as readonly string[]) : lists;
}

/** How many descriptors it is at once. */
function pathCount(text: string): number {
  return /<([^>]*)>/.exec(text)?.[1]?.split(';').length ?? 1;
}

/** One descriptor for each of its paths, with an index in place of the star. */
function expanded(text: string, index: number): string[] {
  return Array.from({ length: pathCount(text) }, (_, i) =>
    text
      .replaceAll(/<([^>]*)>/g, (_all, values: string) => values.split(';')[i] as string)
      .replaceAll('*', String(index)),
  );
}

/** The script of the first output of a block that bitcoind makes and keeps to itself. */
async function minedScript(node: Bitcoind, text: string): Promise<string> {
  const { hex } = await node.rpc<{ hex: string }>('generateblock', [text, [], false]);
  const [coinbase] = decode(block, fromHex(hex)).transactions;
  return toHex(coinbase?.outputs[0]?.script ?? new Uint8Array());
}

function parsed(text: string): Descriptor {
  const result = parseDescriptor(text, regtest);
  if ('code' in result) throw new assert.AssertionError({ message: `${text}: ${result.detail}` });
  return result;
}

/** A few at a time; the results are in order. */
async function inTurns<T, R>(items: readonly T[], work: (item: T, i: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const some = items.slice(start, start + AT_ONCE);
    results.push(...(await Promise.all(some.map((item, i) => work(item, start + i)))));
  }
  return results;
}
