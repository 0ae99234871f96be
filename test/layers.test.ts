/** Folders are layers: each may import itself and what its row allows. The table is the diagram in docs/architecture.md. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from './support/repository.ts';

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  networks: ['bytes'],
  wire: ['bytes'],
  chain: ['bytes', 'networks', 'wire'],
  script: ['bytes', 'networks', 'wire'],
  filters: ['bytes', 'wire', 'script'],
  ledger: ['bytes', 'wire', 'script'],
  transport: ['bytes', 'networks', 'wire'],
  protocol: ['bytes', 'networks', 'wire', 'chain', 'script', 'filters', 'ledger'],
  store: ['bytes', 'wire', 'chain', 'filters', 'ledger'],
  io: ['bytes', 'networks', 'wire', 'chain', 'script', 'filters', 'ledger', 'transport', 'protocol', 'store'],
  /** The library: files right under src/. */
  '.': [
    'bytes',
    'networks',
    'wire',
    'chain',
    'script',
    'filters',
    'ledger',
    'transport',
    'protocol',
    'store',
    'io',
  ],
  /** Over what the package exports, and nothing else. */
  cli: [
    './index.ts',
    './offline.ts',
    'wire/index.ts',
    'chain/index.ts',
    'script/index.ts',
    'filters/index.ts',
  ],
};

/** Below the store there is no I/O, no clock and no chance. */
const PURE = new Set([
  'bytes',
  'networks',
  'wire',
  'chain',
  'script',
  'filters',
  'ledger',
  'transport',
  'protocol',
]);
const IMPURE_CALLS =
  /\b(Date\.now|new Date\(\)|performance\.now|Math\.random|setTimeout|setInterval|setImmediate)\b/;

const sources = join(repositoryRoot, 'src');
const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));

test('every folder imports only what its layer allows', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => !isAllowed(file, target))
      .map((target) => `${file} imports ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test('nothing below the store imports a module of Node.js', () => {
  const wrong = files.filter((file) => PURE.has(layerOf(file)) && /from 'node:/.test(textOf(file)));
  assert.deepEqual(wrong, []);
});

test('nothing below the store looks at a clock, sets a timer or draws lots', () => {
  const wrong = files.filter((file) => PURE.has(layerOf(file)) && IMPURE_CALLS.test(textOf(file)));
  assert.deepEqual(wrong, []);
});

test('every folder of the sources is a layer', () => {
  const unknown = files.filter((file) => !Object.hasOwn(MAY_IMPORT, layerOf(file)));
  assert.deepEqual(unknown, []);
});

function isAllowed(file: string, target: string): boolean {
  const from = layerOf(file);
  const to = layerOf(target);
  if (from === to) return true;
  const allowed = MAY_IMPORT[from] ?? [];
  return allowed.includes(to) || allowed.includes(to === '.' ? `./${target}` : target);
}

/** Files of ours that a file imports, from src/. */
function importsOf(file: string): string[] {
  const targets = Array.from(textOf(file).matchAll(/\bfrom '(\.[^']*)'/g), (match) => match[1] as string);
  return targets.map((target) => normalize(join(dirname(file), target)).replaceAll('\\', '/'));
}

function layerOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] as string) : '.';
}

function textOf(file: string): string {
  return readFileSync(join(sources, file), 'utf8');
}
