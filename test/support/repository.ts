/** Where things are on disk. Compiled tests lie deeper than their sources, so the root is looked for, not counted to. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const repositoryRoot: string = findRoot();

/** A file under fixtures/. */
export function fixture(...path: string[]): string {
  return join(repositoryRoot, 'fixtures', ...path);
}

/** The bytes of a file under fixtures/. */
export function readFixture(...path: string[]): Uint8Array {
  return new Uint8Array(readFileSync(fixture(...path)));
}

const sharedDataFolder = process.env['HEADLIGHT_DATA_DIR'] ?? join(dirname(repositoryRoot), 'shared', 'data');

/** A file of the larger collection of real chain data, which is not part of the repository. */
export function sharedData(...path: string[]): string {
  return join(sharedDataFolder, ...path);
}

/** For the `skip` option of node:test: `false` where the collection is, else the reason to skip. */
export const skipWithoutSharedData: string | false = existsSync(sharedDataFolder)
  ? false
  : `the collection of chain data is not in ${sharedDataFolder}: set HEADLIGHT_DATA_DIR to its folder`;

function findRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  throw new Error(`no package.json above ${start}`);
}
