// Installs the packages when they are missing or not those of package-lock.json, so that `npm start` and `npm test` are
// all that need be typed on a fresh clone. Nothing is done, and nothing said, when they are in place.

import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, 'package-lock.json');
// npm writes this file last, so it is missing after an install that was cut short.
const installed = join(root, 'node_modules', '.package-lock.json');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  console.error(
    `headlight needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}`,
  );
  process.exit(1);
}
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  console.error('Installing the packages listed in package-lock.json ...');
  const npm = process.env.npm_execpath;
  // Not `npm ci`: it refuses a lock file that lacks the linter's binaries for other platforms, and not every registry
  // carries those. The versions are those of the lock file all the same, and it stays as it is.
  const flags = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } =
    npm === undefined
      ? spawnSync('npm', flags, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
      : spawnSync(process.execPath, [npm, ...flags], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}
