import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { chainworkHex, WorkMeter, workOfBits } from '../../src/chain/work.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { referenceWork } from '../support/reference-rules.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

const anyBits = fc.integer({ min: 0, max: 0xffffffff });

test('the first header of each network has the work that bitcoind prints for it', () => {
  assert.equal(workOfBits(NETWORKS.mainnet.powLimitBits), 0x100010001n);
  assert.equal(workOfBits(NETWORKS.testnet3.powLimitBits), 0x100010001n);
  assert.equal(workOfBits(NETWORKS.testnet4.powLimitBits), 0x100010001n);
  assert.equal(workOfBits(NETWORKS.signet.powLimitBits), 0x49d414n);
  assert.equal(workOfBits(NETWORKS.regtest.powLimitBits), 2n);
});

test('bits that no hash can meet have no work', () => {
  for (const bits of [
    0, 0x01003456, 0x1d000000, 0x1d80ffff, 0xff123456, 0x21010001, 0x217fffff, 0xffffffff,
  ]) {
    assert.equal(workOfBits(bits), 0n, bits.toString(16));
  }
});

test('the hardest target has the most work and the easiest of 256 bits some', () => {
  assert.equal(workOfBits(0x01010000), 2n ** 255n);
  assert.equal(workOfBits(0x2100ffff), 1n);
});

test('work agrees with a second implementation, and a meter with work, in whatever order bits come', () => {
  const meter = new WorkMeter();
  assert.equal(new WorkMeter().of(0), 0n);
  const someBits = fc.oneof(anyBits, fc.constantFrom(0, 0x1d00ffff, 0x207fffff, 0x170240c3, 0x21012345));
  fc.assert(
    fc.property(fc.array(someBits, { maxLength: 20 }), (run) => {
      for (const bits of run) {
        assert.equal(workOfBits(bits), referenceWork(bits));
        assert.equal(meter.of(bits), referenceWork(bits));
      }
    }),
  );
});

test('chainwork is printed as 64 hexadecimal digits', () => {
  assert.equal(chainworkHex(0x100010001n), `${'0'.repeat(55)}100010001`);
  assert.equal(chainworkHex(0n), '0'.repeat(64));
  assert.equal(chainworkHex(2n ** 256n - 1n), 'f'.repeat(64));
});

test(
  "mainnet's chainwork adds up, period by period, to the known values",
  { skip: skipWithoutSharedData },
  () => {
    const [, ...rows] = readFileSync(sharedData('mainnet-epochs.csv'), 'utf8').trim().split('\n');
    assert.ok(rows.length >= 474);
    const meter = new WorkMeter();
    let total = 0n;
    for (const [period, row] of rows.entries()) {
      const [height, , , bits, , , before, after] = row.split(',');
      assert.equal(Number(height), 2016 * period);
      assert.equal(total, BigInt(`0x${before}`), `before height ${height}`);
      const work = meter.of(Number.parseInt(bits as string, 16));
      assert.equal(total + work, BigInt(`0x${after}`), `at height ${height}`);
      total += 2016n * work;
    }
  },
);

test(
  'the least chainwork asked of mainnet is that of a block in the recent past',
  { skip: skipWithoutSharedData },
  () => {
    // Core gives the chainwork at height 938,343: a few hundred headers into its period.
    const rows = readFileSync(sharedData('mainnet-epochs.csv'), 'utf8').trim().split('\n');
    const start = 2016 * Math.floor(938_343 / 2016);
    const row = rows.find((line) => line.startsWith(`${start},`)) as string;
    const [, , , bits, , , before] = row.split(',');
    const headers = BigInt(938_343 - start + 1);
    const work = BigInt(`0x${before}`) + headers * workOfBits(Number.parseInt(bits as string, 16));
    assert.equal(work, NETWORKS.mainnet.minChainwork);
  },
);
