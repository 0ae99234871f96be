/** How fast a scan gets on, when that is told, and what is said when it does not. */

import type { BlockOutcome } from '../blocks/block-download.ts';
import type { Now } from '../machine.ts';
import type { NodeFailure } from '../node-failure.ts';
import type { ScanNews, ScanOutput } from './scan-contract.ts';

/** Often enough for a bar that moves, and no burden. */
const REPORT_INTERVAL_MS = 200;
/** The rate is that of about the last five seconds. */
const SAMPLES = 25;

/** How far a scan is. */
export type ScanPosition = Omit<ScanNews & { event: 'scan-progress' }, 'event' | 'blocksPerSecond'>;

/** What a scan waits for. */
export interface Standstill {
  readonly invalid: (BlockOutcome & { kind: 'invalid' }) | undefined;
  /** Whether too few peers have an opinion on filters. */
  readonly isShort: boolean;
  readonly opinionsNeeded: number;
  /** Peers that serve filters. */
  readonly serverCount: number;
  readonly isWaitingForBlocks: boolean;
  /** Lowest height that was not looked at. */
  readonly next: number;
}

export class ScanPace {
  readonly #stallTimeoutMs: number;
  #startedMs = 0;
  #movedMs = 0;
  #samples: { readonly ms: number; readonly height: number }[] = [];

  /** @param stallTimeoutMs time without anything of use after which it stands still. */
  constructor(stallTimeoutMs: number) {
    this.#stallTimeoutMs = stallTimeoutMs;
  }

  /** The work begins. @returns an event that tells where. */
  start(position: ScanPosition, now: Now): ScanOutput {
    this.#startedMs = now.ms;
    this.#movedMs = now.ms;
    this.#samples = [{ ms: now.ms, height: position.height }];
    return { do: 'report', event: { event: 'scan-progress', ...position, blocksPerSecond: 0 } };
  }

  /** Something of use came. */
  moved(now: Now): void {
    this.#movedMs = now.ms;
  }

  seconds(now: Now): number {
    return (now.ms - this.#startedMs) / 1000;
  }

  /** When it stands still if nothing comes. */
  deadline(): number {
    return this.#movedMs + this.#stallTimeoutMs;
  }

  isStalled(now: Now): boolean {
    return now.ms >= this.deadline();
  }

  /** A progress event when one is due. */
  report(position: ScanPosition, now: Now): ScanOutput[] {
    const { height } = position;
    const last = this.#samples.at(-1);
    if (last !== undefined && now.ms - last.ms < REPORT_INTERVAL_MS) return [];
    this.#samples.push({ ms: now.ms, height });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    const first = this.#samples[0] ?? { ms: now.ms, height };
    const elapsedSeconds = (now.ms - first.ms) / 1000;
    const blocksPerSecond =
      elapsedSeconds > 0 ? Math.max(0, Math.round((height - first.height) / elapsedSeconds)) : 0;
    return [{ do: 'report', event: { event: 'scan-progress', ...position, blocksPerSecond } }];
  }

  /** Why it stands still. */
  describe({
    invalid,
    isShort,
    opinionsNeeded,
    serverCount,
    isWaitingForBlocks,
    next,
  }: Standstill): NodeFailure {
    if (invalid !== undefined) {
      const { block, rule, detail } = invalid;
      const message = `the block at height ${block.height} of the best chain is not valid: ${detail} (${rule})`;
      return { code: 'invalid-block', message };
    }
    if (isShort) {
      const few = serverCount === 0 ? 'no peer' : 'only one peer';
      const found = serverCount > 1 ? `${serverCount} peers serve` : `${few} serves`;
      const needed =
        opinionsNeeded === 1 ? 'one has to tell them' : `${opinionsNeeded} have to agree on them`;
      return {
        code: 'filter-peers-missing',
        message: `${found} compact filters, and ${needed} (at height ${next})`,
      };
    }
    const seconds = this.#stallTimeoutMs / 1000;
    if (isWaitingForBlocks)
      return {
        code: 'blocks-unavailable',
        message: `no peer has delivered the block at height ${next} for ${seconds} s`,
      };
    return {
      code: 'filters-unavailable',
      message: `no peer has delivered filters for ${seconds} s (at height ${next})`,
    };
  }
}
