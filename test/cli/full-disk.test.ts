/** A disk without room: a small file system in memory stands in for it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { command } from '../support/command.ts';
import { fixture } from '../support/repository.ts';
import { MAINNET_FILE } from '../support/stores.ts';

function mount(...args: string[]): boolean {
  return process.platform === 'linux' && spawnSync('mount', args).status === 0;
}

/** A folder on a disk of that size, or undefined where mounting is not allowed. */
function smallDisk(t: TestContext, size: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'headlight-disk-'));
  const isMounted = mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder);
  t.after(() => {
    if (isMounted) spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return isMounted ? folder : undefined;
}

test('a full disk ends an import with one line; with room again the store is good and goes on', async (t) => {
  const datadir = smallDisk(t, '1500k');
  if (datadir === undefined) return t.skip('a file system in memory cannot be mounted here');
  const importing = ['import', fixture('headers', MAINNET_FILE), '--datadir', datadir] as const;
  const full = await command(...importing);
  assert.deepEqual([full.code, full.stdout], [1, '']);
  assert.match(
    full.stderr,
    /^headlight: cannot write to the store: [^\n]*No space left on device; [^\n]*has room[^\n]*\n$/,
  );

  assert.ok(mount('-o', 'remount,size=64m', datadir));
  const verified = await command('verify', '--datadir', datadir);
  assert.equal(verified.code, 0, verified.stderr);
  const again = await command(...importing);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /tip {6}height 32,260\n/);
  return undefined;
});

test('a full disk is no reason to call an export done', async (t) => {
  const datadir = smallDisk(t, '64m');
  const target = smallDisk(t, '100k');
  if (datadir === undefined || target === undefined) {
    return t.skip('a file system in memory cannot be mounted here');
  }
  await command('import', fixture('headers', MAINNET_FILE), '--datadir', datadir);
  const file = join(target, 'out.headers');
  const { code, stderr } = await command('export', file, '--datadir', datadir);
  assert.deepEqual(
    [code, stderr],
    [1, `headlight: cannot write ${file}: no space left on device (ENOSPC)\n`],
  );
  return undefined;
});
