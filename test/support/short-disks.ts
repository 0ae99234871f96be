/** Disks without room: a small file system in memory, where mounting is allowed, and files that may grow no further. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { RunningCommand } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface ShortDisk {
  readonly folder: string;
  /** Leaves room for so many bytes more, in all or in each file. */
  leave(bytes: number): void;
  /** Runs the program on what room is left. */
  run(...args: readonly string[]): RunningCommand;
  /** As if somebody had cleaned up. */
  makeRoom(): void;
}

/** Both kinds; undefined when this machine or this user has it not. */
export const SHORT_DISKS: Readonly<Record<string, (t: TestContext) => ShortDisk | undefined>> = {
  'a full disk': (t) => {
    const folder = mountedFolder(t, '24m');
    return folder === undefined ? undefined : fullDisk(folder);
  },
  'a limit on the size of files': (t) => {
    const hasLimits = spawnSync('bash', ['-c', 'ulimit -f 1']).status === 0;
    return hasLimits ? limitedFiles(temporaryFolder(t)) : undefined;
  },
};

/** A folder on a disk of that size, such as `24m`, or undefined where mounting is not allowed. */
export function mountedFolder(t: Pick<TestContext, 'after'>, size: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'headlight-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  t.after(() => {
    if (status === 0) execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return status === 0 ? folder : undefined;
}

function fullDisk(folder: string): ShortDisk {
  const rest = join(folder, 'rest');
  return {
    folder,
    leave(bytes) {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(rest, new Uint8Array(Math.max(0, bavail * bsize - bytes)));
    },
    run: (...args) => new RunningCommand(args),
    makeRoom: () => rmSync(rest, { force: true }),
  };
}

function limitedFiles(folder: string): ShortDisk {
  let limitBlocks: number | undefined;
  return {
    folder,
    leave(bytes) {
      limitBlocks = Math.floor(bytes / 1024);
    },
    run(...args) {
      const launcher =
        limitBlocks === undefined ? [] : ['bash', '-c', `ulimit -f ${limitBlocks} && exec "$@"`, 'bash'];
      return new RunningCommand(args, {}, launcher);
    },
    makeRoom() {
      limitBlocks = undefined;
    },
  };
}
