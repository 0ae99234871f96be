import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Follower } from '../support/follower.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Bitcoind } from '../support/nodes/bitcoind.ts';
import { optionsFor, started, testSync } from './sync.contract.ts';

const skip = skipWithoutNodes('bitcoind');

testSync('bitcoind', Bitcoind, skip);

test('bitcoind does not hang up on headlight, nor think ill of it', { skip }, async (t) => {
  const node = await started(t, Bitcoind, 3_000);
  const follower = await Follower.start(t, optionsFor(node));
  await follower.event('synced');
  const [hash] = await node.mine(1);
  await follower.event('block', (event) => event.hash === hash);
  const [peer, ...others] = await node.rpc<Record<string, unknown>[]>('getpeerinfo');
  assert.deepEqual(others, []);
  assert.match(String(peer?.['subver']), /^\/headlight:/);
  assert.deepEqual(
    [peer?.['relaytxes'], peer?.['addr_relay_enabled'], peer?.['startingheight']],
    [false, false, 0],
  );
});
