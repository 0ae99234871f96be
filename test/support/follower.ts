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
      const look = (): void => {
        const found = this.events.find((event) => event.event === name && passes(event as never));
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found as Extract<ClientEvent, { event: E }>);
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
