/** What is still to happen, the earliest first; what is due at the same moment happens in the order of its planning. */

interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly act: () => void;
}

export class EventQueue {
  /** A binary heap. */
  readonly #heap: Planned[] = [];
  #count = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next thing happens; undefined when nothing does. */
  get nextMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  add(atMs: number, act: () => void): void {
    const heap = this.#heap;
    const planned = { atMs, order: this.#count++, act };
    let at = heap.length;
    for (let up = (at - 1) >> 1; at > 0 && isBefore(planned, heap[up] as Planned); up = (at - 1) >> 1) {
      heap[at] = heap[up] as Planned;
      at = up;
    }
    heap[at] = planned;
  }

  take(): (() => void) | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.act;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && isBefore(heap[down + 1] as Planned, heap[down] as Planned)) down++;
      if (!isBefore(heap[down] as Planned, last)) break;
      heap[at] = heap[down] as Planned;
      at = down;
    }
    heap[at] = last;
    return first.act;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
