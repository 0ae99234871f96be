// Runs the compiled tests: all of them, or those whose path holds one of the words given.
//   node scripts/run-tests.mjs            everything
//   node scripts/run-tests.mjs wire/ nodes/   two folders
// The files are listed here because `node --test FOLDER` and `node --test GLOB` mean different things in Node 20 and 24.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);
const files = readdirSync(join(root, 'build', 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => words.length === 0 || words.some((word) => file.replaceAll('\\', '/').includes(word)))
  .toSorted()
  .map((file) => join('build', 'test', file));
if (files.length === 0) throw new Error(`no test file has ${words.join(' or ')} in its path`);

// By itself Node leaves one core free, which of two is half of them.
const jobs = `--test-concurrency=${Math.max(2, availableParallelism())}`;
const { status } = spawnSync(process.execPath, ['--test', jobs, '--enable-source-maps', ...files], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
