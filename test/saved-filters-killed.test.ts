/**
 * A process that is killed while it stores filter headers and the progress of a scan: what is there is what one of its commits
 * left, the last that it had told of or the one after.
 *
 * HEADLIGHT_KILLS=n kills so many; HEADLIGHT_KILL_SEED=n draws the same moments again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { regtest } from '../src/networks/regtest.ts';
import { openSavedFilters } from '../src/saved-filters.ts';
import { Chance } from './sim/chance.ts';
import { FROM_HEIGHT, SCAN_ID, ScanWriter, segmentOfStep } from './support/scan-writer.ts';
import { assertTrue, ScannedChain, scanText, storedText } from './support/scanned-chain.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const KILLS = Number(process.env['HEADLIGHT_KILLS'] || 20);
const SEED = Number(process.env['HEADLIGHT_KILL_SEED'] || Math.floor(Math.random() * 1_000_000));
/** Processes that go on with the same database, one after the other. */
const KILLS_PER_STORE = 10;

test(`of ${KILLS} processes killed at any moment each leaves a scan as one of its commits left it`, async (t) => {
  t.diagnostic(`HEADLIGHT_KILL_SEED=${SEED}`);
  const chance = new Chance(SEED);
  const counts = { asTold: 0, oneFurther: 0, steps: 0 };
  for (let done = 0; done < KILLS; done += KILLS_PER_STORE) {
    const datadir = temporaryFolder(t);
    const seed = chance.int(1, 1_000_000);
    const chain = new ScannedChain(seed, FROM_HEIGHT);
    /** What a scan may have been after each step, the first with none. */
    const states: (string | undefined)[] = [undefined];
    let safe = { headers: 0, scan: 0 };
    for (let kill = done; kill < Math.min(KILLS, done + KILLS_PER_STORE); kill++) {
      const writer = new ScanWriter(t, datadir, seed);
      const isStarting = chance.maybe(0.2);
      if (!isStarting) await writer.reached(safe.scan + chance.int(1, 15));
      await sleep(isStarting ? chance.int(50, 600) : chance.int(0, 15));
      await writer.kill();

      const told = {
        headers: Math.max(safe.headers, writer.lastSafe('headers')),
        scan: Math.max(safe.scan, writer.lastSafe('scan')),
      };
      for (let step = states.length; step <= told.scan + 1; step++) {
        chain.step();
        states.push(scanText(chain.found(chain.tip), chain.tip));
      }
      const what = `kill ${kill}, ${JSON.stringify(told)}`;
      const found = await examine(datadir, states, chain, what);
      assert.ok(
        found.scan >= told.scan && found.scan <= told.scan + 1,
        `${what}: the scan is at ${found.scan}`,
      );
      const isLast = found.headers >= told.headers && found.headers <= found.scan + 1;
      assert.ok(isLast, `${what}: the headers are of ${found.headers}`);
      counts[found.scan === told.scan ? 'asTold' : 'oneFurther']++;
      safe = found;
    }
    counts.steps += safe.scan;
  }
  t.diagnostic(JSON.stringify(counts));
});

/** The steps that the headers and the scan on disk are of. */
async function examine(
  datadir: string,
  states: readonly (string | undefined)[],
  chain: ScannedChain,
  what: string,
): Promise<{ headers: number; scan: number }> {
  const saved = await openSavedFilters({ network: regtest, datadir });
  try {
    assert.ok(saved.isSaved, `${what}: ${saved.warning?.message}`);
    const store = saved.scan(SCAN_ID);
    const stored = await store.load();
    assert.equal(store.damage, undefined, what);
    if (stored !== undefined) assertTrue(stored, chain, what);
    const scan = states.indexOf(stored && storedText(stored));
    assert.notEqual(scan, -1, `${what}: it is as no commit left it`);
    const segment = await saved.headers.read(0);
    const headers =
      segment === undefined
        ? 0
        : new DataView(segment.lastBlockHash.buffer, segment.lastBlockHash.byteOffset).getUint32(0);
    assert.deepEqual(segment, headers === 0 ? undefined : segmentOfStep(headers), what);
    return { headers, scan };
  } finally {
    await saved.close();
  }
}
