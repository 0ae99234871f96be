import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fromHex } from '../src/bytes/hex.ts';
import type { ChainPoint } from '../src/chain/tree-change.ts';
import type { FilterSegment } from '../src/filters/filter-segment.ts';
import { HeaderChain } from '../src/header-chain.ts';
import type { BlockPayments } from '../src/ledger/payment.ts';
import { mainnet } from '../src/networks/mainnet.ts';
import { regtest } from '../src/networks/regtest.ts';
import type { ScanChange } from '../src/protocol/scan/scan-contract.ts';
import { checkScan, type ScanOptions } from '../src/scan-options.ts';
import { openScan, type ScanSession } from '../src/scan-session.ts';
import { extend } from './support/chains.ts';
import { mine } from './support/mine.ts';
import { SCRIPT_HEX } from './support/scan-events.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const SCRIPT = fromHex(SCRIPT_HEX);
const SETTINGS = { follow: false, stallTimeoutMs: 60_000 };
/** Up to height 20; the other branch leaves it at height 15 and is one longer. */
const headers = mine(20);
const rival = mine(6, { parent: headers.subarray(14 * 80, 15 * 80), salt: 7 });

async function chainOf(t: TestContext, ...branches: readonly Uint8Array[]): Promise<HeaderChain> {
  const chain = await HeaderChain.open({ network: regtest, datadir: undefined, create: true });
  t.after(() => chain.close());
  for (const branch of branches) await extend(chain, branch);
  return chain;
}

/** Sessions one after another, over the same folder. */
class Runs {
  readonly #context: TestContext;
  readonly #datadir: string;

  constructor(t: TestContext) {
    this.#context = t;
    this.#datadir = temporaryFolder(t);
  }

  async open(chain: HeaderChain, options: ScanOptions = { fromHeight: 1 }): Promise<ScanSession> {
    const checked = checkScan({ scripts: [SCRIPT_HEX], ...options }, chain.network);
    const session = await openScan(checked, chain, { datadir: this.#datadir, ...SETTINGS });
    this.#context.after(() => session.close());
    return session;
  }

  /** One run that writes and ends. */
  async write(chain: HeaderChain, ...changes: readonly ScanChange[]): Promise<void> {
    const session = await this.open(chain);
    for (const one of changes) await session.save(one);
    await session.close();
  }
}

function point(chain: HeaderChain, height: number): ChainPoint {
  return { height, hash: chain.tree.hashAt(height).slice() };
}

/** A payment to the script in the block at a height. */
function paid(chain: HeaderChain, height: number): BlockPayments {
  const received = [{ vout: 0, valueSats: 1_000n, script: SCRIPT }];
  const payments = [
    { txid: new Uint8Array(32).fill(height), index: 1, received, spent: [], unknownSpends: [] },
  ];
  return { ...point(chain, height), blockTime: 1_600_000_000, payments };
}

function change(chain: HeaderChain, scannedHeight: number, ...found: readonly number[]): ScanChange {
  const added = found.map((height) => paid(chain, height));
  return { added, scanned: point(chain, scannedHeight), segments: [] };
}

function segment(chain: HeaderChain, last: number): FilterSegment {
  const headersOf = new Uint8Array(32 * (last + 1));
  return {
    firstHeight: 0,
    previous: new Uint8Array(32),
    headers: headersOf,
    lastBlockHash: point(chain, last).hash,
  };
}

function heightsIn({ options }: ScanSession): number[] | undefined {
  return options.resumed?.blocks.map(({ height }) => height);
}

test('a scan that has not begun begins at its first height, or at the first header that is known', async (t) => {
  const chain = await chainOf(t, headers);
  const { options, warnings } = await new Runs(t).open(chain, {});
  assert.deepEqual(
    [options.fromHeight, options.opinionsNeeded, options.usesFilters, options.maxUnbacked, options.resumed],
    [0, 2, true, 2_016, undefined],
  );
  assert.deepEqual(options.scripts, [SCRIPT]);
  assert.deepEqual(warnings, []);
});

test('a scan cannot begin below the first header that is known', async (t) => {
  const chain = await HeaderChain.open({ network: mainnet, datadir: undefined, create: true, start: 2_015 });
  t.after(() => chain.close());
  const runs = new Runs(t);
  await assert.rejects(runs.open(chain, { fromHeight: chain.firstHeight - 1 }), {
    code: 'scan-below-start',
  });
  const { options } = await runs.open(chain, {});
  assert.equal(options.fromHeight, chain.firstHeight);
});

test('the next run goes on where the last one ended', async (t) => {
  const chain = await chainOf(t, headers);
  const runs = new Runs(t);
  await runs.write(chain, change(chain, 10, 4, 9), change(chain, 12, 11));
  const session = await runs.open(chain);
  assert.equal(session.options.resumed?.scannedHeight, 12);
  assert.deepEqual(heightsIn(session), [4, 9, 11]);
  assert.deepEqual(session.options.resumed?.blocks[0], paid(chain, 4));
});

test('it begins anew where it is told to, and forgets what was', async (t) => {
  const chain = await chainOf(t, headers);
  const runs = new Runs(t);
  await runs.write(chain, change(chain, 10, 4, 9));
  const fresh = await runs.open(chain, { fromHeight: 1, resume: false });
  assert.equal(fresh.options.resumed, undefined);
  await fresh.close();
  assert.equal((await runs.open(chain)).options.resumed, undefined);
});

test('with another first height or other scripts it is another scan', async (t) => {
  const chain = await chainOf(t, headers);
  const runs = new Runs(t);
  await runs.write(chain, change(chain, 10, 4));
  for (const options of [{ fromHeight: 2 }, { fromHeight: 1, scripts: ['51'] }]) {
    const session = await runs.open(chain, options);
    assert.equal(session.options.resumed, undefined);
    await session.close();
  }
  assert.deepEqual(heightsIn(await runs.open(chain)), [4]);
});

test('where the chain was left since it goes on from the highest place that the chain has still', async (t) => {
  const chain = await chainOf(t, headers);
  const runs = new Runs(t);
  await runs.write(chain, change(chain, 10, 4, 9), change(chain, 20, 14, 18));
  const other = await chainOf(t, headers, rival);
  const session = await runs.open(other);
  assert.equal(session.options.resumed?.scannedHeight, 14);
  assert.deepEqual(heightsIn(session), [4, 9, 14]);
  await session.save(change(other, 21, 19));
  await session.close();
  assert.deepEqual(heightsIn(await runs.open(other)), [4, 9, 14, 19], 'what the old branch had is deleted');
});

test('what is above a change that goes back is deleted with it', async (t) => {
  const chain = await chainOf(t, headers);
  const runs = new Runs(t);
  await runs.write(chain, change(chain, 15, 4, 9, 12), { ...change(chain, 14, 11), keepUpTo: 10 });
  assert.deepEqual(heightsIn(await runs.open(chain)), [4, 9, 11]);
});

test('a change without a place deletes what it says with the next one', async (t) => {
  const chain = await chainOf(t, headers);
  const runs = new Runs(t);
  const placeless: ScanChange = { keepUpTo: 10, added: [], scanned: undefined, segments: [] };
  await runs.write(chain, change(chain, 15, 4, 9, 12), placeless, change(chain, 16, 14));
  assert.deepEqual(heightsIn(await runs.open(chain)), [4, 9, 14]);
});

test('a history that does not follow from itself is not gone on with', async (t) => {
  const chain = await chainOf(t, headers);
  const runs = new Runs(t);
  const found = paid(chain, 9);
  const [payment] = found.payments;
  assert.ok(payment !== undefined);
  const spent = [{ vin: 0, txid: new Uint8Array(32), vout: 0, valueSats: 5n, script: SCRIPT }];
  const made = { ...found, payments: [{ ...payment, spent }] };
  await runs.write(chain, { added: [made], scanned: point(chain, 10), segments: [] });
  assert.equal((await runs.open(chain)).options.resumed, undefined);
});

test('filter headers of the best chain are handed on, and those of another branch are not', async (t) => {
  const chain = await chainOf(t, headers);
  const runs = new Runs(t);
  await runs.write(chain, { ...change(chain, 10), segments: [segment(chain, 20)] });
  const session = await runs.open(chain);
  assert.deepEqual(session.options.savedSegments.get(0), segment(chain, 20));
  await session.close();
  const other = await chainOf(t, headers, rival);
  assert.equal((await runs.open(other)).options.savedSegments.size, 0);
});

test('filter headers are written though no block was looked at yet', async (t) => {
  const chain = await chainOf(t, headers);
  const runs = new Runs(t);
  await runs.write(chain, { added: [], scanned: undefined, segments: [segment(chain, 20)] });
  const session = await runs.open(chain);
  assert.equal(session.options.savedSegments.size, 1);
  assert.equal(session.options.resumed, undefined);
});

test('one that fetches every block needs no filter headers', async (t) => {
  const chain = await chainOf(t, headers);
  const runs = new Runs(t);
  await runs.write(chain, { ...change(chain, 10), segments: [segment(chain, 20)] });
  const { options } = await runs.open(chain, { fromHeight: 1, allBlocks: true });
  assert.equal(options.usesFilters, false);
  assert.equal(options.savedSegments.size, 0);
});
