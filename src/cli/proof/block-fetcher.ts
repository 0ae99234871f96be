/** Fetches one block of the best chain when the client has come to the tip, and ends the client. */

import type { BlockInfo, ClientEvent, LightClient } from '../../index.ts';
import { Failure } from '../failure.ts';
import type { Viewer } from '../follow.ts';

export interface BlockFetcherOptions {
  readonly client: Pick<LightClient, 'fetchBlock' | 'stop'>;
  /** A height, or a hash in display order. */
  readonly which: number | string;
  /** Time without anything new after which it is given up. */
  readonly timeoutSeconds: number;
}

type Outcome = { readonly block: BlockInfo } | { readonly error: unknown };

export class BlockFetcher implements Viewer {
  readonly #options: BlockFetcherOptions;
  #timer: NodeJS.Timeout | undefined;
  #isSynced = false;
  #outcome: Outcome | undefined;

  constructor(options: BlockFetcherOptions) {
    this.#options = options;
  }

  /**
   * The block, after the client has ended.
   *
   * @throws what kept it from being fetched.
   */
  block(): BlockInfo {
    const outcome = this.#outcome;
    if (outcome === undefined) throw new Failure('stopped', 'the client ended before the block was there');
    if ('error' in outcome) throw outcome.error;
    return outcome.block;
  }

  started(): void {
    this.#restartTimer('no-progress', 'the tip was not reached');
  }

  takes({ event }: ClientEvent): boolean {
    if (event === 'progress' && !this.#isSynced) this.started();
    return false;
  }

  synced(): void {
    this.#isSynced = true;
    this.#restartTimer('blocks-unavailable', 'no peer delivered the block');
    void this.#fetch();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  async #fetch(): Promise<void> {
    const { client, which } = this.#options;
    try {
      this.#finish({ block: await client.fetchBlock(which) });
    } catch (error) {
      this.#finish({ error });
    }
  }

  #restartTimer(code: string, what: string): void {
    const { timeoutSeconds } = this.#options;
    clearTimeout(this.#timer);
    const advice = 'try a longer --timeout, or name a peer that you know with --connect HOST:PORT';
    const error = new Failure(code, `${what} within ${timeoutSeconds} s; ${advice}`);
    this.#timer = setTimeout(() => this.#finish({ error }), 1000 * timeoutSeconds);
  }

  /** Whatever comes first counts. */
  #finish(outcome: Outcome): void {
    this.end();
    this.#outcome ??= outcome;
    void this.#options.client.stop();
  }
}
