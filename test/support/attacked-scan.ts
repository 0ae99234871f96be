/** A scan among peers of which some attack it, each by a conduct of its own, in a time that is only as long as they make it. */
import type { NodeFailure } from '../../src/protocol/node-failure.ts';
import type { PeerId } from '../../src/protocol/peer.ts';
import { FilterScan } from '../../src/protocol/scan/filter-scan.ts';
import {
  isOfScan,
  type ScanInput,
  type ScanNews,
  type ScanOptions,
  type ScanOutput,
} from '../../src/protocol/scan/scan-contract.ts';
import { filterHash, filterHeader, NO_FILTER_HEADER } from '../../src/filters/index.ts';
import type { Message } from '../../src/wire/message.ts';
import { FalseClock } from './false-time.ts';
import type { ScanBlock } from './scan-blocks.ts';
import type { MadeBestChain } from './scan-chain.ts';

/** Time from a question to its answer. */
const LATENCY_MS = 20;
/** Time after which one that has left is there again, under another name. */
const BACK_MS = 1_000;
/** Longer than any scan of a test may take. */
const MAX_MS = 100 * 3_600_000;

export interface Conduct {
  readonly name: string;
  /** The filter that it tells the hash of and shows. Default: the true one. */
  readonly filterOf?: (block: ScanBlock) => Uint8Array;
  /** Milliseconds that an answer takes longer than others; undefined for one that is never given. */
  readonly delayMs?: (answer: Message) => number | undefined;
  /** Whether it leaves rather than answer; it comes back soon under another name. */
  readonly leavesAt?: (question: Message) => boolean;
  /** How long it stays, each time that it is there. */
  readonly staysMs?: number;
  /** When it is there first. */
  readonly joinsMs?: number;
}

export class AttackedScan {
  /** Why each connection ended that we ended. */
  readonly hungUp: { readonly name: string; readonly reason: string }[] = [];
  readonly events: ScanNews[] = [];
  outcome: { readonly failure: NodeFailure | undefined } | undefined;
  readonly #scan: FilterScan;
  readonly #clock = new FalseClock();
  readonly #startMs = this.#clock.ms;
  readonly #peers = new Map<PeerId, Attacker>();
  /** In no order. */
  #awaited: { readonly ms: number; readonly act: () => void }[] = [];
  #lastId = 0;

  constructor(chain: MadeBestChain, options: Partial<ScanOptions>, conducts: readonly Conduct[]) {
    const servers = () => Array.from(this.#peers.keys());
    this.#scan = new FilterScan(
      {
        scripts: [],
        fromHeight: 0,
        usesFilters: true,
        opinionsNeeded: 2,
        maxUnbacked: 2_016,
        follow: false,
        stallTimeoutMs: 60_000,
        savedSegments: new Map(),
        ...options,
      },
      {
        chain,
        holdersOf: servers,
        filterServers: () => servers().map((peer) => ({ peer, provenHeight: chain.tip.height })),
        areOthersComing: () => false,
      },
    );
    for (const conduct of conducts) {
      const attacker = new Attacker(conduct, chain);
      if (conduct.joinsMs === undefined) this.#join(attacker);
      else this.#after(conduct.joinsMs, () => this.#join(attacker));
    }
  }

  get elapsedMs(): number {
    return this.#clock.ms - this.#startMs;
  }

  /** The summary; undefined when it did not come to the tip. */
  get scanned(): (ScanNews & { event: 'scanned' }) | undefined {
    return this.events.find((event) => event.event === 'scanned');
  }

  /** Lets it go on to its end. */
  play(): this {
    this.#handle({ type: 'synced' });
    while (this.outcome === undefined && this.elapsedMs < MAX_MS) {
      const next = this.#awaited.toSorted((a, b) => a.ms - b.ms)[0];
      const dueMs = this.#scan.deadline() ?? Number.POSITIVE_INFINITY;
      if (next === undefined && dueMs === Number.POSITIVE_INFINITY) break;
      if (next === undefined || dueMs <= next.ms) {
        this.#clock.advanceTo(dueMs);
        this.#handle({ type: 'tick' });
        continue;
      }
      this.#clock.advanceTo(next.ms);
      this.#awaited = this.#awaited.filter((one) => one !== next);
      next.act();
    }
    return this;
  }

  #after(ms: number, act: () => void): void {
    this.#awaited.push({ ms: this.#clock.ms + ms, act });
  }

  #join(attacker: Attacker): void {
    const id = ++this.#lastId;
    this.#peers.set(id, attacker);
    const { staysMs } = attacker.conduct;
    if (staysMs !== undefined) this.#after(staysMs, () => this.#leave(id, true));
    this.#handle({ type: 'tick' });
  }

  #leave(id: PeerId, comesBack: boolean): void {
    const attacker = this.#peers.get(id);
    if (attacker === undefined) return;
    this.#peers.delete(id);
    if (comesBack) this.#after(BACK_MS, () => this.#join(attacker));
    this.#handle({ type: 'peer-lost', peer: id });
  }

  #handle(input: ScanInput): void {
    if (this.outcome === undefined)
      for (const output of this.#scan.handle(input, this.#clock.now)) this.#perform(output);
  }

  #perform(output: ScanOutput): void {
    switch (output.do) {
      case 'send':
        this.#send(output.peer, output.message);
        break;
      case 'hang-up': {
        const { name } = this.#peers.get(output.peer)?.conduct ?? { name: 'nobody' };
        this.hungUp.push({ name, reason: output.disconnect.reason });
        this.#leave(output.peer, output.disconnect.reason === 'filters-timeout');
        break;
      }
      case 'report':
        this.events.push(output.event);
        break;
      case 'save-scan':
        break;
      case 'finish':
        this.outcome = { failure: output.failure };
        break;
    }
  }

  #send(id: PeerId, question: Message): void {
    const attacker = this.#peers.get(id);
    if (attacker === undefined) return;
    if (attacker.conduct.leavesAt?.(question) === true) {
      this.#after(LATENCY_MS, () => this.#leave(id, true));
      return;
    }
    let busyMs = attacker.busyMs;
    for (const answer of attacker.answers(question)) {
      const delayMs =
        attacker.conduct.delayMs?.(answer) ?? (attacker.conduct.delayMs === undefined ? 0 : undefined);
      if (delayMs === undefined) continue;
      busyMs = Math.max(busyMs, this.#clock.ms + LATENCY_MS) + delayMs;
      this.#after(busyMs - this.#clock.ms, () => {
        if (this.#peers.get(id) === attacker && isOfScan(answer))
          this.#handle({ type: 'message', peer: id, message: answer });
      });
    }
    attacker.busyMs = busyMs;
  }
}

/** A peer, and the table that its answers are made of. */
class Attacker {
  readonly conduct: Conduct;
  /** When the last of its answers is given. */
  busyMs = 0;
  readonly #chain: MadeBestChain;
  readonly #filters: Uint8Array[] = [];
  readonly #headers: Uint8Array[] = [];

  constructor(conduct: Conduct, chain: MadeBestChain) {
    this.conduct = conduct;
    this.#chain = chain;
    const { filterOf = ({ filter }) => filter } = conduct;
    for (let height = 0; height <= chain.tip.height; height++) {
      const filter = filterOf(chain.at(height));
      this.#filters.push(filter);
      this.#headers.push(filterHeader(filterHash(filter), this.#headers.at(-1) ?? NO_FILTER_HEADER));
    }
  }

  answers({ command, payload }: Message): Message[] {
    const heightOf = (hash: Uint8Array): number => this.#chain.heightOf(hash) ?? -1;
    const filterType = 0;
    if (command === 'getdata')
      return payload.items.map(({ hash }) => ({
        command: 'block',
        payload: this.#chain.at(heightOf(hash)).block,
      }));
    if (command === 'getcfcheckpt') {
      const { stopHash } = payload;
      const stop = heightOf(stopHash);
      const filterHeaders = this.#headers.filter(
        (_, height) => height > 0 && height <= stop && height % 1_000 === 0,
      );
      return [{ command: 'cfcheckpt', payload: { filterType, stopHash, filterHeaders } }];
    }
    if (command === 'getcfheaders') {
      const { startHeight, stopHash } = payload;
      const filterHashes = this.#filters.slice(startHeight, heightOf(stopHash) + 1).map(filterHash);
      const previousHeader = this.#headers[startHeight - 1] ?? NO_FILTER_HEADER;
      return [{ command: 'cfheaders', payload: { filterType, stopHash, previousHeader, filterHashes } }];
    }
    if (command !== 'getcfilters') return [];
    return this.#filters.slice(payload.startHeight, heightOf(payload.stopHash) + 1).map((filter, i) => {
      const blockHash = this.#chain.hashAt(payload.startHeight + i);
      return { command: 'cfilter', payload: { filterType, blockHash, filter } };
    });
  }
}
