import assert from 'node:assert/strict';
import { createReadStream, existsSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { toDisplayHex } from '../src/bytes/hex.ts';
import { chainBaseAt } from '../src/chain/chain-base.ts';
import { chainworkHex } from '../src/chain/work.ts';
import { resolveStart } from '../src/chain-start.ts';
import { readStatus } from '../src/chain-status.ts';
import { HeaderChain, headersFolder } from '../src/header-chain.ts';
import { importHeaders } from '../src/import-headers.ts';
import { LightClient } from '../src/light-client.ts';
import { NETWORKS } from '../src/networks/by-name.ts';
import { LevelKeyValue } from '../src/store/level.ts';
import { encodeMeta, META_KEY, metaOf } from '../src/store/records.ts';
import { verifyChain } from '../src/verify-chain.ts';
import { NOW_SECONDS } from './support/chains.ts';
import { readFixture, sharedData } from './support/repository.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const { mainnet, testnet4 } = NETWORKS;
/** Heights 0 to 32,260; the last anchor below its end is at 30,239. */
const REAL = readFixture('headers', 'mainnet-0-32261.headers');
const START = 30_239;
const TIP = 32_260;
const FILE = sharedData('mainnet-150000-190001.headers');

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function realFrom(height: number): AsyncIterable<Uint8Array> {
  return pieces(REAL.subarray(80 * height));
}

/** An open store at the anchor at 30,239 with all headers that are bundled above it. */
async function started(datadir: string): Promise<HeaderChain> {
  const chain = await HeaderChain.open({ network: mainnet, datadir, create: true, start: 31_000 });
  const { fault, newCount } = await importHeaders(chain, realFrom(START + 1), NOW_SECONDS);
  assert.deepEqual([fault, newCount], [undefined, TIP - START]);
  return chain;
}

async function wholeChain(t: TestContext): Promise<HeaderChain> {
  const chain = await HeaderChain.open({ network: mainnet, datadir: undefined, create: true });
  t.after(() => chain.close());
  await importHeaders(chain, realFrom(0), NOW_SECONDS);
  return chain;
}

test('a start is at the highest anchor at or below its height, and at genesis below the first', () => {
  assert.equal(resolveStart(mainnet, START).base?.height, START);
  assert.equal(resolveStart(mainnet, 32_254).base?.height, START);
  assert.equal(resolveStart(mainnet, 10_000_000).base?.height, 953_567);
  for (const height of [0, 1, 2_014]) assert.deepEqual(resolveStart(mainnet, height), { base: undefined });
});

test('a start that is no height, or where chainwork is not known, is refused', () => {
  for (const height of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => resolveStart(mainnet, height), { name: 'RangeError', message: /^start is/ });
  for (const network of Object.values(NETWORKS).filter(({ name }) => name !== 'mainnet'))
    assert.throws(() => resolveStart(network, 3_000), {
      name: 'TypeError',
      message: /mainnet's anchors only/,
    });
});

test('a chain from an anchor says of its headers what the chain from genesis says', async (t) => {
  const whole = await wholeChain(t);
  const chain = await started(temporaryFolder(t));
  t.after(() => chain.close());
  assert.deepEqual([chain.startHeight, chain.firstHeight, whole.startHeight], [START, START + 1, 0]);
  assert.deepEqual(chain.tip, whole.tip);
  for (const height of [START + 1, START + 10, START + 11, 32_255, 32_256, TIP]) {
    const expected = await whole.header(height);
    // Of the times below nothing is known.
    const medianTime = height <= START + 10 ? undefined : expected?.medianTime;
    assert.deepEqual(await chain.header(height), { ...expected, medianTime }, `${height}`);
    assert.deepEqual(await chain.header(expected?.hash ?? ''), { ...expected, medianTime });
  }
});

test('below the first header there is none, by height or by hash', async (t) => {
  const whole = await wholeChain(t);
  const chain = await started(temporaryFolder(t));
  t.after(() => chain.close());
  for (const height of [0, 5, START - 1, START]) {
    assert.equal(await chain.header(height), undefined);
    assert.equal(await chain.header((await whole.header(height))?.hash ?? ''), undefined);
  }
  const heights = async (from: number, count: number): Promise<number[]> =>
    (await chain.headers(from, count)).map(({ height }) => height);
  assert.deepEqual(await heights(START - 2, 5), [START + 1, START + 2]);
  assert.deepEqual(await heights(START - 2, 2), []);
  assert.deepEqual(await heights(0, 10), []);
  assert.deepEqual(await heights(TIP, 10), [TIP]);
});

test('a store keeps where it began, and is good for a start at the same anchor only', async (t) => {
  const datadir = temporaryFolder(t);
  await (await started(datadir)).close();
  for (const start of [undefined, START, 32_000]) {
    const chain = await HeaderChain.open({ network: mainnet, datadir, create: false, start });
    assert.deepEqual([chain.startHeight, chain.tip.height, chain.repair], [START, TIP, undefined]);
    await chain.close();
  }
  for (const start of [0, 28_223, 40_000])
    await assert.rejects(HeaderChain.open({ network: mainnet, datadir, create: true, start }), {
      name: 'StoreError',
      code: 'store-other-start',
    });
});

test('the status tells where the chain was verified from, and of an anchor alone no time', async (t) => {
  const datadir = temporaryFolder(t);
  await (await HeaderChain.open({ network: mainnet, datadir, create: true, start: START })).close();
  const bare = await readStatus(mainnet, datadir);
  assert.deepEqual(
    [bare.startHeight, bare.height, bare.blockTime, bare.bits],
    [START, START, undefined, '1d00ffff'],
  );
  assert.equal(bare.chainwork, chainworkHex(2016n * 15n * 0x100010001n));
  const client = new LightClient({ datadir, dial: false });
  t.after(() => client.stop());
  assert.equal(client.startHeight, undefined);
  await client.start();
  assert.equal(client.startHeight, START);
  const { pid, ...live } = await readStatus(mainnet, datadir);
  assert.equal(pid, process.pid);
  assert.deepEqual([live.startHeight, live.height, live.blockTime], [START, START, undefined]);
  await client.stop();
  assert.equal(client.startHeight, START);

  await (await started(datadir)).close();
  const full = await readStatus(mainnet, datadir);
  assert.deepEqual([full.startHeight, full.height, full.blockTime], [START, TIP, 1_262_156_739]);
});

test('verify checks from the anchor on, and that it is one', async (t) => {
  const datadir = temporaryFolder(t);
  let chain = await started(datadir);
  const { fault, ...result } = await verifyChain(chain);
  assert.deepEqual(result, { startHeight: START, validHeight: TIP, sideHeaders: 0 });
  assert.equal(fault, undefined);
  await chain.close();
  // The store says of the anchor what is not so.
  const base = chainBaseAt(mainnet, START);
  assert.ok(base !== undefined);
  const database = await LevelKeyValue.open(headersFolder(datadir, 'mainnet'));
  const value = encodeMeta(metaOf('mainnet', { ...base, chainwork: base.chainwork + 1n }));
  await database.write([{ type: 'put', key: META_KEY, value }]);
  await database.close();
  chain = await HeaderChain.open({ network: mainnet, datadir, create: false });
  assert.equal((await verifyChain(chain)).fault?.code, 'start-mismatch');
  await chain.close();
});

test('a file for a chain from an anchor begins with the header above it', async (t) => {
  const chain = await HeaderChain.open({ network: mainnet, datadir: undefined, create: true, start: START });
  t.after(() => chain.close());
  for (const height of [0, 2_016, START, START + 2]) {
    const { fault, newCount } = await importHeaders(chain, realFrom(height), NOW_SECONDS);
    assert.deepEqual(
      [fault?.code, newCount],
      height === START ? [undefined, TIP - START] : ['unknown-parent', 0],
    );
    if (height === START) break;
    assert.match(fault?.detail ?? '', /begins with the header of height 30240 or/);
  }
});

test('a damaged record of where the chain begins is made good from the anchors that are built in', async (t) => {
  const datadir = temporaryFolder(t);
  await (await started(datadir)).close();
  for (const look of ['status', 'open']) {
    const database = await LevelKeyValue.open(headersFolder(datadir, 'mainnet'));
    await database.write([{ type: 'put', key: META_KEY, value: Uint8Array.of(1, 2, 3, 4, 5) }]);
    await database.close();
    if (look === 'status') {
      const { startHeight, height } = await readStatus(mainnet, datadir);
      assert.deepEqual([startHeight, height], [START, TIP]);
      continue;
    }
    const chain = await HeaderChain.open({ network: mainnet, datadir, create: false });
    assert.deepEqual([chain.startHeight, chain.tip.height, chain.repair], [START, TIP, undefined]);
    await chain.close();
  }
});

test('a network of testnet rules cannot begin at an anchor, and a store of it is not made', async (t) => {
  const datadir = temporaryFolder(t);
  const opening = HeaderChain.open({ network: testnet4, datadir, create: true, start: 5_000 });
  await assert.rejects(opening, TypeError);
  assert.equal(LevelKeyValue.exists(headersFolder(datadir, 'testnet4')), false);
});

test(
  'ten thousand real headers above the anchor at 151,199, with their retargets, keep every rule',
  { skip: existsSync(FILE) ? false : `${FILE} is not there` },
  async (t) => {
    const datadir = temporaryFolder(t);
    const first = 151_200 - 150_000;
    const source = createReadStream(FILE, { start: 80 * first, end: 80 * (first + 10_000) - 1 });
    const chain = await HeaderChain.open({ network: mainnet, datadir, create: true, start: 151_199 });
    const { fault, newCount } = await importHeaders(chain, source, NOW_SECONDS);
    assert.deepEqual([fault, newCount], [undefined, 10_000]);
    const { fault: broken, validHeight } = await verifyChain(chain);
    assert.deepEqual([broken, validHeight], [undefined, 161_199]);
    for (let height = 153_215; height <= 161_199; height += 2_016) {
      const anchor = chainBaseAt(mainnet, height);
      assert.equal(chain.tree.chainworkAt(height), anchor?.chainwork);
      assert.equal(toDisplayHex(chain.tree.hashAt(height)), anchor && toDisplayHex(anchor.hash));
    }
    await chain.close();
    const { startHeight, height } = await readStatus(mainnet, datadir);
    assert.deepEqual([startHeight, height], [151_199, 161_199]);
  },
);
