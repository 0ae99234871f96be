/** A result that is settled once, from outside. */

/** A promise that may settle before anybody asks for it, and only settles once. */
export class Outcome<T> {
  #settle: { resolve: (value: T) => void; reject: (error: Error) => void } | undefined;
  readonly #promise: Promise<T>;

  constructor() {
    this.#promise = new Promise<T>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Nobody need ask: that is no unhandled rejection.
    this.#promise.catch(() => undefined);
  }

  get isSettled(): boolean {
    return this.#settle === undefined;
  }

  promise(): Promise<T> {
    return this.#promise;
  }

  resolve(value: T): void {
    this.#settle?.resolve(value);
    this.#settle = undefined;
  }

  reject(error: Error): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }
}
