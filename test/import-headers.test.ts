import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { HeaderChain } from '../src/header-chain.ts';
import { importHeaders, type ImportResult } from '../src/import-headers.ts';
import { mainnet } from '../src/networks/mainnet.ts';
import { assertHolds, chainOf, NOW_SECONDS, openChain } from './support/chains.ts';
import { concatenated } from './support/concatenated.ts';
import { forged } from './support/forge.ts';
import { headerAt, lastOf, mine, REGTEST_GENESIS } from './support/mine.ts';
import { fixture, readFixture } from './support/repository.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const FILE = fixture('headers', 'mainnet-0-32261.headers');
const MAINNET_TIP = '0000000007bfbe7ec5510ccf80c5a291bf8fc603dd79f5d6a69fae6039f8a35e';

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

function importBytes(chain: HeaderChain, bytes: Uint8Array, size = 65_536): Promise<ImportResult> {
  return importHeaders(chain, pieces(bytes, size), NOW_SECONDS);
}

function openMainnet(datadir?: string): Promise<HeaderChain> {
  return HeaderChain.open({ network: mainnet, datadir, create: true });
}

test('the bundled headers of mainnet lead to the tip they are known to lead to, and twice change nothing', async (t) => {
  const datadir = temporaryFolder(t);
  const chain = await openMainnet(datadir);
  const progress: number[] = [];
  const source = createReadStream(FILE);
  const result = await importHeaders(chain, source, NOW_SECONDS, (count) => progress.push(count));
  assert.deepEqual(result, { validCount: 32_261, newCount: 32_260, fault: undefined });
  assert.deepEqual(progress, [10_000, 20_000, 30_000, 32_261]);
  assert.equal(chain.tip.height, 32_260);
  assert.equal(chain.tip.hash, MAINNET_TIP);
  await chain.close();

  const again = await openMainnet(datadir);
  assert.equal(again.repair, undefined);
  assert.deepEqual(await importHeaders(again, createReadStream(FILE), NOW_SECONDS), {
    validCount: 32_261,
    newCount: 0,
    fault: undefined,
  });
  assert.equal(again.tip.hash, MAINNET_TIP);
  await again.close();
});

test('one byte of header 20,000 changed stops there, and what came before is kept', async () => {
  const original = readFixture('headers', 'mainnet-0-32261.headers').subarray(0, 80 * 21_000);
  const start = 80 * 20_000;
  // In each field.
  for (const at of [0, 4, 36, 68, 72, 75, 79]) {
    const bytes = original.slice();
    bytes[start + at] = (bytes[start + at] as number) ^ 0x04;
    const chain = await openMainnet();
    const { validCount, newCount, fault } = await importBytes(chain, bytes);
    assert.deepEqual([validCount, newCount, chain.tip.height], [20_000, 19_999, 19_999], `byte ${at}`);
    assert.equal(fault?.index, 20_000);
    const [code, field, offset] = at >= 72 && at < 76 ? faultOfBits(fault?.code) : HIGH_HASH;
    assert.deepEqual([fault.code, fault.field, fault.offset], [code, field, start + offset], `byte ${at}`);
    assert.ok(fault.detail.length > 0);
    // The right header is taken as if nothing had been.
    assert.equal((await importBytes(chain, original.subarray(start))).fault, undefined);
    assert.equal(chain.tip.height, 20_999);
  }
});

const HIGH_HASH = ['high-hash', 'hash', 0] as const;

/** Changed bits are no target, or one that the hash does not meet. */
function faultOfBits(code: string | undefined): readonly [string | undefined, string, number] {
  assert.ok(code === 'bad-target' || code === 'high-hash', code);
  return [code, code === 'bad-target' ? 'bits' : 'hash', code === 'bad-target' ? 72 : 0];
}

const RULES = [
  [{ bits: 0x207ffffe }, 'bad-diffbits', 'bits', 72],
  [{ bits: 0x20ffffff }, 'bad-target', 'bits', 72],
  [{ addedSeconds: -3_600 }, 'time-too-old', 'time', 68],
  [{ addedSeconds: 2_500_000_000 }, 'time-too-new', 'time', 68],
  [{ version: 3 }, 'bad-version', 'version', 0],
] as const;

for (const [forgery, code, field, fieldOffset] of RULES) {
  test(`a header that breaks ${code} is pointed at, at either side of a border between batches`, async () => {
    const headers = mine(10_020);
    for (const index of [0, 9_997, 9_998, 9_999, 10_000, 10_019]) {
      // From some headers before on, as the miner would otherwise do all of them again for nothing.
      const bytes = concatenated(
        REGTEST_GENESIS,
        headers.subarray(0, 80 * index),
        forgedTail(headers, index, forgery),
      );
      const chain = await openChain();
      const { validCount, fault } = await importBytes(chain, bytes);
      assert.deepEqual(fault, {
        code,
        index: index + 1,
        offset: 80 * (index + 1) + fieldOffset,
        field,
        detail: fault?.detail,
      });
      assert.equal(validCount, index + 1);
      await assertHolds(chain, headers, index);
    }
  });
}

function forgedTail(headers: Uint8Array, index: number, forgery: Parameters<typeof forged>[2]): Uint8Array {
  return forged(headers.subarray(80 * index, 80 * (index + 1)).slice(), 0, forgery);
}

test('a header that does not follow the one before it is pointed at, also where a batch begins', async () => {
  const headers = mine(10_020);
  for (const index of [5, 9_998, 9_999, 10_000]) {
    const bytes = concatenated(
      REGTEST_GENESIS,
      headers.subarray(0, 80 * index),
      headers.subarray(80 * (index + 1)),
    );
    const chain = await openChain();
    const { validCount, fault } = await importBytes(chain, bytes);
    assert.equal(validCount, index + 1);
    assert.deepEqual([fault?.code, fault?.index, fault?.field], ['not-continuous', index + 1, 'prev']);
    assert.equal(fault?.offset, 80 * (index + 1) + 4);
  }
});

test('a file that ends within a header is good up to there', async () => {
  const headers = mine(30);
  for (const cut of [1, 79, 80 * 7 + 40, 80 * 30 - 1]) {
    const chain = await openChain();
    const { validCount, newCount, fault } = await importBytes(chain, headers.subarray(0, cut), 7);
    const whole = Math.floor(cut / 80);
    assert.deepEqual([validCount, newCount], [whole, whole]);
    assert.deepEqual(
      [fault?.code, fault?.index, fault?.offset, fault?.field],
      ['unexpected-end', whole, 80 * whole, 'header'],
    );
    await assertHolds(chain, headers, whole);
  }
});

test('an empty file is no fault', async () => {
  const chain = await openChain();
  assert.deepEqual(await importBytes(chain, new Uint8Array(0)), {
    validCount: 0,
    newCount: 0,
    fault: undefined,
  });
});

test('a file may begin with any header that is stored, or that follows one', async () => {
  const headers = mine(40);
  const chain = await chainOf(headers.subarray(0, 80 * 20));
  assert.deepEqual(await importBytes(chain, headers.subarray(80 * 10, 80 * 30)), {
    validCount: 20,
    newCount: 10,
    fault: undefined,
  });
  assert.equal((await importBytes(chain, headers.subarray(80 * 30))).newCount, 10);
  await assertHolds(chain, headers, 40);
});

test('a file whose first header follows none that is stored is refused at its first field that shows it', async () => {
  const headers = mine(40);
  const chain = await openChain();
  const { validCount, fault } = await importBytes(chain, headers.subarray(80));
  assert.equal(validCount, 0);
  assert.deepEqual(
    [fault?.code, fault?.index, fault?.offset, fault?.field],
    ['unknown-parent', 0, 4, 'prev'],
  );
  await assertHolds(chain, headers, 0);
});

test('a file with a branch that has more work is followed, and one with less is kept at the side', async () => {
  const headers = mine(30);
  const chain = await chainOf(headers);
  const weak = mine(5, { parent: headerAt(headers, 19), salt: 1 });
  assert.equal((await importBytes(chain, weak)).newCount, 5);
  assert.equal(chain.tip.height, 30);
  const strong = mine(6, { parent: lastOf(weak), salt: 2 });
  assert.equal((await importBytes(chain, strong)).newCount, 6);
  await assertHolds(chain, concatenated(headers.subarray(0, 80 * 20), weak, strong), 31);
});

test('the wrong file, or rubbish, is refused and changes nothing', async () => {
  const chain = await openChain();
  const mainnetFile = readFixture('headers', 'mainnet-0-32261.headers').subarray(0, 8_000);
  const text = Buffer.from('{"headers": []}\n'.repeat(100));
  for (const bytes of [mainnetFile, text, new Uint8Array(800), new Uint8Array(800).fill(0xff)]) {
    const { validCount, fault } = await importBytes(chain, bytes);
    assert.equal(validCount, 0);
    assert.equal(fault?.index, 0);
  }
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (bytes) => {
      const { validCount, newCount } = await importBytes(chain, bytes);
      assert.deepEqual([validCount, newCount], [0, 0]);
    }),
  );
  await assertHolds(chain, new Uint8Array(0), 0);
});

test('however the file is cut into pieces, the result is the same', async () => {
  const headers = concatenated(REGTEST_GENESIS, mine(50));
  for (const size of [1, 79, 80, 81, 1_000, 5_000]) {
    const chain = await openChain();
    assert.deepEqual(await importBytes(chain, headers, size), {
      validCount: 51,
      newCount: 50,
      fault: undefined,
    });
  }
});
