import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BlockRequestOutput, BlockRequests } from '../../../src/protocol/blocks/block-requests.ts';
import type { PeerId } from '../../../src/protocol/peer.ts';
import { headerHash } from '../../../src/wire/header.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { minedChain } from '../../support/block-holders.ts';
import { FalseClock } from '../../support/false-time.ts';
import { provenBlock } from '../../support/proven-block.ts';
import type { MinedBlock } from '../../support/transactions.ts';

const MINUTE = 60_000;
const [one, two, three] = minedChain(3) as [MinedBlock, MinedBlock, MinedBlock];

class Asking {
  readonly clock = new FalseClock();
  readonly requests = new BlockRequests(() => this.holders);
  holders: readonly PeerId[];

  constructor(holders: readonly PeerId[] = [1, 2]) {
    this.holders = holders;
  }

  want(block: MinedBlock): string[] {
    return lines(this.requests.want(block, this.clock.now));
  }

  bring(peer: PeerId, block: MinedBlock): string[] {
    return lines(this.requests.receive(peer, block.message, this.clock.now));
  }

  after(ms: number): string[] {
    return lines(this.requests.tick(this.clock.advance(ms)));
  }
}

/** One line for each thing that is put out. */
function lines(outputs: readonly BlockRequestOutput[]): string[] {
  return outputs.map((output) => {
    if (output.do === 'hang-up') return `hang up on ${output.peer}: ${output.disconnect.reason}`;
    if (output.do === 'report') {
      const { event } = output;
      return `${event.event} ${event.block.height}${event.event === 'block-failed' ? ` ${event.code}` : ''}`;
    }
    assert.ok(output.message.command === 'getdata');
    return `ask ${output.peer} for ${output.message.payload.items.length}`;
  });
}

test('a block that is wanted is asked of a peer, and told when it comes', () => {
  const asking = new Asking();
  assert.deepEqual(asking.want(one), ['ask 1 for 1']);
  const outputs = asking.requests.receive(1, one.message, asking.clock.now);
  const [output] = outputs;
  assert.ok(output?.do === 'report' && output.event.event === 'block-fetched');
  const { height, hash, transactions } = output.event.block;
  assert.deepEqual([height, hash, transactions.length], [1, one.hash, 2]);
  assert.equal(outputs.length, 1);
  assert.equal(asking.requests.deadline(), undefined);
});

test('several are fetched at a time', () => {
  const asking = new Asking();
  assert.deepEqual(asking.want(one), ['ask 1 for 1']);
  assert.deepEqual(asking.want(two), ['ask 2 for 1']);
  assert.deepEqual(asking.bring(2, two), ['block-fetched 2']);
  assert.deepEqual(asking.bring(1, one), ['block-fetched 1']);
});

test('what nobody asked for is passed over', () => {
  const asking = new Asking();
  assert.deepEqual(asking.bring(1, one), []);
  asking.want(one);
  assert.deepEqual(asking.bring(1, two), []);
  assert.deepEqual(asking.bring(2, one), []);
});

test('a peer that lacks it, or is lost, is followed by another', () => {
  const asking = new Asking([1, 2, 3]);
  asking.want(one);
  const items = [{ type: INVENTORY.WITNESS_BLOCK, hash: one.hash }];
  const { now } = asking.clock;
  assert.deepEqual(lines(asking.requests.receive(1, { command: 'notfound', payload: { items } }, now)), [
    'ask 2 for 1',
  ]);
  asking.holders = [1, 3];
  assert.deepEqual(lines(asking.requests.peerLost(2, now)), ['ask 3 for 1']);
});

test('a changed block is a reason to hang up, and the block is asked of another peer', () => {
  const asking = new Asking();
  asking.want(one);
  const { header, transactions } = one.message.payload;
  const cut: MinedBlock['message'] = {
    command: 'block',
    payload: { header, transactions: transactions.slice(0, 1) },
  };
  assert.deepEqual(lines(asking.requests.receive(1, cut, asking.clock.now)), [
    'hang up on 1: bad-block',
    'ask 2 for 1',
  ]);
  assert.deepEqual(asking.bring(2, one), ['block-fetched 1']);
});

test('a block that nobody delivers for a minute is given up, and no other', () => {
  const asking = new Asking([1]);
  asking.want(one);
  asking.clock.advance(MINUTE / 2);
  asking.want(two);
  assert.ok(!asking.after(MINUTE / 2 - 1).some((line) => line.startsWith('block-failed')));
  assert.deepEqual(asking.after(1)[0], 'block-failed 1 blocks-unavailable');
  assert.ok(!asking.bring(1, one).includes('block-fetched 1'), 'too late');
  assert.ok((asking.requests.deadline() ?? 0) > asking.clock.ms);
  assert.ok(asking.bring(1, two).includes('block-fetched 2'));
});

test('a block is given up when nobody has it', () => {
  const asking = new Asking([]);
  assert.deepEqual(asking.want(three), []);
  assert.ok((asking.requests.deadline() ?? Infinity) <= asking.clock.ms + MINUTE);
  assert.deepEqual(asking.after(MINUTE), ['block-failed 3 blocks-unavailable']);
  assert.equal(asking.requests.deadline(), undefined);
});

test('one that breaks a rule whoever delivers it is not asked for again', () => {
  const asking = new Asking();
  const [coinbase] = one.message.payload.transactions;
  assert.ok(coinbase !== undefined);
  const { header } = provenBlock([coinbase, { ...coinbase, lockTime: 7 }]);
  const transactions = [coinbase, { ...coinbase, lockTime: 7 }];
  const hash = headerHash(header);
  asking.requests.want({ height: 1, hash }, asking.clock.now);
  const message = { command: 'block', payload: { header, transactions } } as const;
  assert.deepEqual(lines(asking.requests.receive(1, message, asking.clock.now)), [
    'block-failed 1 invalid-block',
  ]);
  assert.equal(asking.requests.deadline(), undefined);
});
