import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderTree } from '../../../src/chain/header-tree.ts';
import type { TreeChange } from '../../../src/chain/tree-change.ts';
import { regtest } from '../../../src/networks/regtest.ts';
import { Server } from '../../../src/protocol/serve/server.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { fill, HeadersChain } from '../../support/headers-chain.ts';
import { blockInv } from '../../support/messages.ts';
import { headerAt, mine } from '../../support/mine.ts';
import { add } from '../../support/tree.ts';

const all = new HeadersChain(mine(40));
const [INBOUND, OUTBOUND, WANTS_HEADERS] = [1, 2, 3] as const;

function serving(height: number): { server: Server; tree: HeaderTree } {
  const tree = fill(new HeaderTree(regtest), all, height);
  const server = new Server(tree, true);
  server.join(INBOUND, true);
  server.join(OUTBOUND, false);
  server.join(WANTS_HEADERS, false);
  server.takeSendHeaders(WANTS_HEADERS);
  return { server, tree };
}

function grow(tree: HeaderTree, headers: Uint8Array): TreeChange {
  const { change } = add(tree, headers);
  assert.ok(change !== undefined);
  return change;
}

test('who calls us is told our tip, unless we have nothing but genesis', () => {
  const server = new Server(fill(new HeaderTree(regtest), all, 20), true);
  assert.deepEqual(server.join(7, true), [{ do: 'send', peer: 7, message: blockInv(all.hashAt(20)) }]);
  assert.deepEqual(server.join(8, false), [], 'who was called by us is not');
  assert.deepEqual(new Server(new HeaderTree(regtest), true).join(7, true), []);
});

test('new blocks go by header to those who asked for that, and by inv to the others who called us', () => {
  const { server, tree } = serving(20);
  const outputs = server.announce(grow(tree, all.slice(21, 23)), undefined);
  assert.deepEqual(outputs, [
    { do: 'send', peer: INBOUND, message: blockInv(all.hashAt(23)) },
    { do: 'send-headers', peer: WANTS_HEADERS, fromHeight: 21, count: 3 },
  ]);
});

test('who brought a block is not told of it, and who has left is not told anything', () => {
  const { server, tree } = serving(20);
  server.leave(INBOUND);
  assert.deepEqual(server.announce(grow(tree, all.slice(21, 21)), WANTS_HEADERS), []);
});

test('more than one message can hold are announced by the last of them', () => {
  const long = new HeadersChain(mine(2_001));
  for (const [count, kind] of [
    [2_000, 'send-headers'],
    [2_001, 'send'],
  ] as const) {
    const tree = new HeaderTree(regtest);
    const server = new Server(tree, true);
    server.join(WANTS_HEADERS, false);
    server.takeSendHeaders(WANTS_HEADERS);
    const outputs = server.announce(grow(tree, long.slice(1, count)), undefined);
    assert.deepEqual(
      outputs.map((output) => output.do),
      [kind],
    );
  }
});

test('after a reorganisation the headers begin after the fork', () => {
  const { server, tree } = serving(20);
  const branch = mine(4, { parent: headerAt(all.bytes, 18), salt: 3 });
  const outputs = server.announce(grow(tree, branch), INBOUND);
  assert.deepEqual(outputs, [{ do: 'send-headers', peer: WANTS_HEADERS, fromHeight: 19, count: 4 }]);
});

test('a branch that stays one is not announced', () => {
  const { server, tree } = serving(20);
  const change = grow(tree, mine(1, { parent: headerAt(all.bytes, 10), salt: 3 }));
  assert.deepEqual(server.announce(change, undefined), []);
});

test('what we do not hold is said not to be found, all of it in one message', () => {
  const { server } = serving(20);
  const items = [
    { type: INVENTORY.WITNESS_BLOCK, hash: all.hashAt(3) },
    { type: INVENTORY.TX, hash: new Uint8Array(32) },
    { type: 77, hash: new Uint8Array(32) },
  ];
  const message = { command: 'notfound', payload: { items } };
  assert.deepEqual(server.answerGetData(INBOUND, items), [{ do: 'send', peer: INBOUND, message }]);
  assert.deepEqual(server.answerGetData(INBOUND, []), []);
});

test('getheaders is answered from our best chain', () => {
  const { server } = serving(20);
  const request = { version: 70016, locator: [all.hashAt(5)], stop: new Uint8Array(32) };
  const expected = { do: 'send-headers', peer: OUTBOUND, fromHeight: 6, count: 15 };
  assert.deepEqual(server.answerGetHeaders(OUTBOUND, request), [expected]);
});

test('before we are at the tip nobody is told anything, and then all who called us are, once', () => {
  const tree = fill(new HeaderTree(regtest), all, 20);
  const server = new Server(tree, false);
  assert.deepEqual(server.join(INBOUND, true), []);
  server.join(OUTBOUND, false);
  server.takeSendHeaders(INBOUND);
  assert.deepEqual(server.announce(grow(tree, all.slice(21, 23)), undefined), []);
  assert.deepEqual(server.announceTip(), [{ do: 'send', peer: INBOUND, message: blockInv(all.hashAt(23)) }]);
  assert.deepEqual(server.announceTip(), []);
  assert.equal(server.announce(grow(tree, all.slice(24, 24)), undefined).length, 1);
});
