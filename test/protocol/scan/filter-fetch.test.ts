import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FilterFetch } from '../../../src/protocol/scan/filter-fetch.ts';
import type { FilterServer } from '../../../src/protocol/scan/scan-contract.ts';
import { Stretch } from '../../../src/protocol/scan/stretch.ts';
import { FalseClock } from '../../support/false-time.ts';

const TIMEOUT_MS = 15_000;

function hashAt(height: number): Uint8Array {
  return Uint8Array.of(height, height >> 8, ...new Uint8Array(30));
}

class Fetching {
  readonly clock = new FalseClock();
  readonly fetch = new FilterFetch(TIMEOUT_MS);
  readonly stretches: Stretch[];
  servers: FilterServer[];

  /** All filters of these are to be fetched. */
  constructor(stretches: readonly Stretch[], servers: readonly number[] = [1]) {
    this.stretches = [...stretches];
    for (const stretch of stretches) stretch.setAll('filter');
    this.servers = servers.map((peer) => ({ peer, provenHeight: 10_000 }));
  }

  /** Who is asked now, and for which heights. */
  asked(): string[] {
    return this.fetch.take(this.stretches, this.servers, hashAt, this.clock.now).map(({ peer, message }) => {
      assert.ok(message.command === 'getcfilters');
      const { filterType, startHeight, stopHash } = message.payload;
      assert.equal(filterType, 0);
      return `${peer}: ${startHeight} to ${(stopHash[0] as number) + 256 * (stopHash[1] as number)}`;
    });
  }

  /** Filters come. Returns how many of them were waited for. */
  come(peer: number, first: number, last: number): number {
    let count = 0;
    for (let height = first; height <= last; height++) {
      const stretch = this.fetch.receive(peer, height, this.clock.now);
      if (stretch === undefined || stretch === 'unneeded') continue;
      assert.equal(stretch.has(height), true);
      stretch.set(height, 'clear');
      count++;
    }
    return count;
  }
}

test('two hundred filters are asked for at once, and three times as many of a peer, the lowest first', () => {
  const fetching = new Fetching([new Stretch(0, 1_000), new Stretch(1_001, 1_100)]);
  assert.deepEqual(fetching.asked(), ['1: 0 to 199', '1: 200 to 399', '1: 400 to 599']);
  assert.deepEqual(fetching.asked(), []);
  assert.equal(fetching.come(1, 0, 198), 199);
  assert.deepEqual(fetching.asked(), []);
  assert.equal(fetching.come(1, 199, 199), 1);
  assert.deepEqual(fetching.asked(), ['1: 600 to 799']);
});

test('several peers take turns', () => {
  const fetching = new Fetching([new Stretch(0, 1_000)], [7, 8]);
  assert.deepEqual(fetching.asked(), [
    '7: 0 to 199',
    '8: 200 to 399',
    '7: 400 to 599',
    '8: 600 to 799',
    '7: 800 to 999',
    '8: 1000 to 1000',
  ]);
});

test('a run ends where the next filter is not wanted, and at the end of a stretch', () => {
  const stretches = [new Stretch(0, 9), new Stretch(10, 19)];
  const fetching = new Fetching(stretches, [1, 2]);
  stretches[0]?.set(4, 'block');
  assert.deepEqual(fetching.asked(), ['1: 0 to 3', '2: 5 to 9', '1: 10 to 19']);
});

test('nobody is asked about blocks that it has not shown', () => {
  const fetching = new Fetching([new Stretch(0, 9)], []);
  fetching.servers = [{ peer: 1, provenHeight: 8 }];
  assert.deepEqual(fetching.asked(), []);
  fetching.servers = [{ peer: 1, provenHeight: 9 }];
  assert.deepEqual(fetching.asked(), ['1: 0 to 9']);
});

test('those who have delivered are asked before others, as long as they can take more', () => {
  const fetching = new Fetching([new Stretch(0, 9), new Stretch(10, 1_009)], [1]);
  fetching.stretches[1]?.setAll('undecided');
  assert.deepEqual(fetching.asked(), ['1: 0 to 9']);
  fetching.come(1, 0, 5);
  fetching.servers = [2, 1].map((peer) => ({ peer, provenHeight: 10_000 }));
  fetching.stretches[1]?.setAll('filter');
  assert.deepEqual(fetching.asked(), [
    '1: 10 to 209',
    '1: 210 to 409',
    '2: 410 to 609',
    '2: 610 to 809',
    '2: 810 to 1009',
  ]);
});

test('what was not asked for, or not of this peer, or has come already, is passed over', () => {
  const fetching = new Fetching([new Stretch(0, 9), new Stretch(10, 19)], [1]);
  fetching.stretches[1]?.setAll('undecided');
  fetching.asked();
  assert.equal(fetching.come(2, 0, 9), 0);
  assert.equal(fetching.come(1, 10, 19), 0);
  assert.equal(fetching.come(1, 0, 0), 1);
  assert.equal(fetching.come(1, 0, 0), 0);
  assert.equal(fetching.come(1, 1, 9), 9);
  assert.equal(fetching.fetch.deadline(), undefined, 'all is answered');
});

test('what a peer passes over is asked of another at once, for it answers in order', () => {
  const fetching = new Fetching([new Stretch(0, 9), new Stretch(10, 19)], [1]);
  fetching.asked();
  assert.equal(fetching.come(1, 3, 5), 3);
  fetching.servers = [{ peer: 2, provenHeight: 10_000 }];
  assert.deepEqual(fetching.asked(), ['2: 0 to 2']);
  assert.equal(fetching.come(1, 12, 12), 1);
  assert.deepEqual(fetching.asked(), ['2: 6 to 9', '2: 10 to 11']);
  assert.equal(fetching.come(1, 0, 2), 0);
  assert.equal(fetching.come(1, 13, 19), 7);
  assert.equal(fetching.come(2, 0, 11), 9);
  assert.equal(fetching.fetch.deadline(), undefined);
});

test('a filter that is not needed any more is answered too', () => {
  const fetching = new Fetching([new Stretch(0, 1)]);
  fetching.asked();
  fetching.stretches[0]?.setAll('block');
  assert.equal(fetching.fetch.receive(1, 0, fetching.clock.now), 'unneeded');
  assert.equal(fetching.fetch.receive(1, 0, fetching.clock.now), undefined);
  assert.equal(fetching.come(1, 1, 1), 0);
  assert.equal(fetching.fetch.deadline(), undefined);
});

test('a peer has its time for each filter, and what it does not send is asked of another', () => {
  const fetching = new Fetching([new Stretch(0, 9)], [1]);
  fetching.asked();
  fetching.clock.advance(TIMEOUT_MS - 1);
  fetching.come(1, 0, 4);
  assert.equal(fetching.fetch.deadline(), fetching.clock.ms + TIMEOUT_MS);
  assert.deepEqual(fetching.fetch.takeLate(fetching.clock.advance(TIMEOUT_MS - 1)), []);
  assert.deepEqual(fetching.fetch.takeLate(fetching.clock.advance(1)), [1]);
  fetching.servers = [{ peer: 2, provenHeight: 10_000 }];
  assert.deepEqual(fetching.asked(), ['2: 5 to 9']);
  assert.equal(fetching.come(1, 5, 9), 0, 'too late');
  assert.equal(fetching.come(2, 5, 9), 5);
});

test('one that sends something else has more time', () => {
  const fetching = new Fetching([new Stretch(0, 9)]);
  fetching.fetch.heard(1, fetching.clock.now);
  assert.equal(fetching.fetch.deadline(), undefined, 'nothing is due of it');
  fetching.asked();
  fetching.fetch.heard(1, fetching.clock.advance(TIMEOUT_MS - 1));
  assert.deepEqual(fetching.fetch.takeLate(fetching.clock.advance(TIMEOUT_MS - 1)), []);
});

test('what is asked of another after a wrong filter is not taken from it when the first one is lost', () => {
  const fetching = new Fetching([new Stretch(0, 9)], [1]);
  const [stretch] = fetching.stretches;
  fetching.asked();
  assert.equal(fetching.fetch.receive(1, 0, fetching.clock.now), stretch);
  stretch?.set(0, 'filter');
  fetching.servers = [2].map((peer) => ({ peer, provenHeight: 10_000 }));
  assert.deepEqual(fetching.asked(), ['2: 0 to 0']);
  fetching.fetch.peerLost(1);
  assert.equal(stretch?.stateOf(0), 'asked');
  assert.deepEqual(fetching.asked(), ['2: 1 to 9']);
  assert.equal(fetching.come(2, 0, 9), 10);
  assert.equal(fetching.fetch.deadline(), undefined);
});

test('what is not needed any more is not asked of another when its peer is lost', () => {
  const fetching = new Fetching([new Stretch(0, 2)]);
  fetching.asked();
  fetching.stretches[0]?.set(1, 'block');
  fetching.fetch.peerLost(1);
  fetching.servers = [{ peer: 2, provenHeight: 10_000 }];
  assert.deepEqual(fetching.asked(), ['2: 0 to 0', '2: 2 to 2']);
});

test('when the blocks are other ones nothing is waited for, and what still comes is known to be late', () => {
  const fetching = new Fetching([new Stretch(0, 9)]);
  fetching.asked();
  fetching.come(1, 0, 6);
  fetching.fetch.forgetAll();
  assert.equal(fetching.fetch.deadline(), undefined);
  const { now } = fetching.clock;
  for (const height of [7, undefined, 9]) assert.equal(fetching.fetch.receive(1, height, now), 'unneeded');
  assert.equal(fetching.fetch.receive(1, 9, now), undefined, 'it was asked for three more');
  assert.equal(fetching.fetch.receive(2, 9, now), undefined);
});
