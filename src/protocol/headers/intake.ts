/** Takes headers that a peer sent into the tree: at once where their work is enough, else by way of presync. */

import { equalBytes } from '../../bytes/hash.ts';
import { HeaderRun } from '../../chain/header-run.ts';
import type { HeaderTree } from '../../chain/header-tree.ts';
import type { Verdict } from '../../chain/verdict.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../wire/messages/headers.ts';
import type { Now, Random } from '../machine.ts';
import type { Disconnect, PeerId } from '../peer.ts';
import { describeChange } from './describe-change.ts';
import {
  type AnswerContext,
  isOldAnswer,
  judgeAnswer,
  judgeEmptyAnswer,
  judgeFault,
  judgePutOff,
  judgeRoom,
  type Judgement,
  storingThreshold,
} from './judge-answer.ts';
import { Presync, type PresyncRefusal } from './presync.ts';
import type { ProgressMeter } from './progress-meter.ts';
import type { HeaderSyncOutput } from './sync-contract.ts';
import { noteProof, type SyncPeer } from './sync-peers.ts';

/** What became of an answer. */
export type Taken =
  | Judgement
  /** The work of the chain is being counted: ask for what comes after this header, which is not in the tree. */
  | { readonly kind: 'counting'; readonly from: Uint8Array }
  /** Nothing is wrong with the headers in themselves, and nothing is known of their parents. */
  | { readonly kind: 'unconnected' }
  /** It was none to what the peer was last asked. */
  | { readonly kind: 'old' };

export interface TakenAnswer {
  readonly outputs: readonly HeaderSyncOutput[];
  readonly taken: Taken;
}

export interface IntakeOptions {
  /** Work below which a chain is not believed to be the network's. */
  readonly minChainwork: bigint;
  readonly progress: ProgressMeter;
  readonly random: Random;
}

/** Who sends the headers, and in which stage of the synchronisation. */
export interface Sender {
  readonly peer: PeerId;
  readonly state: SyncPeer;
  readonly isSynced: boolean;
}

/** How the end of presync is called where it ends a connection. What a reorganisation may explain is no crime. */
const REASON_OF: Readonly<Record<PresyncRefusal, Disconnect['reason']>> = {
  'not-continuous': 'headers-refused',
  'chain-changed': 'chain-changed',
  'bad-diffbits': 'bad-diffbits',
  'chain-too-long': 'chain-too-long',
};

/** One that does not have the header our chain begins with answers from genesis. */
const LACKS_BASE: Judgement = {
  kind: 'refused',
  disconnect: { reason: 'headers-refused', detail: 'it does not have the header that our chain begins with' },
};

const NO_HEADERS = HeaderRun.fromBytes(new Uint8Array(0));

export class Intake {
  readonly #tree: HeaderTree;
  readonly #options: IntakeOptions;
  #grownMs: number | undefined;

  constructor(tree: HeaderTree, options: IntakeOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  /** When the best chain last grew; undefined when it never did. */
  get grownMs(): number | undefined {
    return this.#grownMs;
  }

  take(run: HeaderRun, from: Sender, now: Now): TakenAnswer {
    const { state } = from;
    const isFull = run.count === MAX_HEADERS_PER_MESSAGE;
    const verdict = this.#tree.check(run, now.unixSeconds);
    const disconnect = verdict && judgeFault(verdict);
    if (disconnect !== undefined) return without({ kind: 'refused', disconnect });
    // When it begins again, it goes on from what we have.
    const isCounted = state.presync !== undefined && equalBytes(run.prevAt(0), state.presync.from);
    if (isCounted) return this.#count(run, isFull, from, now);
    // While a count is under way, that may be an announcement which came between.
    if (verdict === undefined)
      return without(isFull && this.#tree.baseHeight > 0 ? LACKS_BASE : { kind: 'unconnected' });
    // Who gives the first of its headers again and again is not counted again and again.
    const isRepeated = isFull && state.presync !== undefined;
    if (isRepeated || isOldAnswer(verdict, state.reached)) return without({ kind: 'old' });
    // Whatever was counted before belongs to another chain.
    state.presync = undefined;
    if (verdict.chainwork >= storingThreshold(this.#tree, this.#options.minChainwork)) {
      const outputs = this.connect(verdict, from, now);
      noteProof(state, verdict);
      return { outputs, taken: judgeAnswer(verdict, contextOf(this.#tree, from)) };
    }
    const isNew = verdict.known < run.count && verdict.fault === undefined;
    return isFull && isNew
      ? this.#beginCounting(verdict, from, now)
      : without(judgeAnswer(verdict, contextOf(this.#tree, from)));
  }

  /** Takes an answer without headers. */
  takeNone(from: Sender, now: Now): TakenAnswer {
    return from.state.presync === undefined
      ? without(judgeEmptyAnswer(contextOf(this.#tree, from)))
      : this.#count(NO_HEADERS, false, from, now);
  }

  /** Takes what a verdict found valid into the tree, and says what follows from that. */
  connect(
    verdict: Verdict,
    { peer, state, isSynced }: { peer: PeerId; state: SyncPeer | undefined; isSynced: boolean },
    now: Now,
  ): HeaderSyncOutput[] {
    const change = this.#tree.connect(verdict);
    if (change === undefined) return [];
    if (change.tip.height > change.fork.height) this.#grownMs = now.ms;
    const { height } = verdict;
    const reported = isSynced
      ? describeChange(change, this.#tree)
      : this.#options.progress.add(
          verdict.valid - verdict.known,
          { height, target: Math.max(height, state?.info.startHeight ?? 0) },
          now,
        );
    const outputs: HeaderSyncOutput[] = [{ do: 'persist', change, from: peer }];
    for (const event of reported) outputs.push({ do: 'report', event });
    return outputs;
  }

  #beginCounting(verdict: Verdict, from: Sender, now: Now): TakenAnswer {
    const { run, known } = verdict;
    from.state.presync = new Presync({
      network: this.#tree.network,
      fork: this.#tree.forkOf(verdict),
      threshold: storingThreshold(this.#tree, this.#options.minChainwork),
      nowSeconds: now.unixSeconds,
      random: this.#options.random,
    });
    return this.#count(run.part(known, run.count), true, from, now);
  }

  #count(run: HeaderRun, isFull: boolean, from: Sender, now: Now): TakenAnswer {
    const { state } = from;
    const presync = state.presync as Presync;
    const step = presync.take(run, isFull);
    if (step.kind !== 'more') state.presync = undefined;
    switch (step.kind) {
      case 'refused': {
        const { reason, detail } = step;
        return without({ kind: 'refused', disconnect: { reason: REASON_OF[reason], detail } });
      }
      case 'ended':
        return without({ kind: 'end', chainwork: step.chainwork, putOff: undefined });
      case 'more': {
        const stored = this.#store(step.ready, from, now);
        if (stored.judgement !== undefined) {
          state.presync = undefined;
          return { outputs: stored.outputs, taken: stored.judgement };
        }
        const outputs = [...stored.outputs, ...this.#tellCounted(presync, run.count, from, now)];
        return { outputs, taken: { kind: 'counting', from: presync.from } };
      }
      case 'done': {
        const { outputs, last, judgement } = this.#store(step.ready, from, now);
        if (judgement !== undefined) return { outputs, taken: judgement };
        const { height, chainwork } = last as Verdict;
        const hash = run.hashAt(run.count - 1);
        const taken: Judgement = isFull
          ? { kind: 'more', last: { hash, height, chainwork } }
          : { kind: 'end', chainwork, putOff: undefined };
        return { outputs, taken };
      }
    }
  }

  /** Stores what presync let go of; ends at the first header that breaks a rule. */
  #store(
    ready: Iterable<HeaderRun>,
    from: Sender,
    now: Now,
  ): { readonly outputs: HeaderSyncOutput[]; readonly last?: Verdict; readonly judgement?: Judgement } {
    const outputs: HeaderSyncOutput[] = [];
    let last: Verdict | undefined;
    for (const run of ready) {
      const verdict = this.#tree.check(run, now.unixSeconds);
      if (verdict === undefined) return { outputs, judgement: judgeRoom(this.#tree) };
      const disconnect = judgeFault(verdict);
      if (disconnect !== undefined) return { outputs, judgement: { kind: 'refused', disconnect } };
      outputs.push(...this.connect(verdict, from, now));
      noteProof(from.state, verdict);
      if (verdict.fault !== undefined)
        return { outputs, judgement: judgePutOff(verdict, verdict.fault, from.isSynced) };
      if (!this.#tree.has(run.hashAt(run.count - 1))) return { outputs, judgement: judgeRoom(this.#tree) };
      last = verdict;
    }
    return last === undefined ? { outputs } : { outputs, last };
  }

  /** While the work is counted, the height of what is stored stands still. */
  #tellCounted(presync: Presync, count: number, { state, isSynced }: Sender, now: Now): HeaderSyncOutput[] {
    if (isSynced || presync.phase !== 'counting') return [];
    const { height } = this.#tree.tip;
    const target = Math.max(presync.height, state.info.startHeight);
    return this.#options.progress
      .add(count, { height, target, countedHeight: presync.height }, now)
      .map((event) => ({ do: 'report', event }));
  }
}

function contextOf(tree: HeaderTree, { state: { info, reached }, isSynced }: Sender): AnswerContext {
  return { tree, isSynced, claimedHeight: info.startHeight, reached };
}

function without(taken: Taken): TakenAnswer {
  return { outputs: [], taken };
}
