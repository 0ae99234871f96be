/**
 * What a transaction costs from its bytes to a line of JSON, stage by stage: the fixtures again and again, and two real
 * blocks of mainnet where the larger collection of chain data is at hand. Usage: node build/bench/transactions.js
 */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { sha256d } from '../src/bytes/hash.ts';
import { fromHex, toDisplayHex, toHex } from '../src/bytes/hex.ts';
import { checkBlock } from '../src/chain/check-block.ts';
import { checkTransaction } from '../src/chain/check-transaction.ts';
import { NETWORKS } from '../src/networks/by-name.ts';
import { addressOf, opReturnText, outputType } from '../src/script/index.ts';
import { block } from '../src/wire/block.ts';
import { decode, encode } from '../src/wire/codec.ts';
import { identify, type IdentifiedTx } from '../src/wire/identified-tx.ts';
import { strippedSize, type Tx, tx } from '../src/wire/tx.ts';
import { readFixture, sharedData } from '../test/support/repository.ts';

const BLOCKS = ['mainnet-866342-60afb101d3c8f1f1.block', 'mainnet-702861-c249452c726dafae.block'];
const FIXTURE_ROUNDS = 400;
/** Of each stage the quickest of so many is taken: whatever else runs only ever slows it down. */
const ROUNDS = 7;
const NETWORK = NETWORKS.mainnet;

console.log(`Node.js ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}`);
measure('the fixtures', fixtures());
for (const name of BLOCKS) {
  const file = sharedData('blocks', name);
  if (existsSync(file)) measureBlock(name, new Uint8Array(readFileSync(file)));
}

function fixtures(): Uint8Array[] {
  const text = new TextDecoder();
  const index = JSON.parse(text.decode(readFixture('transactions', 'index.json'))) as { file: string }[];
  const all = index.map(({ file }) => fromHex(text.decode(readFixture('transactions', file)).trim()));
  // The large one would outweigh all others.
  const ordinary = all.filter((raw) => raw.length < 10_000);
  return Array.from({ length: FIXTURE_ROUNDS }, () => ordinary).flat();
}

function measureBlock(name: string, encoded: Uint8Array): void {
  const { header, transactions } = decode(block, encoded);
  measure(
    name,
    transactions.map((one) => Uint8Array.from(encode(tx, one))),
  );
  const identified = transactions.map(identify);
  const milliseconds = time(() => {
    const broken = checkBlock(header, identified);
    if (broken !== undefined) throw new Error(broken.detail);
  });
  console.log(`  its block checked, once decoded             ${milliseconds.toFixed(1)} ms`);
}

/** Each stage does all that the one before it does, and one thing more. */
function measure(name: string, raws: readonly Uint8Array[]): void {
  const bytes = raws.reduce((sum, raw) => sum + raw.length, 0);
  const count = raws.length.toLocaleString('en-US');
  console.log(`${name}: ${count} transactions of ${Math.round(bytes / raws.length)} bytes on average`);
  const stripped = raws.map((raw) => raw.subarray(0, strippedSize(decode(tx, raw))));
  const report = (stage: string, work: (raw: Uint8Array, i: number) => unknown): void => {
    const microseconds = (1000 * time(() => raws.forEach(work))) / raws.length;
    const rate = Math.round(1e6 / microseconds).toLocaleString('en-US');
    console.log(
      `  ${stage.padEnd(40)} ${microseconds.toFixed(2).padStart(7)} us, ${rate.padStart(9)} a second`,
    );
  };
  report('hashing alone: whole and stripped', (raw, i) => [sha256d(raw), sha256d(stripped[i] ?? raw)]);
  report('decoded', (raw) => decode(tx, raw));
  report('decoded and identified', received);
  report('and checked', checked);
  report('and classified', (raw) => classified(checked(raw).tx));
  report('and printed as JSON', (raw) => printed(checked(raw)));
}

/** As a message brings it: decoded where it lies, then named from bytes of its own. */
function received(raw: Uint8Array): IdentifiedTx {
  return identify(decode(tx, raw));
}

function checked(raw: Uint8Array): IdentifiedTx {
  const identified = received(raw);
  const broken = checkTransaction(identified.tx);
  // The one coinbase of a block is no fault here.
  if (broken !== undefined) throw new Error(broken.detail);
  return identified;
}

function classified(value: Tx): unknown[] {
  return value.outputs.map(({ valueSats, script }, n) => {
    const text = opReturnText(script);
    return {
      n,
      valueSats: Number(valueSats),
      type: outputType(script),
      address: addressOf(script, NETWORK) ?? null,
      scriptHex: toHex(script),
      ...(text !== undefined && { text }),
    };
  });
}

function printed({ tx: value, txid, wtxid, size }: IdentifiedTx): string {
  return JSON.stringify({
    event: 'tx',
    txid: toDisplayHex(txid),
    wtxid: toDisplayHex(wtxid),
    ...size,
    version: value.version,
    lockTime: value.lockTime,
    inputs: value.inputs.map(({ previous, sequence }) => ({
      txid: toDisplayHex(previous.txid),
      vout: previous.vout,
      sequence,
    })),
    outputs: classified(value),
  });
}

/** Milliseconds of the quickest round. */
function time(work: () => void): number {
  let quickest = Infinity;
  for (let i = 0; i < ROUNDS; i++) {
    const startMs = performance.now();
    work();
    quickest = Math.min(quickest, performance.now() - startMs);
  }
  return quickest;
}
