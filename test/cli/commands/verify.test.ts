import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHere, steady } from '../../support/fake-terminal.ts';
import { mainnetStore } from '../../support/stores.ts';

test('verify says how many headers keep every rule', async (t) => {
  const datadir = await mainnetStore(t, 2_101);
  const { code, stdout, stderr } = await runHere(['verify', '--datadir', datadir]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(steady(stdout), 'All 2,101 headers keep every rule (checked in TIME)\n');
  const { stdout: json } = await runHere(['verify', '--json', '--datadir', datadir]);
  assert.equal(
    steady(json),
    '{"event":"verified","time":"NOW","network":"mainnet","height":2100,' +
      '"hash":"00000000d5092034c3a92473d42f28e3fd279f0652e2d5b0049c7d40fcbc990b","seconds":SECONDS}\n',
  );
});

test('a verification that was stopped says how far it came', async (t) => {
  const datadir = await mainnetStore(t, 2_101);
  const stop = new AbortController();
  stop.abort();
  const { code, stdout, stderr } = await runHere(['verify', '--datadir', datadir], { signal: stop.signal });
  assert.deepEqual([code, stdout], [130, '']);
  assert.equal(stderr, 'Interrupted: the headers up to height 2,100 keep every rule.\n');
});

test('verify needs a store', async () => {
  const { code, stderr } = await runHere(['verify', '--datadir', '/nowhere/at/all']);
  assert.equal(code, 1);
  assert.match(stderr, /^headlight: there are no mainnet headers in .*: run "headlight sync"/);
});
