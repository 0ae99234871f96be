import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import { ListenerTable } from '../../../src/protocol/mempool/listener-table.ts';
import { TxFetch } from '../../../src/protocol/mempool/tx-fetch.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { FalseClock, seededRandom } from '../../support/false-time.ts';
import { FULL_NODE } from '../../support/messages.ts';
import { stray, withWitness } from '../../support/transactions.ts';

const PLAIN = stray(1);
const WITNESSED = withWitness(PLAIN, Uint8Array.of(1, 2));

/** Peers 1 and 2 speak of wtxids, 3 and 4 of txids. */
class Fetching {
  readonly clock = new FalseClock();
  readonly fetch: TxFetch;

  constructor() {
    const listeners = new ListenerTable();
    this.fetch = new TxFetch(listeners, {}, seededRandom());
    for (const peer of [1, 2, 3, 4]) {
      const usesWtxid = peer < 3;
      const endpoint = { host: `10.0.0.${peer}`, port: 8333 };
      const traits = { services: FULL_NODE, usesWtxid, wantsTxs: true, isInbound: false };
      listeners.add({ type: 'peer-ready', peer, endpoint, ...traits });
      this.fetch.addPeer(peer, { isPreferred: true, usesWtxid });
    }
  }

  announce(peer: number, tx: IdentifiedTx): void {
    this.fetch.announce(peer, hashKey(peer < 3 ? tx.wtxid : tx.txid), this.clock.now);
  }

  /** Who is asked now, and by which kind of name. */
  asked(): (readonly [peer: number, type: number])[] {
    return this.fetch.take(this.clock.now).flatMap(({ peer, message }) => {
      const items = message.command === 'getdata' ? message.payload.items : assert.fail();
      return items.map(({ type }) => [peer, type] as const);
    });
  }

  /** Hosts that stand by what a peer delivers; undefined when it is nothing to us. */
  answer(peer: number, tx: IdentifiedTx): readonly string[] | undefined {
    return this.fetch.takeAnswer(peer, tx)?.announcers.map((name) => name.replace(':8333', ''));
  }
}

test('each is asked by the kind of name that it uses', () => {
  const fetching = new Fetching();
  fetching.announce(1, WITNESSED);
  assert.deepEqual(fetching.asked(), [[1, INVENTORY.WTX]]);
  fetching.announce(3, stray(2));
  fetching.clock.advance(2_000);
  assert.deepEqual(fetching.asked(), [[3, INVENTORY.WITNESS_TX]]);
});

test('all who announced a transaction stand by it, by either name, and nobody is asked for it again', () => {
  const fetching = new Fetching();
  for (const peer of [1, 2, 3]) fetching.announce(peer, WITNESSED);
  const [first] = fetching.asked();
  const from = first?.[0] as number;
  assert.deepEqual(fetching.answer(from, WITNESSED), ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  assert.equal(fetching.fetch.deadline(), undefined);
  assert.equal(fetching.answer(2, WITNESSED), undefined, 'it has come');
});

test('who announced nothing of the kind is not heard', () => {
  const fetching = new Fetching();
  fetching.announce(1, WITNESSED);
  assert.equal(fetching.fetch.hasAnnounced(2), false);
  assert.equal(fetching.answer(2, WITNESSED), undefined);
  assert.equal(fetching.answer(3, WITNESSED), undefined);
});

test('another witness than the one that was announced is no answer, and the next is asked', () => {
  const fetching = new Fetching();
  // Without a witness both names are the same.
  for (const peer of [1, 2]) fetching.announce(peer, PLAIN);
  const [[from] = [0]] = fetching.asked();
  assert.equal(fetching.answer(from, WITNESSED), undefined);
  const other = 3 - from;
  assert.deepEqual(fetching.asked(), [[other, INVENTORY.WTX]]);
  assert.deepEqual(fetching.answer(other, PLAIN), [`10.0.0.${other}`]);
});

test('to one that speaks of txids any witness will do, but who meant none is asked for that still', () => {
  const fetching = new Fetching();
  fetching.announce(3, PLAIN);
  fetching.clock.advance(2_000);
  assert.deepEqual(fetching.asked(), [[3, INVENTORY.WITNESS_TX]]);
  fetching.announce(1, PLAIN);
  assert.deepEqual(fetching.answer(3, WITNESSED), ['10.0.0.3'], 'the other peer does not stand by that');
  assert.deepEqual(fetching.asked(), [[1, INVENTORY.WTX]]);
  assert.deepEqual(fetching.answer(1, PLAIN), ['10.0.0.1']);
});

test('what a block holds is not asked for any more', () => {
  const fetching = new Fetching();
  fetching.announce(1, WITNESSED);
  fetching.announce(3, WITNESSED);
  fetching.fetch.forget([WITNESSED]);
  fetching.clock.advance(60_000);
  assert.deepEqual(fetching.asked(), []);
});
