import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import type { MempoolOutput } from '../../../src/protocol/mempool/mempool-contract.ts';
import { OwnTransactions } from '../../../src/protocol/mempool/own-transactions.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { FalseClock, seededRandom } from '../../support/false-time.ts';
import { mineBlock, payment, somewhere } from '../../support/transactions.ts';

const OWN = payment({ spends: [somewhere(1)], witness: Uint8Array.of(1) });
const OTHER = payment({ spends: [somewhere(2)] });
const KEY = hashKey(OWN.txid);
const BY_WTXID = { type: INVENTORY.WTX, hash: OWN.wtxid };

/** Peers 1 to `count`, and what was told of our transactions so far. */
class Sender {
  readonly clock = new FalseClock();
  readonly own = new OwnTransactions(seededRandom(), false);

  constructor(count: number, { isInbound = false }: { isInbound?: boolean } = {}) {
    for (let peer = 1; peer <= count; peer++) {
      const endpoint = { host: `10.0.0.${peer}`, port: 8333 };
      const traits = { services: 0n, usesWtxid: true, wantsTxs: true, isInbound };
      this.own.addPeer({ type: 'peer-ready', peer, endpoint, ...traits });
    }
  }

  take(): string[] {
    return story(this.own.take(this.clock.now));
  }
}

function story(outputs: readonly MempoolOutput[]): string[] {
  return outputs.map((output) => {
    if (output.do === 'send') {
      const { command, payload } = output.message;
      return `${command} to ${output.peer}${command === 'inv' ? ` of ${payload.items.length}` : ''}`;
    }
    const event = output.do === 'report' ? output.event : undefined;
    if (event?.event !== 'send') return output.do;
    const { state, endpoint, peerCount, block } = event;
    return [state, endpoint?.host, peerCount, block && `in ${block.height}`].filter(Boolean).join(' ');
  });
}

test('several are announced to a peer in one message, and each is told of', () => {
  const { own, clock } = new Sender(1);
  own.add(OWN, undefined);
  own.add(OTHER, undefined);
  assert.deepEqual(story(own.take(clock.now)), ['inv to 1 of 2', 'announced 1', 'announced 1']);
  assert.deepEqual(story(own.take(clock.now)), []);
});

test('who was told of it and asks for it gets it, and is named; who was not told gets nothing', () => {
  const sender = new Sender(1);
  const { own } = sender;
  own.add(OWN, undefined);
  assert.equal(own.find(BY_WTXID, 1), undefined);
  sender.take();
  assert.equal(own.find(BY_WTXID, 1), OWN);
  assert.equal(own.find(BY_WTXID, 2), undefined);
  assert.deepEqual(story(own.give(1, OWN)), ['tx to 1', 'requested 10.0.0.1 1']);
  assert.deepEqual(story(own.give(1, OWN)), ['tx to 1'], 'told once');
});

test('that one announces it back counts when we chose that peer, and not when it called us', () => {
  for (const isInbound of [false, true]) {
    const sender = new Sender(2, { isInbound });
    sender.own.add(OWN, undefined);
    const told = sender.take()[0]?.includes('to 1') === true ? 1 : 2;
    const other = 3 - told;
    const expected = isInbound ? [] : [`relayed 10.0.0.${other} 1`];
    assert.deepEqual(story(sender.own.heard(other, hashKey(OWN.wtxid))), expected);
  }
});

test('a block confirms it, and a reorganisation takes that back and has it announced again', () => {
  const sender = new Sender(1);
  const { own } = sender;
  own.add(OWN, undefined);
  sender.take();
  const block = mineBlock([OTHER, OWN], { height: 7 });
  assert.deepEqual(story(own.takeBlock(block, true)), ['confirmed in 7']);
  assert.deepEqual(sender.take(), []);
  assert.deepEqual(story(own.takeBack(mineBlock([]).hash)), [], 'another block');
  assert.deepEqual(story(own.takeBack(block.hash)), ['returned in 7']);
  assert.deepEqual(sender.take(), ['inv to 1 of 1', 'announced 1']);
});

test('a new block that does not hold it has it announced again, one that was there before has not', () => {
  const sender = new Sender(1);
  sender.own.add(OWN, undefined);
  sender.take();
  sender.own.takeBlock(mineBlock([OTHER]), false);
  assert.deepEqual(sender.take(), []);
  sender.own.takeBlock(mineBlock([OTHER]), true);
  assert.deepEqual(sender.take(), ['inv to 1 of 1', 'announced 1']);
});

test('what can never be confirmed any more is announced no more, and given to nobody', () => {
  const sender = new Sender(1);
  sender.own.add(OWN, undefined);
  sender.take();
  sender.own.drop(KEY);
  assert.equal(sender.own.find(BY_WTXID, 1), undefined);
  sender.own.takeBlock(mineBlock([OTHER]), true);
  assert.deepEqual(sender.take(), []);
});
