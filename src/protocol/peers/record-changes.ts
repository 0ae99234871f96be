/** Which records differ from what was written last. */

/** Changes to the records of the memory, to be written whole or not at all. */
export interface RecordChange {
  readonly put: readonly (readonly [key: string, value: Uint8Array])[];
  readonly remove: readonly string[];
}

/** Noted keys above which those that come to nothing are let go: nobody may ever ask for the changes. */
const MAX_NOTED = 200_000;

export class RecordChanges {
  readonly #valueOf: (key: string) => Uint8Array | undefined;
  /** Keys of the records that are written. */
  readonly #written = new Set<string>();
  readonly #changed = new Set<string>();

  /** @param valueOf what a record is to hold now; undefined when it is to be gone. */
  constructor(valueOf: (key: string) => Uint8Array | undefined) {
    this.#valueOf = valueOf;
  }

  /** A record is on disk, whatever it holds. */
  noteWritten(key: string): void {
    this.#written.add(key);
  }

  /** A record may have to change. */
  note(key: string): void {
    this.#changed.add(key);
    if (this.#changed.size > MAX_NOTED) this.#forgetTheUnwritten();
  }

  /** Everything since the last call; undefined when there is nothing. */
  take(): RecordChange | undefined {
    const put: [string, Uint8Array][] = [];
    const remove: string[] = [];
    for (const key of this.#changed) {
      const value = this.#valueOf(key);
      if (value !== undefined) {
        this.#written.add(key);
        put.push([key, value]);
      } else if (this.#written.delete(key)) {
        remove.push(key);
      }
    }
    this.#changed.clear();
    return put.length + remove.length === 0 ? undefined : { put, remove };
  }

  /** What came and went without having been written needs no change. */
  #forgetTheUnwritten(): void {
    for (const key of this.#changed) {
      if (!this.#written.has(key) && this.#valueOf(key) === undefined) this.#changed.delete(key);
    }
  }
}
