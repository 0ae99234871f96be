/** A list linked through its items, so that any of them is taken out in O(1). */

/** What a thing must carry to stand in a {@link LinkedList}; it stands in one at a time. */
export interface LinkedItem<T> {
  previous: T | undefined;
  next: T | undefined;
}

/**
 * First and last at hand. A Map in order of insertion would do nearly the same, but to find its first entry it walks over
 * those that were deleted before it.
 */
export class LinkedList<T extends LinkedItem<T>> {
  #first: T | undefined;
  #last: T | undefined;

  get first(): T | undefined {
    return this.#first;
  }

  addFirst(item: T): void {
    item.next = this.#first;
    if (this.#first === undefined) this.#last = item;
    else this.#first.previous = item;
    this.#first = item;
  }

  addLast(item: T): void {
    item.previous = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
  }

  /** Takes out one that is in this list. */
  remove(item: T): void {
    const { previous, next } = item;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    item.previous = undefined;
    item.next = undefined;
  }
}
