// Compiles from nothing: a deleted or renamed source would go on living in the old output.
//   node scripts/clean-build.mjs tests   src, test and bench to build/
//   node scripts/clean-build.mjs dist    src to dist/, with the declarations that are published

import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TARGETS = {
  tests: { folder: 'build', project: 'tsconfig.json' },
  dist: { folder: 'dist', project: 'tsconfig.build.json' },
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = TARGETS[process.argv[2]];
if (target === undefined) throw new Error(`name one of ${Object.keys(TARGETS).join(', ')}`);

rmSync(join(root, target.folder), { recursive: true, force: true });
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', target.project], {
  cwd: root,
  stdio: 'inherit',
});
if (status === 0 && target === TARGETS.dist) chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755);
process.exit(status ?? 1);
