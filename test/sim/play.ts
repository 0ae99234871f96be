/** Plays a scenario to its end, and says whether the promise was kept: the best chain, in time, and nobody wronged. */
import { endpointText } from '../../src/protocol/peer.ts';
import type { DisconnectReason } from '../../src/protocol/peer.ts';
import { Violation } from './client.ts';
import { SPREAD_MS } from './miners.ts';
import { Scenario, type Wishes } from './scenario.ts';
import { Troubles } from './troubles.ts';

export interface Played {
  readonly scenario: Scenario;
  /** Simulated time until the client was at the tip for good. */
  readonly tookMs: number;
}

const MINUTE_MS = 60_000;

/**
 * A hostile peer can hold a place for a handshake (20 s) or an answer (30 s at most), and is called three times; with
 * one place they do so one after another. The rest is for addresses that lead nowhere, and for chance.
 */
const SYNC_BOUND_MS = 5 * MINUTE_MS;
const SYNC_BOUND_MS_PER_HOSTILE = 3 * 50_000;

/**
 * Following: the longest pause before a peer that was lost is called again is five minutes, a peer that says nothing of
 * a block is asked after ten, and after thirty without a block the peers themselves are doubted. Where peers of no use
 * that give no cause to part with them can take all places, it is every ten minutes that one more is called.
 */
const FOLLOW_BOUND_MS = 45 * MINUTE_MS;
const FOLLOW_BOUND_MS_PER_USELESS = 10 * MINUTE_MS;
/** Time in which a client that is connected to an honest peer hears of a block: usually at once, else when it asks. */
const NEWS_BOUND_MS = 12 * MINUTE_MS;

/** What an honest peer that is up may be parted from for, whatever hostile ones do. */
const FAIR: ReadonlySet<DisconnectReason> = new Set<DisconnectReason>(['surplus']);
/** And when its line is in trouble. */
const UNLUCKY: ReadonlySet<DisconnectReason> = new Set<DisconnectReason>([
  'surplus',
  'connection-lost',
  'connect-timeout',
  'connect-failed',
  'handshake-timeout',
  'headers-timeout',
  'silent',
  'behind',
]);
/** And when it has less of the chain, or will not give it. */
const BUSY: ReadonlySet<DisconnectReason> = new Set<DisconnectReason>([
  ...UNLUCKY,
  'headers-refused',
  'low-work',
  'too-slow',
]);

/** @throws Violation or whatever else goes wrong, with the seed and how to play it alone. */
export function play(seed: number, wishes: Wishes = {}): Played {
  const scenario = new Scenario(seed, wishes);
  try {
    const tookMs = scenario.mode === 'sync' ? playSync(scenario) : playFollow(scenario);
    checkEnd(scenario);
    return { scenario, tookMs };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const seconds = (scenario.world.passedMs / 1000).toFixed(1);
    const { height } = scenario.client.tree.tip;
    error.message = [
      `seed ${seed}: ${error.message}`,
      `at ${seconds} s, height ${height}: ${scenario.description}`,
      `alone, with all that happens: HEADLIGHT_SIM_SEED=${seed} node --test --enable-source-maps build/test/sim/network.test.js`,
    ].join('\n');
    if (scenario.world.trace !== undefined) error.message += `\n${scenario.world.trace.join('\n')}`;
    throw error;
  }
}

function playSync(scenario: Scenario): number {
  const { client, world, hostile } = scenario;
  const troubles = new Troubles(scenario);
  // Where any chain is believed, the honest one must be heard.
  troubles.troubleFirstLines(scenario.hasMinimum ? 2 : 0);
  client.start();
  const boundMs = SYNC_BOUND_MS + SYNC_BOUND_MS_PER_HOSTILE * hostile.length;
  world.run(boundMs, () => client.end !== undefined);
  if (client.end === undefined) throw new Violation(`not done in ${boundMs / MINUTE_MS} min`);
  const { failure } = client.end;
  if (failure !== undefined) throw new Violation(`gave up: ${failure.code}: ${failure.message}`);
  if (!scenario.isAtTheTip) throw new Violation('it ended on another chain than the best');
  return world.passedMs;
}

function playFollow(scenario: Scenario): number {
  const { client, world, miners, chance, hostile, busy } = scenario;
  const troubles = new Troubles(scenario);
  troubles.troubleFirstLines(2);
  client.start();
  const troubledMs = chance.int(2, 20) * MINUTE_MS;
  troubles.begin(troubledMs);
  world.run(troubledMs);
  const startMs = world.ms;
  const useless = hostile.length + busy.length;
  const canBeFull = useless >= client.options.outboundCount;
  const boundMs = FOLLOW_BOUND_MS + (canBeFull ? FOLLOW_BOUND_MS_PER_USELESS * useless : 0);
  world.run(boundMs, () => scenario.isAtTheTip);
  if (!scenario.isAtTheTip)
    throw new Violation(`not at the tip ${boundMs / MINUTE_MS} min after the last trouble`);
  const tookMs = world.ms - startMs;
  // All is quiet, but for hostile peers: now it keeps up.
  for (let i = 0; i < 3; i++) {
    world.run(chance.int(1, 60) * 1000);
    miners.find();
    const foundMs = world.ms;
    const isConnected = scenario.honest.some(({ peer }) => client.lineTo(peer.endpoint.host)?.isAlive);
    world.run(isConnected ? NEWS_BOUND_MS : boundMs, () => scenario.isAtTheTip);
    if (!scenario.isAtTheTip)
      throw new Violation(`a block was not heard of in ${(world.ms - foundMs) / MINUTE_MS} min`);
  }
  world.run(SPREAD_MS);
  client.stop();
  return tookMs;
}

/** Among honest nodes that have all, whether the table of anchors was found to be wrong says whether it is. */
function checkDoubts({ client, hostile, busy, anchors, mode, storedHeight }: Scenario): void {
  if (mode !== 'sync' || hostile.length > 0 || busy.length > 0 || storedHeight > 0) return;
  const { wrongFrom, kind } = anchors;
  const isWrong = wrongFrom !== undefined;
  if (client.hasDoubtedAnchors !== isWrong)
    throw new Violation(`anchors (${kind}) were ${isWrong ? 'not ' : ''}called unusable`);
}

function checkEnd(scenario: Scenario): void {
  const { client } = scenario;
  checkDoubts(scenario);
  const stored = client.replica.best.at(-1);
  if (stored?.hash !== scenario.best.tip.key) throw new Violation('what is stored is not what the tree says');
  const honest = new Set(scenario.honest.map(({ peer }) => endpointText(peer.endpoint)));
  const busy = new Set(scenario.busy.map(({ peer }) => endpointText(peer.endpoint)));
  for (const { endpoint, disconnect } of client.partings) {
    const text = endpointText(endpoint);
    const allowed = honest.has(text)
      ? scenario.world.isTroubled(endpoint.host)
        ? UNLUCKY
        : FAIR
      : busy.has(text)
        ? BUSY
        : undefined;
    if (allowed?.has(disconnect.reason) === false)
      throw new Violation(`an honest peer was lost: ${disconnect.reason}: ${disconnect.detail}`);
  }
  for (const { peer } of [...scenario.honest, ...scenario.busy])
    if (client.memory.discouraged.has(peer.endpoint.host, scenario.world.now))
      throw new Violation(`an honest peer is discouraged: ${peer.endpoint.host}`);
}
