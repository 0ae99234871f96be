import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runHere, steady } from '../../support/fake-terminal.ts';
import { fixture, readFixture } from '../../support/repository.ts';
import { headersFile, MAINNET_FILE, mainnetStore } from '../../support/stores.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const LAST_HASH = '0000000007bfbe7ec5510ccf80c5a291bf8fc603dd79f5d6a69fae6039f8a35e';
const REGTEST_FILE = fixture('headers', 'regtest-0-301.headers');

test('the bundled headers of mainnet are imported to height 32,260, and a second time add nothing', async (t) => {
  const datadir = temporaryFolder(t);
  const file = fixture('headers', MAINNET_FILE);
  const first = await runHere(['import', file, '--datadir', datadir]);
  assert.deepEqual([first.code, first.stderr], [0, '']);
  assert.equal(
    steady(first.stdout),
    `Imported 32,260 new headers of 32,261 read
  tip      height 32,260
  hash     ${LAST_HASH}
  checked  every rule, in TIME
`,
  );
  const again = await runHere(['import', file, '--json', '--datadir', datadir]);
  assert.equal(
    steady(again.stdout),
    `{"event":"imported","time":"NOW","network":"mainnet","read":32261,"added":0,"height":32260,"hash":"${LAST_HASH}","startHeight":0,"seconds":SECONDS}\n`,
  );
  const status = JSON.parse((await runHere(['status', '--json', '--datadir', datadir])).stdout) as Record<
    string,
    unknown
  >;
  assert.deepEqual([status['height'], status['hash']], [32_260, LAST_HASH]);
});

test('a header that breaks a rule ends the import; what came before it is kept', async (t) => {
  const datadir = temporaryFolder(t);
  const file = headersFile(t, 20_100, (bytes) => (bytes[20_000 * 80 + 40] = 0x77));
  const { code, stdout, stderr } = await runHere(['import', file, '--json', '--datadir', datadir]);
  assert.equal(code, 1);
  const event = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(
    [event['event'], event['network'], event['code'], event['index'], event['offset'], event['field']],
    ['error', 'mainnet', 'high-hash', 20_000, 1_600_000, 'hash'],
  );
  assert.deepEqual(
    [event['height'], event['hash']],
    [19_999, '00000000ba36eb929dc90170a96ee3efb76cbebee0e0e5c4da9eb0b6e74d9124'],
  );
  assert.match(
    stderr,
    /^headlight: header 20,000 of \S+, byte 1600000, hash: hash [0-9a-f]{64} is above the target of bits 1d00ffff \(high-hash\); the 19,999 new headers before it are kept, the tip is at height 19,999\n$/,
  );
  assert.match((await runHere(['status', '--datadir', datadir])).stdout, /^height {6}19,999$/m);
  const again = await runHere(['import', file, '--datadir', datadir]);
  assert.match(again.stderr, /; nothing was added, the tip is at height 19,999\n$/);
});

test('rubbish is refused where it goes wrong, and the store stays as it was', async (t) => {
  const datadir = await mainnetStore(t, 11);
  const before = (await runHere(['header', '0', '--count', '20', '--hex', '--datadir', datadir])).stdout;
  const rubbish = Buffer.alloc(1_000, 0xa5);
  const { code, stdout } = await runHere(['import', '-', '--json', '--datadir', datadir], { input: rubbish });
  assert.equal(code, 1);
  const event = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(
    [event['index'], event['height'], typeof event['offset'], typeof event['field'], typeof event['code']],
    [0, 10, 'number', 'string', 'string'],
  );
  const after = (await runHere(['header', '0', '--count', '20', '--hex', '--datadir', datadir])).stdout;
  assert.equal(after, before);
});

test('a file that ends in mid-header gives what is whole', async (t) => {
  const datadir = temporaryFolder(t);
  const input = readFixture('headers', MAINNET_FILE).slice(0, 850);
  const { code, stderr } = await runHere(['import', '-', '--datadir', datadir], { input });
  assert.equal(code, 1);
  assert.equal(
    stderr,
    'headlight: header 10 of -, byte 800, header: 50 bytes left over, a header has 80 (unexpected-end); ' +
      'the 9 new headers before it are kept, the tip is at height 9\n',
  );
});

test('headers of another network, and headers whose parent is missing, are refused', async (t) => {
  const datadir = temporaryFolder(t);
  const other = await runHere(['import', REGTEST_FILE, '--datadir', datadir]);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /header 0 of /);
  const input = readFixture('headers', MAINNET_FILE).slice(800, 1_600);
  const orphan = await runHere(['import', '-', '--datadir', datadir], { input });
  assert.match(orphan.stderr, /byte 4, prev: its parent is not in the store.*\(unknown-parent\)/);
});

test('nothing at all is no import', async (t) => {
  const { code, stdout, stderr } = await runHere(['import', '-', '--datadir', temporaryFolder(t)]);
  assert.deepEqual([code, stdout], [1, '']);
  assert.equal(
    stderr,
    'headlight: there is nothing in standard input: headers of 80 bytes each were expected\n',
  );
});

test('a file that cannot be read leaves no store behind', async (t) => {
  const folder = temporaryFolder(t);
  const datadir = join(folder, 'data');
  const missing = await runHere(['import', join(folder, 'none'), '--datadir', datadir]);
  const message = `headlight: cannot read ${folder}/none: no such file or directory (ENOENT)\n`;
  assert.deepEqual(missing, { code: 1, stdout: '', stderr: message });
  assert.equal(
    (await runHere(['import', folder, '--datadir', datadir])).stderr,
    `headlight: cannot read ${folder}: it is a folder\n`,
  );
  assert.equal(existsSync(datadir), false);
});

test('a data folder that cannot be made is named, with what to do', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  const datadir = join(folder, 'file', 'data');
  const { code, stderr } = await runHere([
    'import',
    REGTEST_FILE,
    '--network',
    'regtest',
    '--datadir',
    datadir,
  ]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^headlight: cannot make the folder .*; see that the folder can be written to[^\n]*\n$/,
  );
});

test('an import that was stopped keeps what it had, and waits for no input', async (t) => {
  const datadir = temporaryFolder(t);
  const stop = new AbortController();
  const options = { signal: stop.signal, isInputEndless: true };
  const importing = runHere(['import', '-', '--datadir', datadir], options);
  setTimeout(() => stop.abort(), 200);
  const { code, stdout, stderr } = await importing;
  assert.deepEqual([code, stdout], [130, '']);
  assert.equal(stderr, 'Interrupted: the tip is at height 0, all headers so far are saved.\n');
  assert.equal((await runHere(['status', '--datadir', datadir])).code, 0);
});
