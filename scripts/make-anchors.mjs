// Writes src/networks/anchors/NETWORK.ts from lists of anchors, one line each: height,hash,next_bits. That is the last
// block of every period of 2,016 (heights 2015, 4031, ...) with none left out, its hash in display order, and the
// compact target of the header after it in hexadecimal, or nothing. Targets are packed when every line has one: only
// for networks without blocks of the easiest target, so that the work of a period follows from its target.
//   node scripts/make-anchors.mjs anchors-mainnet.csv anchors-testnet3.csv ...   the network is in the file's name
// A node of one's own makes such a list: getblockhash HEIGHT, and `bits` of getblockheader of the next block.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SPACING = 2016;
const LINE_LENGTH = 108;

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src', 'networks', 'anchors');
const files = process.argv.slice(2);
if (files.length === 0) throw new Error('name at least one file');
mkdirSync(folder, { recursive: true });
for (const file of files) {
  const network = /^(?:anchors-)?([a-z0-9]+)\.csv$/.exec(basename(file))?.[1];
  if (network === undefined)
    throw new Error(`${file}: the name says no network, such as anchors-mainnet.csv`);
  const text = sourceOf(network, readRows(file));
  writeFileSync(join(folder, `${network}.ts`), text);
  console.log(`${network}: ${text.length} bytes`);
}

function readRows(file) {
  const lines = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const rows = lines
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const [height, hash, bits] = line.split(',');
      if (!/^[0-9a-f]{64}$/.test(hash) || !/^([0-9a-f]{8})?$/.test(bits ?? ''))
        throw new Error(`${file}: ${line}`);
      return { height: Number(height), hash: Buffer.from(hash, 'hex').toReversed(), bits };
    });
  for (const [index, { height }] of rows.entries()) {
    if (height !== SPACING * (index + 1) - 1) throw new Error(`${file}: height ${height} in place ${index}`);
  }
  return rows;
}

function sourceOf(network, rows) {
  const hashes = Buffer.concat(rows.flatMap(({ hash }) => packedHash(hash)));
  const targets = rows.every(({ bits }) => bits)
    ? rows.map(({ bits }) => Number.parseInt(bits, 16))
    : undefined;
  return `/** Anchors of ${network}; written by scripts/make-anchors.mjs. */

import type { PackedAnchors } from '../anchor-table.ts';

export const packedAnchors: PackedAnchors = {
  count: ${rows.length},
  firstHeight: ${SPACING - 1},
  spacing: ${SPACING},
  hashes: ${literal(hashes)},
${targets === undefined ? '' : `  targets: ${literal(packedTargets(targets))},\n`}};
`;
}

function packedHash(hash) {
  let size = hash.length;
  while (size > 0 && hash[size - 1] === 0) size--;
  return [Buffer.of(size), hash.subarray(0, size)];
}

function packedTargets(targets) {
  const bytes = Buffer.alloc(4 * targets.length);
  for (const [index, bits] of targets.entries()) bytes.writeUInt32LE(bits, 4 * index);
  return bytes;
}

/** Base64 as an array of strings, in the project's format. */
function literal(bytes) {
  const text = bytes.toString('base64');
  const lines = [];
  for (let at = 0; at < text.length; at += LINE_LENGTH) lines.push(text.slice(at, at + LINE_LENGTH));
  return `[\n${lines.map((line) => `    '${line}',\n`).join('')}  ]`;
}
