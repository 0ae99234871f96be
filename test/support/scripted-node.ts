/** A node for the runner that decides nothing but what a test says. */

import { systemClock } from '../../src/io/clock.ts';
import { type RunnableNode, Runner, type RunnerOptions } from '../../src/io/runner.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { Outcome } from '../../src/outcome.ts';
import type { NodeEvent } from '../../src/protocol/events.ts';
import type { LightNodeInput, LightNodeOutput } from '../../src/protocol/node-contract.ts';
import type { Now } from '../../src/protocol/machine.ts';
import type { NodeFailure } from '../../src/protocol/node-failure.ts';
import type { ConnectionInfo, Endpoint, PeerId } from '../../src/protocol/peer.ts';
import type { TestContext } from 'node:test';

export type Script = (input: LightNodeInput, now: Now) => LightNodeOutput[];

export class ScriptedNode implements RunnableNode {
  /** All that happened, in order. */
  readonly inputs: LightNodeInput[] = [];
  deadlineMs: number | undefined;
  readonly #script: Script;
  readonly #endpoints = new Map<PeerId, Endpoint>();
  #lastPeerId = 100;

  constructor(script: Script = () => []) {
    this.#script = script;
  }

  get inputTypes(): string[] {
    return this.inputs.map(({ type }) => type);
  }

  newPeerId(): PeerId {
    return ++this.#lastPeerId;
  }

  handle(input: LightNodeInput, now: Now): LightNodeOutput[] {
    this.inputs.push(input);
    const outputs = this.#script(input, now);
    if (input.type === 'accepted') this.#endpoints.set(input.peer, input.endpoint);
    for (const output of outputs) if (output.do === 'dial') this.#endpoints.set(output.peer, output.endpoint);
    return outputs;
  }

  deadline(): number | undefined {
    return this.deadlineMs;
  }

  /** All that were ever dialled or accepted. */
  connections(): ConnectionInfo[] {
    return Array.from(this.#endpoints, ([peer, endpoint]) => ({
      peer,
      endpoint,
      kind: 'outbound',
      info: undefined,
      ageMs: 0,
      latencyMs: undefined,
      provenHeight: undefined,
      isSyncPeer: false,
    }));
  }
}

export interface ScriptedRun {
  readonly runner: Runner;
  readonly node: ScriptedNode;
  readonly events: NodeEvent[];
  readonly finished: Promise<NodeFailure | Error | undefined>;
}

/** A runner for such a node, with nothing in its store; stopped when the test is over. */
export function runScript(
  t: Pick<TestContext, 'after'>,
  script?: Script,
  options: Partial<RunnerOptions> = {},
): ScriptedRun {
  const node = new ScriptedNode(script);
  const events: NodeEvent[] = [];
  const finished = new Outcome<NodeFailure | Error | undefined>();
  const runner = new Runner({
    node,
    store: { commit: () => Promise.resolve(), read: () => Promise.resolve(new Uint8Array(0)) },
    magic: regtest.magic,
    clock: systemClock,
    onEvent: (event) => void events.push(event),
    onFinish: (failure) => finished.resolve(failure),
    ...options,
  });
  t.after(() => runner.stop());
  return { runner, node, events, finished: finished.promise() };
}
