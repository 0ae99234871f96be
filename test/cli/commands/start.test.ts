/** `--start`: what the commands say of a store that begins at an anchor. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setEnvironment } from '../../support/environment.ts';
import { runHere, steady } from '../../support/fake-terminal.ts';
import { readFixture } from '../../support/repository.ts';
import { MAINNET_FILE } from '../../support/stores.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const TIP_HASH = '0000000007bfbe7ec5510ccf80c5a291bf8fc603dd79f5d6a69fae6039f8a35e';
const ANCHOR_HASH = '000000005107662c86452e7365f32f8ffdc70d8d87aa6f78630a79f7d77fbfe6';
const VERIFIED = 'from height 30,239 (built-in anchor), not from genesis';

/** A file of the bundled headers from a height on. */
function fileFrom(t: TestContext, height: number): string {
  const file = join(temporaryFolder(t), 'some.headers');
  writeFileSync(file, readFixture('headers', MAINNET_FILE).subarray(80 * height));
  return file;
}

/** A folder with a store that begins at the anchor at 30,239 and has the 2,021 headers above it. */
async function startedFolder(t: TestContext): Promise<string> {
  const datadir = temporaryFolder(t);
  const { code } = await runHere(['import', fileFrom(t, 30_240), '--start', '31000', '--datadir', datadir]);
  assert.equal(code, 0);
  return datadir;
}

test('import --start begins a store at the anchor below, and says so', async (t) => {
  const datadir = temporaryFolder(t);
  const { code, stdout, stderr } = await runHere([
    'import',
    fileFrom(t, 30_240),
    '--start',
    '31000',
    '--datadir',
    datadir,
  ]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(
    steady(stdout),
    `Imported 2,021 new headers of 2,021 read
  tip       height 32,260
  hash      ${TIP_HASH}
  checked   every rule, in TIME
  verified  ${VERIFIED}
`,
  );
});

test('the height may come from the environment; a store that began there takes it again', async (t) => {
  const datadir = await startedFolder(t);
  setEnvironment(t, { HEADLIGHT_START: '30239' });
  const { code, stdout } = await runHere(['import', fileFrom(t, 30_240), '--json', '--datadir', datadir]);
  assert.equal(code, 0);
  const { added, startHeight } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual([added, startHeight], [0, 30_239]);
});

test('a store that began elsewhere is refused by its code', async (t) => {
  const datadir = await startedFolder(t);
  for (const [start, place] of [
    ['0', 'genesis'],
    ['28224', 'height 28223'],
    ['800000', 'height 798335'],
  ] as const) {
    const args = ['import', fileFrom(t, 30_240), '--start', start, '--datadir', datadir];
    const { code, stderr } = await runHere(args);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `headlight: the store begins at height 30239, not at ${place}: leave --start out, or choose another --datadir\n`,
    );
    const json = JSON.parse((await runHere([...args, '--json'])).stdout) as Record<string, unknown>;
    assert.equal(json['code'], 'store-other-start');
  }
});

test('networks other than mainnet cannot begin at an anchor: wrong usage, whatever the command', async (t) => {
  const datadir = temporaryFolder(t);
  const file = fileFrom(t, 30_240);
  for (const network of ['testnet3', 'testnet4', 'signet', 'regtest']) {
    for (const command of [['import', file], ['sync'], ['serve'], ['watch']]) {
      const args = [...command, '--network', network, '--start', '5000', '--datadir', datadir];
      const { code, stderr } = await runHere(args);
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, /can begin at genesis only, for chainwork is known for mainnet's anchors only/);
    }
  }
});

test('a start needs the anchors', async (t) => {
  const { code, stderr } = await runHere([
    'sync',
    '--start',
    '5000',
    '--no-anchors',
    '--datadir',
    temporaryFolder(t),
  ]);
  assert.equal(code, 2);
  assert.match(stderr, /start: that is at an anchor, and anchors are switched off/);
});

test('status says from where the chain was verified', async (t) => {
  const datadir = await startedFolder(t);
  const { stdout } = await runHere(['status', '--datadir', datadir]);
  assert.match(stdout, new RegExp(`^height {6}32,260$`, 'm'));
  assert.ok(stdout.includes(`verified    ${VERIFIED}\n`), stdout);
  assert.match(stdout, /^chainwork {3}0x7e066822ed1a /m);
  const { startHeight, height } = JSON.parse(
    (await runHere(['status', '--json', '--datadir', datadir])).stdout,
  ) as Record<string, unknown>;
  assert.deepEqual([startHeight, height], [30_239, 32_260]);
});

test('verify counts the headers above the anchor', async (t) => {
  const datadir = await startedFolder(t);
  const { code, stdout } = await runHere(['verify', '--datadir', datadir]);
  assert.equal(code, 0);
  assert.equal(
    steady(stdout),
    `All 2,021 headers keep every rule (checked in TIME)\nThey were checked ${VERIFIED}\n`,
  );
});

test('header says what is known below the first header: of the anchor its hash, of the others nothing', async (t) => {
  const datadir = await startedFolder(t);
  const saying = async (which: string): Promise<string> => {
    const { code, stderr } = await runHere(['header', which, '--datadir', datadir]);
    assert.equal(code, 1);
    return stderr;
  };
  const start = 'the store begins at height 30,239 (built-in anchor)';
  assert.equal(await saying('5'), `headlight: no header with height 5; ${start}, not at genesis\n`);
  const anchor = `${start}, of which only the hash is known: ${ANCHOR_HASH}\n`;
  assert.equal(await saying('30239'), `headlight: no header with height 30,239; ${anchor}`);
  assert.equal(await saying(ANCHOR_HASH), `headlight: no header with hash ${ANCHOR_HASH}; ${anchor}`);
  assert.match(await saying('40000'), /no header with height 40,000; .*, and ends at height 32,260$/m);
  const first = await runHere(['header', '30240', '--datadir', datadir]);
  assert.equal(first.code, 0);
  assert.match(first.stdout, new RegExp(`previous +${ANCHOR_HASH}`));
  assert.doesNotMatch(first.stdout, /median time/);
});

test('export writes the headers above the anchor, and says so on stderr', async (t) => {
  const datadir = await startedFolder(t);
  const file = join(temporaryFolder(t), 'out');
  const { code, stdout, stderr } = await runHere(['export', file, '--datadir', datadir]);
  assert.equal(code, 0);
  assert.match(stdout, /^Wrote 2,021 headers to /);
  assert.equal(
    stderr,
    'The store begins at height 30,239, not at genesis: the first header in the file is that of height 30,240\n',
  );
  assert.deepEqual(readFileSync(file), readFileSync(fileFrom(t, 30_240)));
  const json = await runHere(['export', file, '--json', '--datadir', datadir]);
  const { fromHeight, count } = JSON.parse(json.stdout) as Record<string, unknown>;
  assert.deepEqual([fromHeight, count], [30_240, 2_021]);
});
