/** The first payments that anybody made, from the blocks of mainnet themselves. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { toDisplayHex } from '../../src/bytes/hex.ts';
import { type ExaminedBlock, Ledger } from '../../src/ledger/ledger.ts';
import { totalSats } from '../../src/ledger/payment.ts';
import { block } from '../../src/wire/block.ts';
import { decode } from '../../src/wire/codec.ts';
import { headerHash } from '../../src/wire/header.ts';
import { identify } from '../../src/wire/identified-tx.ts';
import { sharedData, skipWithoutSharedData as skip } from '../support/repository.ts';

const COIN = 100_000_000n;

/** Blocks 0 to 255, which stand in the order of their heights. */
function firstBlocks(): ExaminedBlock[] {
  const file = new Uint8Array(readFileSync(sharedData('blocks', 'mainnet-0-256.blk')));
  const blocks: ExaminedBlock[] = [];
  for (let start = 0; start < file.length;) {
    const length = new DataView(file.buffer, file.byteOffset + start).getUint32(4, true);
    const { header, transactions } = decode(block, file.subarray(start + 8, start + 8 + length));
    blocks.push({
      height: blocks.length,
      hash: headerHash(header),
      blockTime: header.time,
      transactions: transactions.map(identify),
    });
    start += 8 + length;
  }
  return blocks;
}

function scriptOf(found: ExaminedBlock | undefined): Uint8Array {
  return found?.transactions[0]?.tx.outputs[0]?.script as Uint8Array;
}

test('the coins of block 9 are spent piece by piece, as it happened in January 2009', { skip }, () => {
  const blocks = firstBlocks();
  const ledger = new Ledger([scriptOf(blocks[9])]);
  const history: [height: number, net: bigint, balance: bigint][] = [];
  for (const one of blocks) {
    const found = ledger.examine(one);
    if (found === undefined) continue;
    ledger.append(found);
    const [payment] = found.payments;
    assert.ok(payment !== undefined && found.payments.length === 1);
    const net = totalSats(payment.received) - totalSats(payment.spent);
    history.push([found.height, net / COIN, ledger.balanceSats / COIN]);
    if (found.height === 170)
      assert.equal(
        toDisplayHex(payment.txid),
        'f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16',
      );
  }
  assert.deepEqual(history, [
    [9, 50n, 50n],
    [170, -10n, 40n],
    [181, -10n, 30n],
    [182, -1n, 29n],
    [183, -1n, 28n],
    [248, -10n, 18n],
  ]);
  assert.deepEqual([ledger.unspentCount, ledger.balanceSats], [1, 18n * COIN]);
  ledger.undoAbove(181);
  assert.equal(ledger.balanceSats, 30n * COIN);
});

test('what genesis pays counts nowhere, for nobody can spend it', { skip }, () => {
  const [genesis] = firstBlocks();
  const ledger = new Ledger([scriptOf(genesis)]);
  assert.equal(ledger.examine(genesis as ExaminedBlock), undefined);
});

test('the coins of every block add up', { skip }, () => {
  const blocks = firstBlocks();
  const ledger = new Ledger(blocks.map(scriptOf));
  for (const one of blocks) {
    const found = ledger.examine(one);
    if (found !== undefined) ledger.append(found);
  }
  // No block of these has fees. Of the coins of block 9, 32 went to others; of 255 blocks those since 156 are immature.
  assert.equal(ledger.balanceSats, (255n * 50n - 32n) * COIN);
  assert.equal(ledger.immatureSats(255), 100n * 50n * COIN);
});
