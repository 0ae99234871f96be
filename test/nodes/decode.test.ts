/** Every field that headlight shows of a transaction, held against what a real bitcoind says of the same bytes. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { fromHex } from '../../src/bytes/hex.ts';
import { describeTx } from '../../src/cli/decode/describe-tx.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { tx } from '../../src/wire/tx.ts';
import { script } from '../support/scripts.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Bitcoind } from '../support/nodes/bitcoind.ts';
import { decodedByNode } from '../support/nodes/decoded-transaction.ts';
import { fixture, sharedData, skipWithoutSharedData } from '../support/repository.ts';

const options = { skip: skipWithoutNodes('bitcoind'), timeout: 60_000 };
/** Each is an output and an input of one transaction, so that one question is enough. */
const MADE_SCRIPTS = 2_000;

test('headlight and bitcoind say the same of every transaction in the fixtures', options, async (t) => {
  const node = await startedNode(t);
  const files = hexFiles(fixture('transactions'));
  assert.ok(files.length >= 11);
  for (const file of files) await compare(node, textOf(fixture('transactions', file)), file);
});

test(
  'headlight and bitcoind say the same of real transactions of every age',
  { ...options, skip: options.skip || skipWithoutSharedData },
  async (t) => {
    const node = await startedNode(t);
    const files = readdirSync(sharedData('tx')).filter((file) => file.endsWith('.tx'));
    assert.ok(files.length > 0);
    for (const file of files) await compare(node, readFileSync(sharedData('tx', file)).toString('hex'), file);
    for (const [i, hex] of vectorTransactions().entries()) await compare(node, hex, `core_tx_valid ${i}`);
  },
);

test('headlight and bitcoind say the same of scripts that nobody would write', options, async (t) => {
  const node = await startedNode(t);
  const scripts = fc.sample(script, MADE_SCRIPTS);
  const made = {
    version: 2,
    inputs: scripts.map((bytes, vout) => ({
      previous: { txid: new Uint8Array(32).fill(7), vout },
      script: bytes,
      sequence: 0,
      witness: [],
    })),
    outputs: scripts.map((bytes) => ({ valueSats: 1n, script: bytes })),
    lockTime: 0,
  };
  await compare(node, Buffer.from(encode(tx, made)).toString('hex'), 'made');
});

async function startedNode(t: TestContext): Promise<Bitcoind> {
  const node = await Bitcoind.start();
  t.after(() => node.dispose());
  return node;
}

/** Without the text of outputs, which bitcoind does not show. */
async function compare(node: Bitcoind, hex: string, name: string): Promise<void> {
  const ours = describeTx(decode(tx, fromHex(hex)), regtest);
  const theirs = await decodedByNode(node, hex);
  assert.deepEqual(withoutText(ours), withoutText(theirs), name);
}

function withoutText(described: object): unknown {
  return JSON.parse(JSON.stringify(described, (key, value: unknown) => (key === 'text' ? undefined : value)));
}

/** The transactions of Core's own test vectors. */
function vectorTransactions(): string[] {
  const file = sharedData('vectors', 'core_tx_valid.json');
  if (!existsSync(file)) return [];
  const rows = JSON.parse(readFileSync(file, 'utf8')) as readonly (readonly unknown[])[];
  return rows.filter((row) => row.length === 3).map((row) => row[1] as string);
}

function hexFiles(folder: string): string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.hex'));
}

function textOf(file: string): string {
  return readFileSync(file, 'utf8').trim();
}
