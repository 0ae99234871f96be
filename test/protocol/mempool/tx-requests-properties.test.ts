import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  TX_REQUEST_DEFAULTS,
  type TxRequestOptions,
  TxRequests,
} from '../../../src/protocol/mempool/tx-requests.ts';
import { FalseClock, seededRandom } from '../../support/false-time.ts';
import { TxRequestModel } from '../../support/tx-request-model.ts';

const PEERS = [1, 2, 3, 4, 5, 6];
const KEYS = Array.from({ length: 14 }, (_, i) => `tx ${i}`);

/** Small bounds, so that all of them are met, and delays whose sums differ. */
const OPTIONS: TxRequestOptions = {
  timeoutMs: 60_000,
  otherDelayMs: 2_000,
  txidDelayMs: 3_000,
  overloadDelayMs: 7_000,
  overloadCount: 2,
  maxAnnouncements: { preferred: 9, other: 6 },
  maxInFlight: 3,
  maxTotal: 24,
};

type Step =
  | { readonly do: 'join'; readonly peer: number; readonly isPreferred: boolean; readonly usesWtxid: boolean }
  | { readonly do: 'leave'; readonly peer: number }
  | { readonly do: 'announce' | 'fail' | 'deliver'; readonly peer: number; readonly key: string }
  | { readonly do: 'forget'; readonly key: string }
  | { readonly do: 'take' }
  | { readonly do: 'wait'; readonly ms: number };

const peer = fc.constantFrom(...PEERS);
const key = fc.constantFrom(...KEYS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      peer,
      isPreferred: fc.boolean(),
      usesWtxid: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), peer }) },
  { weight: 16, arbitrary: fc.record({ do: fc.constant('announce' as const), peer, key }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('fail' as const, 'deliver' as const), peer, key }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), key }) },
  { weight: 4, arbitrary: fc.constant({ do: 'take' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 1_000, 2_000, 5_000, 30_000, 60_000),
    }),
  },
);

/** Lets both go the same way, and gives what each handed out. */
function follow(one: Step, tested: TxRequests, model: TxRequestModel, clock: FalseClock): void {
  switch (one.do) {
    case 'join':
      tested.addPeer(one.peer, one);
      return model.addPeer(one.peer, one);
    case 'leave':
      tested.removePeer(one.peer);
      return model.removePeer(one.peer);
    case 'announce':
      tested.announce(one.peer, one.key, clock.now);
      return model.announce(one.peer, one.key, clock.now);
    case 'fail':
      tested.failed(one.peer, one.key);
      return model.failed(one.peer, one.key);
    case 'deliver':
      tested.forget(one.key, one.peer);
      return model.forget(one.key, one.peer);
    case 'forget':
      tested.forget(one.key);
      return model.forget(one.key);
    case 'take': {
      const taken = tested.take(clock.now).map(({ peer: id, keys }) => [id, keys] as const);
      assert.deepEqual(new Map(taken), model.take(clock.now));
      return;
    }
    case 'wait':
      clock.advance(one.ms);
  }
}

test('whatever happens in whatever order, the same is asked of the same peers as by the plain rules', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 400, size: 'max' }), (steps) => {
      const clock = new FalseClock();
      const tested = new TxRequests(OPTIONS, seededRandom(7));
      const model = new TxRequestModel(OPTIONS, seededRandom(7));
      for (const id of PEERS.slice(0, 4)) {
        const traits = { isPreferred: id % 2 === 0, usesWtxid: id < 3 };
        follow({ do: 'join', peer: id, ...traits }, tested, model, clock);
      }
      for (const one of steps) {
        follow(one, tested, model, clock);
        const deadline = tested.deadline();
        assert.equal(deadline && Math.max(deadline, clock.ms), model.deadline(clock.now));
        assert.deepEqual(
          PEERS.map((id) => tested.inFlight(id)),
          PEERS.map((id) => model.inFlight(id)),
        );
        assert.deepEqual(
          KEYS.map((id) => tested.announcersOf(id)),
          KEYS.map((id) => model.announcersOf(id)),
        );
        assert.deepEqual(
          KEYS.map((id) => tested.isWanted(id)),
          KEYS.map((id) => model.isWanted(id)),
        );
        assert.equal(tested.size, model.size);
        assert.equal(tested.announcementCount, model.announcementCount);
        assert.equal(tested.ignoredCount, model.ignoredCount);
      }
    }),
    { seed: 50, numRuns: 150 },
  );
});

test('eight peers announce the same 50,000: each is asked for once and arrives, and nothing is left', () => {
  const clock = new FalseClock();
  const requests = new TxRequests({ ...TX_REQUEST_DEFAULTS, maxTotal: 400_000 }, seededRandom());
  const keys = Array.from({ length: 50_000 }, (_, i) => `transaction ${i}`);
  const peers = [1, 2, 3, 4, 5, 6, 7, 8];
  const arrived = new Set<string>();
  const open: (readonly [number, string])[] = [];
  function ask(): void {
    for (const { peer: id, keys: asked } of requests.take(clock.now)) {
      for (const one of asked) open.push([id, one]);
    }
  }
  for (const id of peers) requests.addPeer(id, { isPreferred: true, usesWtxid: true });
  for (const id of peers) {
    for (const one of keys) requests.announce(id, one, clock.now);
    ask();
  }
  for (const [i, [id, one]] of open.entries()) {
    assert.equal(arrived.has(one), false, 'asked for twice');
    arrived.add(one);
    requests.forget(one, id);
    // Now and then the others come to their turn.
    if (i % 50 === 0 || requests.inFlight(id) === 0) ask();
  }
  assert.equal(arrived.size, keys.length);
  assert.deepEqual([requests.size, requests.announcementCount, requests.ignoredCount], [0, 0, 0]);
  assert.deepEqual(
    peers.map((id) => requests.inFlight(id)),
    peers.map(() => 0),
  );
  assert.equal(requests.deadline(), undefined);
});

test('who announces all first and delivers nothing puts it off by one timeout, and hides nothing', () => {
  const clock = new FalseClock();
  const startMs = clock.ms;
  const requests = new TxRequests(TX_REQUEST_DEFAULTS, seededRandom());
  const [silent, honest] = [1, 2];
  for (const id of [silent, honest]) requests.addPeer(id, { isPreferred: true, usesWtxid: true });
  const keys = Array.from({ length: 5_000 }, (_, i) => `transaction ${i}`);
  const asked: (readonly [number, string])[] = [];
  for (const id of [silent, honest]) {
    for (const one of keys) requests.announce(id, one, clock.now);
    for (const taken of requests.take(clock.now)) for (const one of taken.keys) asked.push([taken.peer, one]);
  }
  let arrivedCount = 0;
  while (requests.size > 0) {
    for (const [id, one] of asked.splice(0)) {
      if (id === silent) continue;
      arrivedCount++;
      requests.forget(one, id);
    }
    clock.advanceTo(requests.deadline() ?? clock.ms);
    for (const taken of requests.take(clock.now)) for (const one of taken.keys) asked.push([taken.peer, one]);
  }
  assert.equal(arrivedCount, keys.length);
  assert.equal(clock.ms - startMs, TX_REQUEST_DEFAULTS.timeoutMs);
});
