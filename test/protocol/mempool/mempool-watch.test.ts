import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import type { MempoolOutput } from '../../../src/protocol/mempool/mempool-contract.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { storyOf } from '../../support/keeper-fixture.ts';
import { mineBlock, outputOf, payment, somewhere, stray, withWitness } from '../../support/transactions.ts';
import {
  askedIn,
  hangUpsIn,
  newsIn,
  SECOND,
  sentIn,
  TELLS_ALL,
  Watching,
} from '../../support/watch-fixture.ts';

const plain = stray(1);
const witnessed = withWitness(stray(2), Uint8Array.of(1));

/** Who is asked for all that it has. */
function askedForAll(outputs: readonly MempoolOutput[]): number[] {
  return sentIn(outputs).flatMap(({ peer, message }) => (message.command === 'mempool' ? [peer] : []));
}

test('what is announced by wtxid is asked for by wtxid, once, and told when it came', () => {
  const watching = Watching.open(2);
  const asked = askedIn(watching.announce(1, witnessed));
  assert.deepEqual(asked, [[1, INVENTORY.WTX, hashKey(witnessed.wtxid)]]);
  assert.deepEqual(watching.announce(2, witnessed), []);
  const news = newsIn(watching.deliver(1, witnessed));
  assert.deepEqual(storyOf(news, { witnessed }), ['tx witnessed']);
  assert.ok(news[0]?.event === 'tx' && news[0].tx.peerCount === 2);
  assert.deepEqual(watching.announce(2, witnessed), [], 'it is there');
  assert.deepEqual(watching.deliver(1, witnessed), [], 'and nothing new');
});

test('what is announced by txid is asked for with its witness', () => {
  const watching = new Watching();
  watching.ready(1, { usesWtxid: false });
  watching.give({ type: 'synced', tip: { height: 0, hash: new Uint8Array(32) } });
  const asked = askedIn(watching.announceByTxid(1, witnessed));
  assert.deepEqual(asked, [[1, INVENTORY.WITNESS_TX, hashKey(witnessed.txid)]]);
  assert.deepEqual(storyOf(newsIn(watching.deliver(1, witnessed)), { witnessed }), ['tx witnessed']);
});

test('names of the other kind are passed over', () => {
  const watching = Watching.open(1);
  watching.ready(2, { usesWtxid: false });
  assert.deepEqual(watching.announceByTxid(1, plain), []);
  assert.deepEqual(watching.announce(2, plain), []);
  assert.deepEqual(
    watching.inv(1, { type: INVENTORY.WITNESS_TX, hash: plain.txid }, { type: 99, hash: plain.txid }),
    [],
  );
  assert.deepEqual(askedIn(watching.pass(60 * SECOND)), []);
});

test('one that is announced by both names is told once, with both peers', () => {
  const watching = Watching.open(1);
  watching.ready(2, { usesWtxid: false });
  watching.announce(1, witnessed);
  watching.announceByTxid(2, witnessed);
  const news = newsIn(watching.deliver(1, witnessed));
  assert.ok(news[0]?.event === 'tx' && news[0].tx.peerCount === 2);
  assert.deepEqual(askedIn(watching.pass(120 * SECOND)), [], 'nobody is asked for it by the other name');
});

test('what was not announced by its sender is nothing to us', () => {
  const watching = Watching.open(2);
  assert.deepEqual(watching.deliver(1, plain), []);
  watching.announce(1, plain);
  watching.announce(2, witnessed);
  assert.deepEqual(watching.deliver(2, plain), []);
  const faulty = payment({ spends: [somewhere(1)], pays: [-1] });
  assert.deepEqual(watching.deliver(2, faulty), [], 'it is not even checked');
  assert.equal(newsIn(watching.deliver(1, plain)).length, 1);
});

test('of peers that are unknown nothing is heard', () => {
  const watching = Watching.open(1);
  assert.deepEqual(watching.announce(9, plain), []);
  assert.deepEqual(watching.deliver(9, plain), []);
  assert.deepEqual(watching.notFound(9, { type: INVENTORY.WTX, hash: plain.wtxid }), []);
  assert.deepEqual(watching.lose(9), []);
  assert.equal(askedIn(watching.announce(1, plain)).length, 1);
});

test('when a peer does not have it, is silent, or leaves, the next that announced it is asked', () => {
  const watching = Watching.open(3);
  for (const peer of [1, 2, 3]) watching.announce(peer, plain);
  const [second] = askedIn(watching.notFound(1, { type: INVENTORY.WTX, hash: plain.wtxid }));
  assert.ok(second !== undefined && second[0] !== 1);
  assert.deepEqual(askedIn(watching.pass(59_999)), []);
  const [third] = askedIn(watching.pass(1));
  assert.ok(third !== undefined && third[0] !== 1 && third[0] !== second[0]);
  assert.equal(
    newsIn(watching.deliver(second[0], plain)).length,
    1,
    'one that is late is taken all the same',
  );
});

test('the time that a peer has can be set', () => {
  const watching = Watching.open(2, { requestTimeoutMs: 3_000 });
  watching.announce(1, plain);
  watching.announce(2, plain);
  assert.deepEqual(askedIn(watching.pass(2_999)), []);
  assert.equal(askedIn(watching.pass(1))[0]?.[0], 2);
});

test('when a peer leaves, what it was asked for is asked of the next at once', () => {
  const watching = Watching.open(2);
  watching.announce(1, plain);
  watching.announce(2, plain);
  assert.equal(askedIn(watching.lose(1))[0]?.[0], 2);
});

test('nothing is asked for before the chain is there, and then what was announced meanwhile', () => {
  const watching = new Watching();
  watching.holders = [1];
  assert.deepEqual(watching.ready(1, { services: TELLS_ALL }), []);
  assert.deepEqual(watching.announce(1, plain), []);
  assert.deepEqual(watching.pass(600 * SECOND), []);
  const tip = mineBlock([]);
  const outputs = watching.give({ type: 'synced', tip });
  assert.deepEqual(askedIn(outputs), [
    [1, INVENTORY.WTX, hashKey(plain.wtxid)],
    [1, INVENTORY.WITNESS_BLOCK, hashKey(tip.hash)],
  ]);
  assert.equal(sentIn(outputs)[0]?.message.command, 'mempool');
  assert.deepEqual(watching.give({ type: 'synced', tip }), [], 'it happens once');
});

test('only peers that offer it are asked for all that they have, each once', () => {
  const watching = new Watching();
  watching.ready(1, { services: TELLS_ALL });
  watching.ready(2);
  const opened = watching.give({ type: 'synced', tip: { height: 0, hash: new Uint8Array(32) } });
  assert.deepEqual(askedForAll(opened), [1]);
  assert.deepEqual(askedForAll(watching.ready(3, { services: TELLS_ALL })), [3]);
  assert.deepEqual(askedForAll(watching.ready(4)), []);
  assert.deepEqual(askedForAll(watching.pass(3_600 * SECOND)), []);
});

test('a peer that comes back is no second witness, nor is another connection of one that called us', () => {
  const watching = Watching.open(1);
  watching.announce(1, plain);
  watching.deliver(1, plain);
  watching.lose(1);
  watching.ready(2, { endpoint: { host: '10.0.0.1', port: 8333 } });
  watching.announce(2, plain);
  for (const peer of [3, 4])
    watching.ready(peer, { endpoint: { host: '10.9.9.9', port: 1_000 + peer }, isInbound: true });
  watching.announce(3, plain);
  watching.announce(4, plain);
  const [told] = newsIn(watching.pass(6 * SECOND));
  assert.ok(told?.event === 'tx-updated');
  assert.equal(told.standing.peerCount, 2);
});

test('changes of a transaction are told five seconds later, all at once', () => {
  const watching = Watching.open(4);
  watching.announce(1, plain);
  watching.deliver(1, plain);
  assert.deepEqual(watching.pass(60 * SECOND), [], 'nothing changed');
  watching.announce(2, plain);
  watching.pass(3 * SECOND);
  watching.announce(3, plain);
  assert.deepEqual(watching.pass(1_999), []);
  const told = newsIn(watching.pass(1));
  assert.equal(told.length, 1);
  assert.ok(told[0]?.event === 'tx-updated' && told[0].standing.peerCount === 3);
});

test('very many changes are told a thousand at a time', () => {
  const watching = Watching.open(2);
  const all = Array.from({ length: 2_500 }, (_, n) => stray(n));
  watching.announce(1, ...all);
  for (const tx of all) watching.deliver(1, tx);
  watching.announce(2, ...all);
  const counts = [watching.pass(5 * SECOND), watching.pass(50), watching.pass(50), watching.pass(50)];
  assert.deepEqual(
    counts.map((outputs) => newsIn(outputs).length),
    [1_000, 1_000, 500, 0],
  );
});

test('who sends what can never be valid is hung up on, and asked nothing more', () => {
  const watching = Watching.open(2);
  const faulty = payment({ spends: [somewhere(1)], pays: [-1] });
  const others = Array.from({ length: 1_500 }, (_, n) => stray(n));
  watching.announce(1, faulty, ...others);
  const outputs = watching.deliver(1, faulty);
  assert.deepEqual(hangUpsIn(outputs), [[1, 'bad-transaction']]);
  const end = outputs.findIndex((output) => output.do === 'hang-up');
  assert.ok(!sentIn(outputs.slice(end)).some(({ peer }) => peer === 1), 'nothing is sent after the end');
  watching.lose(1);
  assert.deepEqual(watching.announce(2, faulty), [], 'nobody is asked for it again');
});

test('without transactions none is asked for, and blocks are', () => {
  const watching = new Watching({ fetchesTransactions: false });
  watching.holders = [1];
  watching.ready(1, { services: TELLS_ALL });
  const tip = mineBlock([]);
  const outputs = watching.give({ type: 'synced', tip });
  assert.deepEqual(
    sentIn(outputs).map(({ message }) => message.command),
    ['getdata'],
  );
  assert.deepEqual(watching.announce(1, plain), []);
  assert.deepEqual(watching.deliver(1, plain), []);
  assert.deepEqual(
    askedIn(watching.pass(600 * SECOND)).filter(([, type]) => type === INVENTORY.WTX),
    [],
  );
});

test('what is too old is forgotten within ten minutes', () => {
  const watching = Watching.open(1, { maxAgeMs: 3_600 * SECOND });
  watching.announce(1, plain);
  watching.deliver(1, plain);
  assert.deepEqual(newsIn(watching.pass(3_599 * SECOND)), []);
  assert.deepEqual(storyOf(newsIn(watching.pass(601 * SECOND)), { plain }), ['expired plain']);
});

test('our own transaction is in the list, and peers are counted for it', () => {
  const watching = Watching.open(2);
  const own = payment({ spends: [outputOf(plain)], pays: [500] });
  const news = newsIn(watching.give({ type: 'submitted', tx: own }));
  assert.deepEqual(storyOf(news, { own }), ['tx own']);
  assert.ok(news[0]?.event === 'tx' && news[0].tx.peerCount === 0);
  watching.announce(2, own);
  const [told] = newsIn(watching.pass(6 * SECOND));
  assert.ok(told?.event === 'tx-updated' && told.standing.peerCount === 1);
});
