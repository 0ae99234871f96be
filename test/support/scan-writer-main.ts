/**
 * The child process of scan-writer.ts: `node scan-writer-main.js DATADIR SEED`. It goes on with what it finds there, step by step,
 * and says of each commit that it is safe, until it is killed.
 */

import { writeSync } from 'node:fs';
import { equalBytes } from '../../src/bytes/hash.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { openSavedFilters } from '../../src/saved-filters.ts';
import { FROM_HEIGHT, SCAN_ID, segmentOfStep } from './scan-writer.ts';
import { ScannedChain } from './scanned-chain.ts';

/** Up to here it goes, so that a test that forgets it does not fill the disk. */
const MAX_STEPS = 5_000;

const [datadir = '', seed = '0'] = process.argv.slice(2);

const saved = await openSavedFilters({ network: regtest, datadir });
if (!saved.isSaved) throw new Error(saved.warning?.message);
const store = saved.scan(SCAN_ID);
const { scanned } = (await store.load())?.progress ?? {};
const chain = new ScannedChain(Number(seed), FROM_HEIGHT);
let step = 0;
if (scanned !== undefined) {
  const { hash } = scanned;
  for (; !equalBytes(chain.tip.hash, hash); step++) {
    if (step === MAX_STEPS) throw new Error('what is stored is not of this seed');
    chain.step();
  }
}
while (step < MAX_STEPS) {
  step++;
  await saved.headers.write([segmentOfStep(step)]);
  // Written at once and not when the process has time for it: it may not have any.
  writeSync(1, `headers ${step}\n`);
  await store.commit(chain.step());
  writeSync(1, `scan ${step}\n`);
}
