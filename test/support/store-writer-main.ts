/** The child process of store-writer.ts: `node store-writer-main.js DATADIR PAUSE_MS`. */

import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../src/store/store-error.ts';
import { extend, openChain } from './chains.ts';
import { lastOf, mine, REGTEST_GENESIS } from './mine.ts';

/** Up to here it grows, so that a test that forgets it does not fill the disk. */
const MAX_HEIGHT = 200_000;
/** Fewer than fit in a chunk, exactly as many, and more. */
const COUNTS = [1, 2, 40, 499, 500, 501, 1_999];

const [datadir = '', pauseMs = '0'] = process.argv.slice(2);

try {
  const chain = await openChain(datadir);
  const { height } = chain.tip;
  let parent = height === 0 ? REGTEST_GENESIS : lastOf(await chain.store.read(height, 1));
  for (let turn = 0; chain.tip.height < MAX_HEIGHT; turn++) {
    const headers = mine(COUNTS[turn % COUNTS.length] as number, { parent });
    await extend(chain, headers);
    parent = lastOf(headers);
    // Written at once and not when the process has time for it: it may not have any.
    writeSync(1, `${chain.tip.height}\n`);
    if (pauseMs !== '0') await sleep(Number(pauseMs));
  }
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  writeSync(1, `error ${error.code}\n`);
}
