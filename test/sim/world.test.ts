/** The simulator itself: it repeats itself to the letter, its lines are as lines are, and it can fail. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import type { LightNodeInput, LightNodeOutput } from '../../src/protocol/light-node.ts';
import { LightNode } from '../../src/protocol/light-node.ts';
import type { Disconnect, Endpoint } from '../../src/protocol/peer.ts';
import type { Now } from '../../src/protocol/machine.ts';
import { encodeHeaders } from '../../src/wire/header.ts';
import { VERACK } from '../support/messages.ts';
import { HILLY, PLAIN } from './chains.ts';
import { Chance } from './chance.ts';
import { type ClientNode, Violation } from './client.ts';
import { EventQueue } from './event-queue.ts';
import { HOSTILE_KINDS } from './hostile/catalogue.ts';
import type { LineEnd, LineOwner, Route, SimMessage } from './line.ts';
import { lowWorkFork } from './low-work-fork.ts';
import { play } from './play.ts';
import { World } from './world.ts';

function traceOf(seed: number): string {
  const { scenario } = play(seed, { mode: 'follow', isTraced: true });
  assert.ok((scenario.world.trace?.length ?? 0) > 100, 'something happened');
  return createHash('sha256')
    .update(scenario.world.trace?.join('\n') ?? '')
    .digest('hex');
}

test('the same seed makes the same things happen, and another seed others', () => {
  assert.equal(traceOf(7), traceOf(7));
  assert.notEqual(traceOf(7), traceOf(8));
});

/** Seeds whose clients have a chain to get, and somebody to get it from. */
const SEEDS = [1, 2, 3, 4, 5];

/** A node in which something is wrong. */
function spoiled(
  feed: (node: LightNode, input: LightNodeInput, now: Now) => LightNodeOutput[],
  deadline: (node: LightNode) => number | undefined = (node) => node.deadline(),
): (...all: ConstructorParameters<typeof LightNode>) => ClientNode {
  return (...all) => {
    const node = new LightNode(...all);
    return {
      handle: (input, now) => feed(node, input, now),
      deadline: () => deadline(node),
      newPeerId: () => node.newPeerId(),
      connections: (now) => node.connections(now),
    };
  };
}

function fails(
  newNode: (...all: Required<ConstructorParameters<typeof LightNode>>) => ClientNode,
  expected: RegExp,
): void {
  for (const seed of SEEDS) assert.throws(() => play(seed, { mode: 'sync', newNode }), expected);
}

function isHeaders(input: LightNodeInput): boolean {
  return input.type === 'received' && input.message.command === 'headers';
}

function doneAtOnce(_node: LightNode, { type }: LightNodeInput): LightNodeOutput[] {
  return type === 'stopping' ? [] : [{ do: 'finish' }];
}

test('a client that does not look at headers fails', () => {
  fails(
    spoiled((node, input, now) => (isHeaders(input) ? [] : node.handle(input, now))),
    /not done|gave up/,
  );
});

test('a client that is done too early fails', () => {
  fails(spoiled(doneAtOnce), /another chain than the best/);
});

test('a client that does not store what it says fails', () => {
  const forgetful = spoiled((node, input, now) =>
    node.handle(input, now).filter(({ do: what }) => what !== 'persist'),
  );
  fails(forgetful, /what is stored is not what the tree says|are not there/);
});

test('a client that talks to the absent fails', () => {
  fails(
    spoiled((node, input, now) => [...node.handle(input, now), { do: 'send', peer: 999, message: VERACK }]),
    /not there/,
  );
});

test('a client that stores a chain before it is known to be worth it fails', () => {
  const kinds = HOSTILE_KINDS.filter(({ name }) => name === 'just below');
  const wishes = { kinds, hostileCount: 6, hasMinimum: true, height: 300, anchors: 'none' } as const;
  let failures = 0;
  for (const seed of SEEDS) {
    try {
      play(seed, {
        ...wishes,
        mode: 'sync',
        newNode: (tree, options, ...rest) => new LightNode(tree, { ...options, minChainwork: 0n }, ...rest),
      });
    } catch (error) {
      if (String(error).includes('too little work are stored')) failures++;
    }
  }
  assert.ok(failures > 0);
});

test('a client that spins fails', () => {
  let ms = 0;
  const spinning = spoiled(
    (node, input, now) => {
      ms = now.ms;
      return node.handle(input, now);
    },
    () => ms,
  );
  fails(spinning, /the next was due/);
});

test('a client that calls everybody at once fails', () => {
  let count = 0;
  const greedy = spoiled((node, input, now) =>
    input.type === 'started'
      ? Array.from({ length: 50 }, (): LightNodeOutput => ({
          do: 'dial',
          peer: 1000 + count++,
          endpoint: { host: `11.${count}.0.1`, port: 1 },
        }))
      : node.handle(input, now),
  );
  fails(greedy, /50 connections at a time/);
});

test('without an honest peer worlds fail, but for those whose hostile peers have the chain and give it', () => {
  let failures = 0;
  for (let seed = 1; seed <= 16; seed++) {
    try {
      play(seed, { mode: 'sync', honestCount: 0 });
    } catch (error) {
      assert.match(String(error), /gave up|not done|another chain/);
      failures++;
    }
  }
  assert.ok(failures >= 4, `${failures} of 16`);
});

test('a failure says which seed it was, and how to play it alone', () => {
  const error = assertThrown(() => play(3, { mode: 'sync', newNode: spoiled(doneAtOnce) }));
  assert.ok(error instanceof Violation);
  assert.match(
    error.message,
    /^seed 3: .*\n.*honest: .*\n.*HEADLIGHT_SIM_SEED=3 node --test .*network\.test\.js/,
  );
});

function assertThrown(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

/** Writes down what it is told. */
class Listener implements LineOwner {
  readonly heard: string[] = [];
  readonly ends: LineEnd[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  opened(end: LineEnd): void {
    this.ends.push(end);
    this.#note('opened');
  }

  received(_end: LineEnd, { command }: SimMessage): void {
    this.#note(command);
  }

  lost(_end: LineEnd, { reason }: Disconnect): void {
    this.#note(reason);
  }

  #note(what: string): void {
    this.heard.push(`${this.#world.passedMs} ${what}`);
  }
}

const HERE: Endpoint = { host: '1.2.3.4', port: 1 };
const THERE: Endpoint = { host: '5.6.7.8', port: 1 };
const PING: SimMessage = { command: 'ping', payload: { nonce: 1n } };

function pair(route: Partial<Route> = {}) {
  const world = new World(new Chance(1), { unixSeconds: 1_600_000_000 });
  const [near, far] = [new Listener(world), new Listener(world)];
  world.place(THERE, far, { route: { latencyMs: 100, jitterMs: 0, bytesPerSecond: 1_000_000, ...route } });
  const end = world.dial(near, HERE, THERE);
  return { world, near, far, end };
}

test('a call takes a round trip, and all that is said arrives in order', () => {
  const { world, near, far, end } = pair({ jitterMs: 500 });
  world.run(200);
  for (const message of [PING, VERACK, PING]) end.send(message);
  end.close();
  world.run(10_000);
  assert.equal(near.heard[0], '200 opened');
  assert.deepEqual(
    far.heard.map((text) => text.split(' ')[1]),
    ['opened', 'ping', 'verack', 'ping', 'connection-lost'],
  );
});

test('a line of a byte a second takes half a minute for a ping', () => {
  const { world, near, far } = pair({ bytesPerSecond: 1 });
  world.run(200);
  far.ends[0]?.send(PING);
  world.run(60_000);
  assert.deepEqual(near.heard, ['200 opened', `${200 + 32_000 + 100} ping`]);
});

test('calls end as calls end: refused soon, unanswered after five seconds', () => {
  for (const [reach, expected] of [
    ['refused', '200 connect-failed'],
    ['black-hole', '5000 connect-timeout'],
  ] as const) {
    const { world, near } = pair();
    near.heard.length = 0;
    world.setReach(THERE, reach);
    world.dial(near, HERE, THERE);
    world.run(10_000);
    assert.ok(near.heard.includes(expected));
  }
});

test('a line that breaks tells both, and one that hangs tells nobody', () => {
  const broken = pair();
  broken.world.run(200);
  broken.end.break();
  assert.deepEqual(
    [broken.near.heard[1], broken.far.heard[1]],
    ['200 connection-lost', '200 connection-lost'],
  );
  const hung = pair();
  hung.world.run(200);
  hung.end.hang();
  hung.end.send(PING);
  hung.end.close();
  hung.world.run(1_000_000);
  assert.deepEqual([hung.near.heard, hung.far.heard], [['200 opened'], ['100 opened']]);
});

test('a partition stops calls, and holds up what is said until it heals', () => {
  const { world, near, far, end } = pair();
  world.run(200);
  world.partition([HERE.host], 30_000);
  end.send(PING);
  end.send(VERACK);
  world.dial(near, HERE, THERE);
  world.run(60_000);
  assert.deepEqual(far.heard, ['100 opened', '30200 ping', '30200 verack']);
  assert.ok(near.heard.includes('5200 connect-timeout'));
});

test('what is due first happens first, and of two things the one that was planned first', () => {
  const queue = new EventQueue();
  const chance = new Chance(5);
  const happened: [number, number][] = [];
  for (let i = 0; i < 500; i++) {
    const atMs = chance.int(0, 50);
    queue.add(atMs, () => happened.push([atMs, i]));
  }
  for (let act = queue.take(); act !== undefined; act = queue.take()) act();
  assert.equal(happened.length, 500);
  assert.deepEqual(
    happened,
    happened.toSorted(([a, i], [b, j]) => a - b || i - j),
  );
});

test('forks have less work than the chain they leave, and where targets differ sometimes more blocks', () => {
  const chance = new Chance(9);
  let longer = 0;
  for (const terrain of [PLAIN, HILLY]) {
    const trunk = terrain.trunk(40);
    for (let i = 0; i < 50; i++) {
      const fork = lowWorkFork(trunk, terrain, chance);
      assert.ok(fork.tip.work < trunk.tip.work);
      if (fork.height > trunk.height) longer++;
      const run = HeaderRun.fromBytes(encodeHeaders(fork.blocks.slice(1).map(({ header }) => header)));
      const verdict = new HeaderTree(terrain.network).check(run, fork.tip.header.time);
      assert.deepEqual(
        [verdict?.fault, verdict?.chainwork],
        [undefined, fork.tip.work],
        'it keeps all rules',
      );
    }
  }
  assert.ok(longer > 10);
});
