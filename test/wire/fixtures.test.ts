/** The files under fixtures/ that hold transactions, blocks, headers and conversations, all of which must read well. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { equalBytes, sha256d } from '../../src/bytes/hash.ts';
import { fromHex, toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';
import { block } from '../../src/wire/block.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { HEADER_SIZE_BYTES, header, headerHash } from '../../src/wire/header.ts';
import { decodeMessage, encodePayload, isCommand } from '../../src/wire/message.ts';
import { hasWitness, tx, txid, txSize, wtxid } from '../../src/wire/tx.ts';
import { fixture, readFixture } from '../support/repository.ts';

function textOf(...path: string[]): string {
  return readFileSync(fixture(...path), 'utf8').trim();
}

/** The hex files of a folder, so that one which the index forgot is noticed. */
function hexFilesIn(folder: string): string[] {
  return readdirSync(fixture(folder))
    .filter((file) => file.endsWith('.hex'))
    .toSorted();
}

interface TransactionEntry {
  readonly file: string;
  readonly kind: string;
  readonly txid: string;
  /** The wtxid, as bitcoind calls it. */
  readonly hash: string;
  readonly size: number;
  readonly vsize: number;
  readonly weight: number;
}

const transactions = JSON.parse(textOf('transactions', 'index.json')) as readonly TransactionEntry[];

test('the index of transactions names every file', () => {
  assert.deepEqual(transactions.map(({ file }) => file).toSorted(), hexFilesIn('transactions'));
});

for (const entry of transactions) {
  test(`the ${entry.kind} transaction has the ids and sizes that bitcoind gives it`, () => {
    const hex = textOf('transactions', entry.file);
    const value = decode(tx, fromHex(hex));
    assert.equal(toHex(encode(tx, value)), hex);
    assert.equal(toDisplayHex(txid(value)), entry.txid);
    assert.equal(toDisplayHex(wtxid(value)), entry.hash);
    assert.equal(hasWitness(value), entry.txid !== entry.hash);
    assert.deepEqual(txSize(value), { sizeBytes: entry.size, weight: entry.weight, vsize: entry.vsize });
  });
}

interface BlockEntry {
  readonly file: string;
  readonly kind: string;
  readonly hash: string;
  readonly transactionCount: number;
  readonly merkleRoot: string;
  readonly size: number;
  readonly weight: number;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const blocks = JSON.parse(textOf('blocks', 'index.json')) as readonly BlockEntry[];

test('the index of blocks names every file', () => {
  assert.deepEqual(blocks.map(({ file }) => file).toSorted(), hexFilesIn('blocks'));
});

for (const entry of blocks) {
  test(`the ${entry.kind} block has the hash, the merkle root and the weight that bitcoind gives it`, () => {
    const hex = textOf('blocks', entry.file);
    const value = decode(block, fromHex(hex));
    assert.equal(toHex(encode(block, value)), hex);
    assert.equal(hex.length / 2, entry.size);
    assert.equal(toDisplayHex(headerHash(value.header)), entry.hash);
    assert.equal(value.transactions.length, entry.transactionCount);
    assert.equal(toDisplayHex(value.header.merkleRoot), entry.merkleRoot);
    assert.equal(toDisplayHex(merkleRoot(value.transactions.map(txid)).root), entry.merkleRoot);
    const sizes = value.transactions.map(txSize);
    // What belongs to no transaction, the header and the count, weighs four units a byte.
    const framing = entry.size - sum(sizes.map(({ sizeBytes }) => sizeBytes));
    assert.equal(4 * framing + sum(sizes.map(({ weight }) => weight)), entry.weight);
  });
}

for (const file of readdirSync(fixture('headers')).filter((name) => name.endsWith('.headers'))) {
  test(`each header of ${file} names the hash of the one before it`, () => {
    const run = readFixture('headers', file);
    assert.equal(`${run.length / HEADER_SIZE_BYTES}.headers`, file.split('-').at(-1));
    let parent: Uint8Array | undefined;
    for (let start = 0; start < run.length; start += HEADER_SIZE_BYTES) {
      const encoded = run.subarray(start, start + HEADER_SIZE_BYTES);
      const value = decode(header, encoded);
      assert.ok(equalBytes(encode(header, value), encoded));
      if (parent !== undefined) assert.ok(equalBytes(value.prev, parent), `at byte ${start}`);
      parent = headerHash(value);
    }
  });
}

/** Everything one side said, in order; a line holds what was written at once, which may be several messages. */
function saidBy(side: 'node' | 'client', conversation: string): { command: string; payload: Uint8Array }[] {
  const lines = conversation.split('\n').map((line) => JSON.parse(line) as { from: string; hex: string });
  const stream = fromHex(
    lines
      .filter(({ from }) => from === side)
      .map(({ hex }) => hex)
      .join(''),
  );
  const messages: { command: string; payload: Uint8Array }[] = [];
  for (let start = 0; start < stream.length;) {
    const frame = stream.subarray(start);
    assert.equal(toHex(frame.subarray(0, 4)), 'fabfb5da', "regtest's magic");
    const command = String.fromCharCode(...frame.subarray(4, 16)).replace(/\0+$/, '');
    const length = new DataView(frame.buffer, frame.byteOffset + 16, 4).getUint32(0, true);
    const payload = frame.subarray(24, 24 + length);
    assert.equal(payload.length, length);
    assert.equal(toHex(frame.subarray(20, 24)), toHex(sha256d(payload).subarray(0, 4)), 'checksum');
    messages.push({ command, payload });
    start += 24 + length;
  }
  return messages;
}

const conversations = readdirSync(fixture('conversations')).filter((name) => name.endsWith('.jsonl'));

for (const file of conversations) {
  test(`every message of ${file} that we know is read and written as it was`, () => {
    const conversation = textOf('conversations', file);
    for (const side of ['node', 'client'] as const) {
      const messages = saidBy(side, conversation);
      assert.ok(
        messages.some(({ command }) => command === 'verack'),
        `${side}: a handshake`,
      );
      for (const { command, payload } of messages) {
        if (!isCommand(command)) continue;
        assert.equal(
          toHex(encodePayload(decodeMessage(command, payload))),
          toHex(payload),
          `${side}: ${command}`,
        );
      }
    }
  });
}

test('the conversations between them hold what real nodes say to a client', () => {
  const said = conversations.flatMap((file) => saidBy('node', textOf('conversations', file)));
  const commands = new Set(said.map(({ command }) => command));
  for (const command of [
    'addr',
    'addrv2',
    'block',
    'feefilter',
    'getdata',
    'getheaders',
    'headers',
    'inv',
    'merkleblock',
    'notfound',
    'ping',
    'pong',
    'reject',
    'sendaddrv2',
    'sendcmpct',
    'tx',
    'verack',
    'version',
    'wtxidrelay',
  ]) {
    assert.ok(commands.has(command), command);
  }
});
