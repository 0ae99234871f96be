/** A client whose events a test can wait for. */
import { type ClientEvent, LightClient, type LightClientOptions } from '../../src/index.ts';

export class Follower {
  readonly client: LightClient;
  readonly events: ClientEvent[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(client: LightClient) {
    this.client = client;
    client.onEvent((event) => {
      this.events.push(event);
      for (const wake of this.#waiting) wake();
    });
  }

  /** Starts a client that stays; `t.after` stops it. */
  static async start(
    t: { after(fn: () => Promise<void>): void },
    options: LightClientOptions,
  ): Promise<Follower> {
    const follower = new Follower(new LightClient({ follow: true, ...options }));
    t.after(() => follower.client.stop());
    await follower.client.start();
    return follower;
  }

  /** Resolves to the first event that passes, of those that came already or will come. */
  event<E extends ClientEvent['event']>(
    name: E,
    passes: (event: Extract<ClientEvent, { event: E }>) => boolean = () => true,
  ): Promise<Extract<ClientEvent, { event: E }>> {
    return new Promise((resolve, reject) => {
      // Each event is looked at once: there may be tens of thousands.
      let seen = 0;
      const look = (): void => {
        while (seen < this.events.length) {
          const event = this.events[seen++] as Extract<ClientEvent, { event: E }>;
          if (event.event !== name || !passes(event)) continue;
          this.#waiting.delete(look);
          resolve(event);
          return;
        }
      };
      this.#waiting.add(look);
      this.client.ended().then(
        () => reject(new Error(`the client ended without ${name}`)),
        (error: Error) => reject(error),
      );
      look();
    });
  }
}
