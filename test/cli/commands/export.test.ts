import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeTerminal, runHere, steady } from '../../support/fake-terminal.ts';
import { run } from '../../../src/cli/program.ts';
import { readFixture } from '../../support/repository.ts';
import { MAINNET_FILE, mainnetStore } from '../../support/stores.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const HEADERS = readFixture('headers', MAINNET_FILE).slice(0, 80 * 12_001);

test('export writes the headers as they came, and nothing else is left beside them', async (t) => {
  const datadir = await mainnetStore(t, 12_001);
  const folder = temporaryFolder(t);
  const file = join(folder, 'out.headers');
  const { code, stdout, stderr } = await runHere(['export', file, '--datadir', datadir]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(steady(stdout, folder), 'Wrote 12,001 headers to FOLDER/out.headers (SIZE)\n');
  assert.deepEqual(new Uint8Array(readFileSync(file)), HEADERS);
  assert.deepEqual(readdirSync(folder), ['out.headers']);
});

test('export --json says what was written', async (t) => {
  const datadir = await mainnetStore(t, 2);
  const folder = temporaryFolder(t);
  const { stdout } = await runHere(['export', join(folder, 'out'), '--json', '--datadir', datadir]);
  assert.equal(
    steady(stdout, folder),
    '{"event":"exported","time":"NOW","network":"mainnet","file":"FOLDER/out","fromHeight":0,"count":2,"height":1,' +
      '"hash":"00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048","sizeBytes":SIZE}\n',
  );
});

test('to standard output go the headers and not a byte more, with --json as well', async (t) => {
  const datadir = await mainnetStore(t, 12_001);
  for (const flags of [[], ['--json']]) {
    const terminal = new FakeTerminal();
    assert.equal(await run(['export', '-', ...flags, '--datadir', datadir], terminal), 0);
    assert.deepEqual(new Uint8Array(terminal.stdout.bytes), HEADERS);
    assert.equal(terminal.stderr.text, '');
  }
});

test('a screen is no place for headers', async (t) => {
  const datadir = await mainnetStore(t, 2);
  const { code, stdout, stderr } = await runHere(['export', '-', '--datadir', datadir], { columns: 80 });
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^headlight: headers are bytes, not text: name a file/);
});

test('a file that is there is replaced; through a link, the file that it leads to', async (t) => {
  const datadir = await mainnetStore(t, 2);
  const folder = temporaryFolder(t);
  const [file, link] = [join(folder, 'file'), join(folder, 'link')];
  writeFileSync(file, 'something else');
  symlinkSync(file, link);
  assert.equal((await runHere(['export', link, '--datadir', datadir])).code, 0);
  assert.equal(readlinkSync(link), file);
  assert.equal(readFileSync(file).length, 160);
});

test('a device is written to, not replaced by a file', { skip: process.platform === 'win32' }, async (t) => {
  const datadir = await mainnetStore(t, 2);
  assert.equal((await runHere(['export', '/dev/null', '--datadir', datadir])).code, 0);
  assert.ok(lstatSync('/dev/null').isCharacterDevice());
});

test('a file that cannot be written is named, in plain words', async (t) => {
  const datadir = await mainnetStore(t, 2);
  const folder = temporaryFolder(t);
  const file = join(folder, 'none', 'out');
  const missing = await runHere(['export', file, '--datadir', datadir]);
  assert.deepEqual(missing, {
    code: 1,
    stdout: '',
    stderr: `headlight: cannot write ${file}: no such file or directory (ENOENT)\n`,
  });
  const isFolder = await runHere(['export', folder, '--datadir', datadir]);
  assert.equal(isFolder.stderr, `headlight: cannot write ${folder}: it is a folder\n`);
});

test('an export that was stopped leaves the file as it was', async (t) => {
  const datadir = await mainnetStore(t, 2);
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, 'something else');
  const stop = new AbortController();
  stop.abort();
  const { code, stderr } = await runHere(['export', file, '--datadir', datadir], { signal: stop.signal });
  assert.deepEqual([code, stderr], [130, `Interrupted: ${file} is as it was.\n`]);
  assert.equal(readFileSync(file, 'utf8'), 'something else');
  assert.deepEqual(readdirSync(folder), ['file']);
});
