import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256d } from '../src/bytes/hash.ts';
import { toHex } from '../src/bytes/hex.ts';
import { HeaderRun } from '../src/chain/header-run.ts';
import { headersFolder, type HeaderChain } from '../src/header-chain.ts';
import { LevelKeyValue } from '../src/store/level.ts';
import { chunkKey, decodeChunk, encodeChunk, encodeSide, sideKey } from '../src/store/records.ts';
import { verifyChain } from '../src/verify-chain.ts';
import { chainOf, extend, openChain } from './support/chains.ts';
import { concatenated } from './support/concatenated.ts';
import { forged } from './support/forge.ts';
import { headerAt, lastOf, mine, REGTEST_GENESIS } from './support/mine.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const HEADERS = mine(10_600);

/** Writes a chunk of the store anew, as a careless or wicked program would: with a checksum that is right. */
async function rewrite(datadir: string, index: number, headers: Uint8Array): Promise<void> {
  const database = await LevelKeyValue.open(headersFolder(datadir, 'regtest'));
  const value = encodeChunk({ headers, lastHash: sha256d(lastOf(headers)) });
  await database.write([{ type: 'put', key: chunkKey(index), value }]);
  await database.close();
}

async function chunkOf(datadir: string, index: number): Promise<Uint8Array> {
  const database = await LevelKeyValue.open(headersFolder(datadir, 'regtest'));
  const chunk = decodeChunk((await database.get(chunkKey(index))) ?? new Uint8Array(0));
  await database.close();
  assert.ok(chunk !== undefined);
  return new Uint8Array(chunk.headers);
}

async function verified(chain: HeaderChain): Promise<unknown> {
  const result = await verifyChain(chain);
  await chain.close();
  if (result.fault === undefined) return result;
  const { detail: _, ...fault } = result.fault;
  return { ...result, fault };
}

test('a good chain is good up to its tip, whatever its length', async () => {
  for (const length of [0, 1, 9_998, 9_999, 10_000, 10_600]) {
    const chain = await chainOf(HEADERS.subarray(0, 80 * length));
    const progress: number[] = [];
    const result = await verifyChain(chain, (height) => progress.push(height));
    assert.deepEqual(result, { startHeight: 0, validHeight: length, sideHeaders: 0, fault: undefined });
    assert.equal(progress.at(-1), length);
  }
});

test('a header changed on disk behind a correct checksum is found', async (t) => {
  const datadir = temporaryFolder(t);
  await (await chainOf(HEADERS, datadir)).close();
  const good = await chunkOf(datadir, 20);
  for (const height of [10_000, 10_001, 10_300, 10_498]) {
    const headers = good.slice();
    const header = headerAt(headers, height - 10_000);
    header[40] = (header[40] as number) ^ 1;
    await rewrite(datadir, 20, headers);
    const chain = await openChain(datadir);
    // The links between chunks are right, so that the store opens without a word.
    assert.equal(chain.repair, undefined);
    const result = await verifyChain(chain);
    await chain.close();
    // One hash in two is still low enough; then the next header shows it.
    const isHighHash = result.fault?.code === 'high-hash';
    assert.equal(result.fault?.code, isHighHash ? 'high-hash' : 'not-continuous');
    assert.equal(result.fault.height, isHighHash ? height : height + 1);
    assert.equal(result.validHeight, result.fault.height - 1);
    await rewrite(datadir, 20, good);
  }
  assert.deepEqual(await verified(await openChain(datadir)), {
    startHeight: 0,
    validHeight: 10_600,
    sideHeaders: 0,
    fault: undefined,
  });
});

test('a stored chain that is linked and breaks a rule is found', async (t) => {
  const RULES = [
    [{ bits: 0x207ffffe }, 'bad-diffbits'],
    [{ addedSeconds: -3_600 }, 'time-too-old'],
    [{ version: 1 }, 'bad-version'],
  ] as const;
  for (const [forgery, code] of RULES) {
    const datadir = temporaryFolder(t);
    await (await chainOf(HEADERS.subarray(0, 80 * 400), datadir)).close();
    // All mined anew from the forged one on, so that nothing but the rule is broken.
    await rewrite(
      datadir,
      0,
      concatenated(REGTEST_GENESIS, forged(HEADERS.subarray(0, 80 * 400).slice(), 199, forgery)),
    );
    const chain = await openChain(datadir);
    assert.deepEqual(await verified(chain), {
      startHeight: 0,
      validHeight: 199,
      sideHeaders: 0,
      fault: { code, height: 200, onBestChain: true },
    });
  }
});

test('headers that were exchanged on disk while the chain was open do not lead to its tip', async (t) => {
  const datadir = temporaryFolder(t);
  const chain = await chainOf(HEADERS.subarray(0, 80 * 100), datadir);
  const other = await chainOf(mine(100, { salt: 1 }));
  // The store reads what another chain wrote.
  chain.store.read = (from, count) => other.store.read(from, count);
  assert.deepEqual(await verified(chain), {
    startHeight: 0,
    validHeight: 100,
    sideHeaders: 0,
    fault: { code: 'tip-mismatch', height: 100, onBestChain: true },
  });
});

test('headers off the best chain are checked too, and one that breaks a rule is told of with its height', async (t) => {
  const datadir = temporaryFolder(t);
  const headers = HEADERS.subarray(0, 80 * 100);
  const side = mine(4, { parent: headerAt(headers, 49), salt: 1 });
  const first = await chainOf(headers, datadir);
  await extend(first, side);
  await first.close();
  assert.deepEqual(await verified(await openChain(datadir)), {
    startHeight: 0,
    validHeight: 100,
    sideHeaders: 4,
    fault: undefined,
  });
  const database = await LevelKeyValue.open(headersFolder(datadir, 'regtest'));
  const header = headerAt(forged(side.slice(), 3, { version: 1 }), 3);
  const [key, value] = [sideKey(toHex(sha256d(header))), encodeSide({ height: 54, header })];
  await database.write([{ type: 'put', key, value }]);
  await database.close();
  const chain = await openChain(datadir);
  assert.equal(chain.repair, undefined);
  const { validHeight, fault } = await verifyChain(chain);
  await chain.close();
  assert.equal(validHeight, 100);
  assert.deepEqual([fault?.code, fault?.height, fault?.onBestChain], ['bad-version', 54, false]);
});

test('a clock that was set back makes no stored header wrong', async () => {
  // Later than any clock that runs this.
  const ahead = mine(20, { spacingSeconds: 100_000_000 });
  const chain = await openChain();
  const verdict = chain.tree.check(HeaderRun.fromBytes(ahead), Number.POSITIVE_INFINITY);
  assert.ok(verdict !== undefined);
  await chain.store.commit(chain.tree.connect(verdict) ?? assert.fail());
  assert.deepEqual(await verified(chain), {
    startHeight: 0,
    validHeight: 20,
    sideHeaders: 0,
    fault: undefined,
  });
});
