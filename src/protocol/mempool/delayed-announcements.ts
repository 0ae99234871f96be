/** Announcements that wait before anybody is asked, the one that is ready first at hand. */

import { LinkedList } from './linked-list.ts';
import { type Announcement, moveTo } from './tx-announcement.ts';

export class DelayedAnnouncements {
  /** By delay: of those that wait for the same time, who came first is ready first. There are few different delays. */
  readonly #lists = new Map<number, LinkedList<Announcement>>();

  add(announcement: Announcement, delayMs: number): void {
    const list = this.#lists.get(delayMs) ?? new LinkedList<Announcement>();
    this.#lists.set(delayMs, list);
    moveTo(list, announcement);
  }

  get first(): Announcement | undefined {
    let soonest: Announcement | undefined;
    for (const { first } of this.#lists.values()) {
      if (first !== undefined && (soonest === undefined || isBefore(first, soonest))) soonest = first;
    }
    return soonest;
  }
}

function isBefore(one: Announcement, other: Announcement): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.sequence < other.sequence);
}
