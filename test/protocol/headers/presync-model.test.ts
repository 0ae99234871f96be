import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toHex } from '../../../src/bytes/hex.ts';
import { HeaderRun } from '../../../src/chain/header-run.ts';
import { workOfBits } from '../../../src/chain/work.ts';
import type { Network } from '../../../src/networks/network.ts';
import { regtest } from '../../../src/networks/regtest.ts';
import { Presync, type PresyncStep } from '../../../src/protocol/headers/presync.ts';
import { seededRandom } from '../../support/false-time.ts';
import { changedFrom, genesisFork, linked } from '../../support/presync-chains.ts';
import { type ModelHeader, type ModelStep, PresyncModel } from '../../support/presync-model.ts';

const EASY_BITS = 0x207fffff;
const HARD_BITS = 0x201fffff;
/** A unit beyond what may follow the easy ones. */
const FORBIDDEN_BITS = 0x201ffffe;

/** Bits may change in the middle of a test, where a period begins, and only there. */
const FORK = { ...genesisFork(regtest), height: 2010, chainwork: 1000n };
const RETARGET_INDEX = 2016 - FORK.height - 1;

const CHAIN_LENGTH = 60;

/** What a peer does next. */
type Deed =
  /** Answers with so many headers. */
  | { readonly what: 'answer'; readonly count: number; readonly isFull: boolean }
  /** Goes on so many headers further on than it should. */
  | { readonly what: 'skip'; readonly headers: number }
  /** Has another chain now, from a header on. */
  | { readonly what: 'change'; readonly index: number };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc
      .integer({ min: 1, max: 12 })
      .map((count) => ({ what: 'answer' as const, count, isFull: true })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 3).map((count) => ({ what: 'answer' as const, count, isFull: false })),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 3 }).map((headers) => ({ what: 'skip' as const, headers })),
  },
  { weight: 3, arbitrary: fc.nat(50).map((index) => ({ what: 'change' as const, index })) },
);

interface Life {
  readonly seed: number;
  readonly period: number;
  readonly bufferSize: number;
  readonly minDifficultyBlocks: boolean;
  /** Bits from the retarget on. */
  readonly bits: number;
  /** Of work above the fork, which is 2 or 8 a header. */
  readonly enough: number;
  /** From the fork to as late as a header may be. */
  readonly seconds: number;
  /** The header from which on the peer has another chain when it is asked the second time. */
  readonly changedFrom: number | null;
  readonly deeds: readonly Deed[];
}

const life: fc.Arbitrary<Life> = fc.record({
  seed: fc.nat(),
  period: fc.integer({ min: 1, max: 6 }),
  bufferSize: fc.nat(14),
  minDifficultyBlocks: fc.boolean(),
  bits: fc.constantFrom(EASY_BITS, HARD_BITS, HARD_BITS, FORBIDDEN_BITS),
  enough: fc.integer({ min: 1, max: 330 }),
  seconds: fc.oneof({ weight: 5, arbitrary: fc.constant(10_000) }, { weight: 1, arbitrary: fc.nat(12) }),
  changedFrom: fc.option(fc.nat(50)),
  deeds: fc.array(deed, { minLength: 4, maxLength: 60, size: 'max' }),
});

const EXPECTED = [
  'more',
  'ready before the end',
  'done',
  'ended',
  'not-continuous',
  'chain-changed',
  'bad-diffbits',
  'chain-too-long',
];

test('whatever a peer does, presync and a model of it that forgets nothing take the same steps', () => {
  const reached = new Map<string, number>();
  const reach = (name: string): void => void reached.set(name, (reached.get(name) ?? 0) + 1);
  fc.assert(
    fc.property(life, (lived) => {
      for (const step of live(lived)) {
        reach(step.kind === 'refused' ? step.reason : step.kind);
        if (step.kind === 'more' && step.ready.length > 0) reach('ready before the end');
      }
    }),
    { numRuns: 1000 },
  );
  // A property that never gets there says nothing of it.
  for (const name of EXPECTED) assert.ok((reached.get(name) ?? 0) > 15, `${name}: ${reached.get(name)}`);
});

/** Lets a peer live with both, compares each step, and returns the steps. */
function live(lived: Life): ModelStep[] {
  const presync = new Presync({
    network: networkOf(lived),
    fork: FORK,
    threshold: FORK.chainwork + BigInt(lived.enough),
    nowSeconds: FORK.medianTime + lived.seconds - 7200,
    random: seededRandom(lived.seed),
  });
  const { height: forkHeight, chainwork: forkWork } = FORK;
  const maxRemembered = Math.floor((6 * lived.seconds) / lived.period);
  const rules = { ...lived, maxRemembered, forkName: toHex(FORK.hash), forkHeight, forkWork };
  const model = new PresyncModel(rules, seededRandom(lived.seed));
  const peer = new FicklePeer(lived);
  const steps: ModelStep[] = [];
  let isChanged = false;
  for (const happened of lived.deeds) {
    if (presync.phase === 'fetching-again' && lived.changedFrom !== null && !isChanged) {
      peer.change(lived.changedFrom);
      isChanged = true;
    }
    const answer = peer.answer(presync.from, happened);
    if (answer === undefined) continue;
    const step = described(presync.take(answer.run, answer.isFull));
    const expected = model.take(answer.headers, answer.isFull);
    assert.deepEqual(step, expected);
    steps.push(expected);
    if (expected.kind !== 'more') break;
    assert.equal(toHex(presync.from), model.from);
  }
  return steps;
}

function networkOf({ minDifficultyBlocks, period, bufferSize }: Life): Network {
  const presync = { commitmentPeriod: period, bufferSize };
  return { ...regtest, noRetarget: false, minDifficultyBlocks, presync };
}

class FicklePeer {
  readonly #lived: Life;
  #chain: HeaderRun;
  #changes = 0;

  constructor(lived: Life) {
    this.#lived = lived;
    this.#chain = linked(CHAIN_LENGTH, { prev: FORK.hash, bits: (index) => this.#bitsAt(index) });
  }

  change(index: number): void {
    const bits = (above: number): number => this.#bitsAt(index + above);
    this.#chain = changedFrom(this.#chain, index, { salt: ++this.#changes, bits });
  }

  /** @returns undefined where nothing is answered. */
  answer(
    from: Uint8Array,
    happened: Deed,
  ): { run: HeaderRun; headers: ModelHeader[]; isFull: boolean } | undefined {
    if (happened.what === 'change') {
      this.change(happened.index);
      return undefined;
    }
    const isSkip = happened.what === 'skip';
    const first = Math.min(this.#indexAfter(from) + (isSkip ? happened.headers : 0), CHAIN_LENGTH);
    const run = this.#chain.part(first, Math.min(first + (isSkip ? 5 : happened.count), CHAIN_LENGTH));
    const isFull = run.count > 0 && (isSkip || happened.isFull);
    return { run, headers: this.#modelHeaders(run, first), isFull };
  }

  /** Whoever names a header that the peer does not have is answered from the fork. */
  #indexAfter(hash: Uint8Array): number {
    const name = toHex(hash);
    if (name === toHex(this.#chain.hashAt(CHAIN_LENGTH - 1))) return CHAIN_LENGTH;
    const heights = Array.from({ length: CHAIN_LENGTH }, (_, index) => index);
    return Math.max(
      heights.findIndex((index) => toHex(this.#chain.prevAt(index)) === name),
      0,
    );
  }

  #bitsAt(index: number): number {
    return index < RETARGET_INDEX ? EASY_BITS : this.#lived.bits;
  }

  #modelHeaders(run: HeaderRun, first: number): ModelHeader[] {
    const { bits, minDifficultyBlocks } = this.#lived;
    const isForbidden = bits === FORBIDDEN_BITS && !minDifficultyBlocks;
    return Array.from({ length: run.count }, (_, i) => ({
      name: toHex(run.hashAt(i)),
      prev: toHex(run.prevAt(i)),
      hash: run.hashAt(i),
      work: Number(workOfBits(run.bitsAt(i))),
      isPermitted: !isForbidden || first + i !== RETARGET_INDEX,
    }));
  }
}

/** A step in the words of the model; each header that is ready is hashed again. */
function described(step: PresyncStep): ModelStep {
  switch (step.kind) {
    case 'more':
    case 'done':
      return { kind: step.kind, ready: Array.from(step.ready, namesOf).flat() };
    case 'ended':
      return step;
    case 'refused':
      return { kind: 'refused', reason: step.reason };
  }
}

function namesOf(run: HeaderRun): string[] {
  const hashed = HeaderRun.fromBytes(run.bytes);
  return Array.from({ length: run.count }, (_, i) => {
    assert.deepEqual(run.hashAt(i), hashed.hashAt(i));
    return toHex(hashed.hashAt(i));
  });
}
