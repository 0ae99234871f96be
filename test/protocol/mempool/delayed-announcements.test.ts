import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DelayedAnnouncements } from '../../../src/protocol/mempool/delayed-announcements.ts';
import { LinkedList } from '../../../src/protocol/mempool/linked-list.ts';
import { type Announcement, moveTo } from '../../../src/protocol/mempool/tx-announcement.ts';

function announcementAt(ms: number, delayMs: number, sequence: number): Announcement {
  const traits = { isPreferred: false, usesWtxid: true };
  const askable = new LinkedList<Announcement>();
  const peer = { id: 1, traits, announcements: new Map(), askable, inFlight: 0, isSlow: false };
  const wanted = { key: `tx ${sequence}`, announcements: [], asked: undefined };
  const links = { list: undefined, previous: undefined, next: undefined };
  return {
    peer,
    wanted,
    announcedMs: ms,
    sequence,
    state: 'delayed',
    dueMs: ms + delayMs,
    turn: 0,
    ...links,
  };
}

test('who is ready first comes first, whatever the delays; of two ready at once the one that came first', () => {
  const delayed = new DelayedAnnouncements();
  const added = [
    [0, 2_000],
    [10, 4_000],
    [20, 2_000],
    [1_000, 1_000],
    [2_010, 2_000],
    [2_020, 2_000],
  ] as const;
  for (const [sequence, [ms, delayMs]] of added.entries()) {
    delayed.add(announcementAt(ms, delayMs, sequence), delayMs);
  }
  const order: number[] = [];
  for (let { first } = delayed; first !== undefined; { first } = delayed) {
    order.push(first.sequence);
    moveTo(undefined, first);
  }
  assert.ok(delayed.first === undefined);
  assert.deepEqual(order, [0, 3, 2, 1, 4, 5]);
});
