import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toDisplayHex, toHex } from '../src/bytes/hex.ts';
import { toClientEvent } from '../src/client-events.ts';
import type { TxEvent } from '../src/mempool-events.ts';
import { mainnet } from '../src/networks/mainnet.ts';
import { regtest } from '../src/networks/regtest.ts';
import { toSendEvent, toTxEvent, toTxRemovedEvent, toTxUpdatedEvent } from '../src/tx-events.ts';
import type { IdentifiedTx } from '../src/wire/identified-tx.ts';
import { KeptPool, PEERS, seenIn, updateOf } from './support/keeper-fixture.ts';
import { mineBlock, outputOf, payment, somewhere, stray } from './support/transactions.ts';

const STAMP = { time: '2026-01-02T03:04:05.678Z', network: 'mainnet' } as const;
const [A, B] = PEERS;
/** Pays to the hash160 of the generator's compressed key, as BIP 173 has it in its examples. */
const P2WPKH = fromHex('0014751e76e8199196d454941c45d1b3a323f1433bd6');

/** A transaction that pays to a script, as it is shown. */
function shownWith(scriptHex: string): TxEvent {
  const tx = payment({ spends: [somewhere(1)], script: fromHex(scriptHex) });
  return toTxEvent(seenIn(new KeptPool().take(tx)), STAMP, mainnet);
}

test('a transaction is shown with all that JSON can carry, and nothing else', () => {
  const parent = stray(1, [10_000]);
  const child = payment({
    spends: [outputOf(parent)],
    pays: [9_000, 500],
    script: P2WPKH,
    witness: Uint8Array.of(1, 2, 3),
    sequence: 0xffff_fffd,
    lockTime: 840_000,
  });
  const kept = new KeptPool();
  kept.take(parent, [A]);
  const event = toTxEvent(seenIn(kept.take(child, [A, B])), STAMP, mainnet);
  const output = {
    type: 'p2wpkh',
    address: 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    scriptHex: toHex(P2WPKH),
  };
  const { sizeBytes, vsize, weight } = child.size;
  assert.ok(sizeBytes > vsize);
  assert.deepEqual(JSON.parse(JSON.stringify(event)), {
    event: 'tx',
    ...STAMP,
    txid: toDisplayHex(child.txid),
    wtxid: toDisplayHex(child.wtxid),
    feeSats: 500,
    feeRate: Math.round((1000 * 500) / vsize) / 1000,
    ancestors: { count: 2, vsize: parent.size.vsize + vsize, feeSats: null },
    descendants: { count: 1, vsize, feeSats: 500 },
    peers: 2,
    conflictsWith: [],
    firstSeen: new Date(1000 * kept.clock.now.unixSeconds).toISOString(),
    size: sizeBytes,
    vsize,
    weight,
    version: 2,
    lockTime: 840_000,
    signalsRbf: true,
    inputs: [{ txid: toDisplayHex(parent.txid), vout: 0, sequence: 0xffff_fffd }],
    outputs: [
      { n: 0, valueSats: 9_000, ...output },
      { n: 1, valueSats: 500, ...output },
    ],
    outputTotalSats: 9_500,
    replaces: [],
    isReturned: false,
  });
});

test('the bytes and the decoded transaction are there for programs, and not in JSON', () => {
  const tx = stray(1);
  const event = toTxEvent(seenIn(new KeptPool().take(tx)), STAMP, mainnet);
  assert.deepEqual(event.raw, tx.raw);
  assert.deepEqual(event.transaction, tx.tx);
  const shown = JSON.parse(JSON.stringify(event)) as object;
  assert.ok(!('raw' in shown) && !('transaction' in shown));
  assert.deepEqual(
    Object.keys(event).filter((key) => key === 'raw' || key === 'transaction'),
    [],
  );
});

test('what is not known is null, and never guessed', () => {
  const event = toTxEvent(seenIn(new KeptPool().take(stray(1))), STAMP, mainnet);
  assert.deepEqual([event.feeSats, event.feeRate, event.ancestors?.feeSats], [null, null, null]);
  const chain = new KeptPool();
  let last = stray(1);
  let seen = seenIn(chain.take(last));
  for (let n = 0; n < 101; n++) {
    last = payment({ spends: [outputOf(last)] });
    seen = seenIn(chain.take(last));
  }
  assert.equal(toTxEvent(seen, STAMP, mainnet).ancestors, null, 'too many to follow');
});

test('text of an OP_RETURN output is shown as such, and one that has none has no such field', () => {
  const [told] = shownWith('6a0568656c6c6f').outputs;
  assert.deepEqual([told?.type, told?.text, told?.address], ['op-return', 'hello', null]);
  assert.ok(!('text' in (shownWith('6a02ffff').outputs[0] ?? {})));
  assert.ok(!('text' in (shownWith(toHex(P2WPKH)).outputs[0] ?? {})));
});

test('addresses are those of the network', () => {
  const tx = payment({ spends: [somewhere(1)], script: P2WPKH });
  const event = toTxEvent(seenIn(new KeptPool().take(tx)), STAMP, regtest);
  assert.ok(event.outputs[0]?.address?.startsWith('bcrt1q'));
});

test('only a sequence number below the last two says that a transaction may be replaced', () => {
  for (const [sequence, signals] of [
    [0xffff_ffff, false],
    [0xffff_fffe, false],
    [0xffff_fffd, true],
    [0, true],
  ] as const) {
    const tx = payment({ spends: [somewhere(1)], sequence });
    assert.equal(toTxEvent(seenIn(new KeptPool().take(tx)), STAMP, mainnet).signalsRbf, signals);
  }
});

test('a replacement and a conflict are named in display order', () => {
  const [old, young, third] = [1_000, 900, 950].map((pays) =>
    payment({ spends: [somewhere(1)], pays: [pays] }),
  ) as [IdentifiedTx, IdentifiedTx, IdentifiedTx];
  const kept = new KeptPool({}, [A]);
  kept.take(old);
  const event = toTxEvent(seenIn(kept.take(young)), STAMP, mainnet);
  assert.deepEqual(event.replaces, [toDisplayHex(old.txid)]);
  const contested = toTxEvent(seenIn(kept.take(third)), STAMP, mainnet);
  assert.deepEqual(contested.conflictsWith, [toDisplayHex(young.txid)]);
});

test('a change shows what may change, and nothing else', () => {
  const tx = stray(1);
  const kept = new KeptPool();
  kept.take(tx, [A]);
  kept.announce(tx, B);
  const standing = updateOf(kept.keeper.takeUpdates(10), tx);
  assert.ok(standing !== undefined);
  const family = { count: 1, vsize: tx.size.vsize, feeSats: null };
  assert.deepEqual(toTxUpdatedEvent(standing, STAMP), {
    event: 'tx-updated',
    ...STAMP,
    txid: toDisplayHex(tx.txid),
    wtxid: toDisplayHex(tx.wtxid),
    feeSats: null,
    feeRate: null,
    ancestors: family,
    descendants: family,
    peers: 2,
    conflictsWith: [],
  });
});

test('a removal shows why, and the block or the other transaction', () => {
  const { txid } = stray(1);
  const other = stray(2).txid;
  const block = mineBlock([]);
  const usual = { event: 'tx-removed', ...STAMP, txid: toDisplayHex(txid), peers: 3 };
  const removal = { event: 'tx-removed', txid, peerCount: 3 } as const;
  assert.deepEqual(toTxRemovedEvent({ ...removal, reason: 'confirmed', block }, STAMP), {
    ...usual,
    reason: 'confirmed',
    block: toDisplayHex(block.hash),
    height: 1,
    replacedBy: null,
  });
  assert.deepEqual(toTxRemovedEvent({ ...removal, reason: 'replaced', replacedBy: other }, STAMP), {
    ...usual,
    reason: 'replaced',
    block: null,
    height: null,
    replacedBy: toDisplayHex(other),
  });
  const reported = { ...removal, reason: 'expired' } as const;
  const { time, ...rest } = toClientEvent(reported, mainnet);
  assert.ok(Math.abs(Date.now() - Date.parse(time)) < 10_000);
  const { time: _, ...expected } = usual;
  assert.deepEqual(rest, { ...expected, reason: 'expired', block: null, height: null, replacedBy: null });
});

test('how our own transaction fares shows the peer, or the block', () => {
  const { txid } = stray(1);
  const usual = { event: 'send', ...STAMP, txid: toDisplayHex(txid), peer: null, block: null, height: null };
  assert.deepEqual(toSendEvent({ event: 'send', txid, state: 'announced', peerCount: 4 }, STAMP), {
    ...usual,
    state: 'announced',
    peers: 4,
  });
  const endpoint = { host: '::1', port: 8333 };
  assert.deepEqual(toSendEvent({ event: 'send', txid, state: 'requested', peerCount: 1, endpoint }, STAMP), {
    ...usual,
    state: 'requested',
    peers: 1,
    peer: '[::1]:8333',
  });
  const block = mineBlock([]);
  assert.deepEqual(toSendEvent({ event: 'send', txid, state: 'confirmed', peerCount: 0, block }, STAMP), {
    ...usual,
    state: 'confirmed',
    peers: 0,
    block: toDisplayHex(block.hash),
    height: 1,
  });
});
