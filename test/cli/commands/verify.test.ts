import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHere, steady } from '../../support/fake-terminal.ts';
import { sha256d } from '../../../src/bytes/hash.ts';
import { toHex } from '../../../src/bytes/hex.ts';
import { headersFolder } from '../../../src/header-chain.ts';
import { LevelKeyValue } from '../../../src/store/level.ts';
import { encodeSide, sideKey } from '../../../src/store/records.ts';
import { chainOf, extend } from '../../support/chains.ts';
import { forged } from '../../support/forge.ts';
import { headerAt, mine } from '../../support/mine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
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
      '"hash":"00000000d5092034c3a92473d42f28e3fd279f0652e2d5b0049c7d40fcbc990b","startHeight":0,"sideHeaders":0,"seconds":SECONDS}\n',
  );
});

test('verify looks at the headers off the best chain as well, and fails for one of them', async (t) => {
  const datadir = temporaryFolder(t);
  const headers = mine(30);
  const side = mine(3, { parent: headerAt(headers, 9), salt: 1 });
  const chain = await chainOf(headers, datadir);
  await extend(chain, side);
  await chain.close();
  const args = ['verify', '--network', 'regtest', '--datadir', datadir];
  const good = await runHere(args);
  assert.equal(
    steady(good.stdout),
    'All 31 headers and 3 off the best chain keep every rule (checked in TIME)\n',
  );

  const header = headerAt(forged(side, 2, { version: 1 }), 2);
  const database = await LevelKeyValue.open(headersFolder(datadir, 'regtest'));
  const [key, value] = [sideKey(toHex(sha256d(header))), encodeSide({ height: 13, header })];
  await database.write([{ type: 'put', key, value }]);
  await database.close();
  const { code, stdout, stderr } = await runHere([...args, '--json']);
  assert.equal(code, 1);
  assert.match(stderr, /^headlight: header 13, off the best chain, breaks a rule: .*\(bad-version\)/);
  const event = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual([event['code'], event['height'], event['onBestChain']], ['bad-version', 13, false]);
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
