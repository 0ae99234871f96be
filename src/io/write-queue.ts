/** Writes one thing after another, each whole, in the order in which they came. */

export interface WriteQueueOptions<Item> {
  readonly write: (item: Item) => Promise<void>;
  /** The disk refused: nothing more is written. Told once. */
  readonly failed: (error: unknown) => void;
}

export class WriteQueue<Item> {
  readonly #options: WriteQueueOptions<Item>;
  #waiting: Item[] = [];
  #writing: Promise<void> | undefined;
  #hasFailed = false;

  constructor(options: WriteQueueOptions<Item>) {
    this.#options = options;
  }

  add(item: Item): void {
    if (this.#hasFailed) return;
    this.#waiting.push(item);
    this.#writing ??= this.#write();
  }

  /** Resolves when all that was added is written, or the disk has refused. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    // Never within the call that adds: whoever adds is in the middle of something.
    await Promise.resolve();
    try {
      for (let item = this.#waiting.shift(); item !== undefined; item = this.#waiting.shift())
        await this.#options.write(item);
    } catch (error) {
      this.#hasFailed = true;
      this.#waiting = [];
      this.#options.failed(error);
    } finally {
      this.#writing = undefined;
    }
  }
}
