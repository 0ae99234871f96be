import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LightClient, NETWORKS } from '../../../src/index.ts';
import { runHere, steady } from '../../support/fake-terminal.ts';
import { saveBook } from '../../support/peer-books.ts';
import { mainnetStore } from '../../support/stores.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('status says what the store holds, how old that is, and what to do when it is not all', async (t) => {
  const datadir = await mainnetStore(t, 2_001);
  const { code, stdout, stderr } = await runHere(['status', '--datadir', datadir]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(
    steady(stdout, datadir),
    `network     mainnet
height      2,000
hash        00000000dfd5d65c9d8561b4b8f60a63018fe3933ecb131fb37f905f87da951a
time        2009-01-27 08:58:35 UTC, AGE
difficulty  1
chainwork   0x7d107d107d1 (2^43.0 hashes)
complete    no, the network is known to have more work: run headlight sync
verified    from genesis on
on disk     SIZE
folder      FOLDER/mainnet/headers
peers       0 known
`,
  );
});

test('status --json is one event with the names of the contract', async (t) => {
  const datadir = await mainnetStore(t, 2_001);
  const { code, stdout } = await runHere(['status', '--json', '--datadir', datadir]);
  assert.equal(code, 0);
  assert.equal(
    steady(stdout, datadir),
    '{"event":"status","time":"NOW","network":"mainnet","folder":"FOLDER/mainnet/headers","height":2000,' +
      '"hash":"00000000dfd5d65c9d8561b4b8f60a63018fe3933ecb131fb37f905f87da951a","startHeight":0,"blockTime":1233046715,' +
      '"bits":"1d00ffff","difficulty":1,"chainwork":"000000000000000000000000000000000000000000000000000007d107d107d1",' +
      '"minChainwork":"0000000000000000000000000000000000000001128750f82f4c366153a3a030","sizeBytes":SIZE,"knownPeers":0}\n',
  );
});

test('while a client runs the status comes from it, and says so', async (t) => {
  const datadir = await mainnetStore(t, 3);
  await saveBook(datadir, [{ endpoint: { host: '1.2.3.4', port: 8333 } }], NETWORKS.mainnet);
  const client = new LightClient({ datadir, dial: false });
  t.after(() => client.stop());
  await client.start();
  const { code, stdout } = await runHere(['status', '--datadir', datadir]);
  assert.equal(code, 0);
  assert.match(stdout, /^height {6}2$/m);
  assert.match(stdout, /^peers {7}0 connected, 1 known$/m);
  assert.match(stdout, new RegExp(`^in use {6}headlight is running \\(process ${process.pid}\\)$`, 'm'));
  const { stdout: json } = await runHere(['status', '--json', '--datadir', datadir]);
  const { pid, height, knownPeers, connectedPeers } = JSON.parse(json) as Record<string, unknown>;
  assert.deepEqual([pid, height, knownPeers, connectedPeers], [process.pid, 2, 1, 0]);
});

test('without a store status says how to get one, and makes none', async (t) => {
  const datadir = join(temporaryFolder(t), 'none');
  const { code, stdout, stderr } = await runHere(['status', '--json', '--datadir', datadir]);
  const message = `there are no mainnet headers in ${datadir}: run "headlight sync" or "headlight import" first`;
  assert.equal(code, 1);
  assert.equal(stderr, `headlight: ${message}\n`);
  const { time, ...event } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(event, { event: 'error', network: 'mainnet', code: 'store-missing', message });
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
  assert.throws(() => readdirSync(datadir));
});

test('the store of one network is none of another', async (t) => {
  const datadir = await mainnetStore(t, 2);
  const { code, stderr } = await runHere(['status', '--network', 'signet', '--datadir', datadir]);
  assert.equal(code, 1);
  assert.match(stderr, /^headlight: there are no signet headers/);
});

test('damage that was repaired is told as a warning, and the rest as always', async (t) => {
  const datadir = await mainnetStore(t, 3);
  const folder = join(datadir, 'mainnet', 'headers');
  for (const file of readdirSync(folder)) if (file.startsWith('MANIFEST')) rmSync(join(folder, file));
  const { code, stdout, stderr } = await runHere(['status', '--datadir', datadir]);
  assert.equal(code, 0);
  assert.match(stderr, /^Warning: the store was damaged and has been repaired.*\(store-repaired\)\n$/);
  assert.match(stdout, /^height {6}2$/m);
});
