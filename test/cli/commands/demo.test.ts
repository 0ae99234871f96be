import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { command, parseLines } from '../../support/command.ts';
import { runHere, steady } from '../../support/fake-terminal.ts';
import { setEnvironment } from '../../support/environment.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('demo syncs real headers from a peer of its own, shows them, and leaves nothing behind', async (t) => {
  const folder = temporaryFolder(t);
  setEnvironment(t, { TMPDIR: folder, TEMP: folder });
  const { code, stdout, stderr } = await runHere(['demo']);
  assert.equal(code, 0);
  assert.equal(
    steady(stdout),
    `A peer on ADDRESS serves the first 32,261 headers of mainnet.
A fresh client syncs from it:

Synced mainnet to height 32,260
  hash         0000000007bfbe7ec5510ccf80c5a291bf8fc603dd79f5d6a69fae6039f8a35e
  chainwork    0x7e066822ed1a (2^47.0 hashes)
  new headers  32,260 in TIME (RATE)

Read back from the store, which is deleted now:
  tip             32,260, mined 2009-12-30 07:05:39 UTC
  first retarget  32,256: bits 1d00ffff became 1d00d86a
  checked         proof of work, difficulty, times, version and links of each

Next, from the network itself: headlight sync
`,
  );
  assert.match(steady(stderr), /^Syncing mainnet from height 0\nConnected to ADDRESS /);
  for (const line of stdout.split('\n')) assert.ok(line.length < 80, line);
  assert.deepEqual(readdirSync(folder), []);
});

test('the compiled program does it too, as JSON, with an event for the result', async () => {
  const { code, stdout } = await command('demo', '--json', '--quiet');
  assert.equal(code, 0);
  const events = parseLines(stdout);
  assert.deepEqual([events[0]?.['event'], events.at(-2)?.['event']], ['peer-connected', 'synced']);
  const result = events.at(-1);
  assert.deepEqual([result?.['event'], result?.['network'], result?.['height']], ['demo', 'mainnet', 32_260]);
  assert.equal((result?.['retarget'] as { bits: string } | undefined)?.bits, '1d00d86a');
});

test('a demo that was stopped says so', async () => {
  const stop = new AbortController();
  stop.abort();
  const { code, stderr } = await runHere(['demo', '--quiet', '--log-level', 'info'], { signal: stop.signal });
  assert.equal(code, 130);
  assert.match(stderr, /Interrupted: /);
});
