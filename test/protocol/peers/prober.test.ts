import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regtest } from '../../../src/networks/regtest.ts';
import type { LightNodeInput, LightNodeOutput } from '../../../src/protocol/light-node.ts';
import type { NodeEvent } from '../../../src/protocol/events.ts';
import type { Endpoint, PeerId } from '../../../src/protocol/peer.ts';
import { Prober, type ProberOptions } from '../../../src/protocol/peers/prober.ts';
import type { Message } from '../../../src/wire/message.ts';
import { FalseClock, seededRandom } from '../../support/false-time.ts';
import { FULL_NODE, pongOf, VERACK, versionOf } from '../../support/messages.ts';

/** What somebody at an address does with a message; undefined for an address where nobody is. */
type Behaviour = ((message: Message) => readonly Message[]) | undefined;

/** How long it takes to notice that nobody is there. */
const DEAD_MS = 5_000;
const LATENCY_MS = 40;

/** A prober on a false clock, and those whom it calls. */
class Bench {
  readonly clock: FalseClock = new FalseClock();
  readonly results: (NodeEvent & { event: 'peer-probed' })[] = [];
  readonly sent: Message[] = [];
  mostAtOnce = 0;
  hasFinished = false;
  readonly #prober: Prober;
  readonly #who: (endpoint: Endpoint) => Behaviour;
  readonly #lines = new Map<PeerId, Behaviour>();
  #arrivals: { readonly atMs: number; readonly input: LightNodeInput }[] = [];

  constructor(options: Partial<ProberOptions>, who: (endpoint: Endpoint) => Behaviour) {
    const defaults = {
      network: regtest,
      userAgent: '/test/',
      addresses: [],
      parallelCount: 8,
      handshakeTimeoutMs: 9_000,
    };
    this.#prober = new Prober({ ...defaults, usesGossip: false, ...options }, seededRandom());
    this.#who = who;
  }

  run(): this {
    this.#feed({ type: 'started' });
    for (let steps = 0; !this.hasFinished; steps++) {
      assert.ok(steps < 100_000, 'it never ends');
      this.#arrivals.sort((a, b) => a.atMs - b.atMs);
      const [arrival] = this.#arrivals;
      const dueMs = this.#prober.deadline() ?? Number.POSITIVE_INFINITY;
      if (arrival !== undefined && arrival.atMs <= dueMs) {
        this.#arrivals.shift();
        this.clock.advanceTo(arrival.atMs);
        this.#deliver(arrival.input);
      } else {
        assert.notEqual(dueMs, Number.POSITIVE_INFINITY, 'it waits for nothing');
        this.clock.advanceTo(dueMs);
        this.#feed({ type: 'tick' });
      }
    }
    return this;
  }

  /** Nothing comes over a line that is gone. */
  #deliver(input: LightNodeInput): void {
    if (!('peer' in input) || !this.#lines.has(input.peer)) return;
    if (input.type === 'lost') this.#lines.delete(input.peer);
    this.#feed(input);
  }

  #feed(input: LightNodeInput): void {
    for (const output of this.#prober.handle(input, this.clock.now)) this.#perform(output);
  }

  #perform(output: LightNodeOutput): void {
    switch (output.do) {
      case 'dial':
        this.#dial(output.peer, output.endpoint);
        return;
      case 'send': {
        this.sent.push(output.message);
        const { peer } = output;
        for (const message of this.#lines.get(peer)?.(output.message) ?? [])
          this.#arrive(2 * LATENCY_MS, { type: 'received', peer, message });
        return;
      }
      case 'hang-up':
        this.#lines.delete(output.peer);
        return;
      case 'report':
        assert.ok(output.event.event === 'peer-probed');
        this.results.push(output.event);
        return;
      case 'finish':
        this.hasFinished = true;
        return;
      case 'look-up':
      case 'persist':
      case 'save-peers':
      case 'save-scan':
      case 'send-headers':
        assert.fail(`a prober has no business to ${output.do}`);
    }
  }

  #dial(peer: PeerId, endpoint: Endpoint): void {
    const behaviour = this.#who(endpoint);
    this.#lines.set(peer, behaviour);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#lines.size);
    if (behaviour !== undefined) {
      this.#arrive(2 * LATENCY_MS, { type: 'connected', peer });
      return;
    }
    const disconnect = { reason: 'connect-timeout', detail: 'no connection in 5 s' } as const;
    this.#arrive(DEAD_MS, { type: 'lost', peer, disconnect });
  }

  #arrive(afterMs: number, input: LightNodeInput): void {
    this.#arrivals.push({ atMs: this.clock.ms + afterMs, input });
  }
}

function addresses(count: number): Endpoint[] {
  return Array.from({ length: count }, (_, i) => ({ host: `10.${i >> 8}.${i & 255}.1`, port: 18444 }));
}

function alive(message: Message): readonly Message[] {
  if (message.command === 'version') return [versionOf({ startHeight: 7, userAgent: '/alive/' }), VERACK];
  if (message.command === 'ping') return [pongOf(message.payload.nonce ?? 0n)];
  if (message.command !== 'getaddr') return [];
  const told = ['20.1.7.7', '20.2.7.7'].map((host) => ({
    time: 1_399_999_000,
    services: FULL_NODE,
    network: 1,
    address: Uint8Array.from(host.split('.'), Number),
    port: 8333,
  }));
  return [{ command: 'addrv2', payload: { addresses: told } }];
}

function mute(): readonly Message[] {
  return [];
}

function half({ command }: Message): readonly Message[] {
  return command === 'version' ? [versionOf()] : [];
}

test('a thousand dead addresses take bounded time and never more connections than allowed', () => {
  const bench = new Bench({ addresses: addresses(1_000), parallelCount: 64 }, () => undefined).run();
  assert.equal(bench.results.length, 1_000);
  assert.equal(new Set(bench.results.map(({ endpoint }) => endpoint.host)).size, 1_000);
  assert.ok(bench.results.every(({ info, disconnect }) => info === undefined && disconnect !== undefined));
  assert.ok(bench.mostAtOnce <= 64);
  const seconds = (bench.clock.ms - 5_000) / 1000;
  assert.equal(seconds, (Math.ceil(1_000 / 64) * DEAD_MS) / 1000);
});

test('who is there is told with what it says of itself and how long a ping takes, and then left', () => {
  const bench = new Bench({ addresses: addresses(3) }, ({ host }) =>
    host === '10.0.1.1' ? alive : undefined,
  ).run();
  const [result] = bench.results;
  assert.equal(result?.endpoint.host, '10.0.1.1');
  assert.deepEqual([result?.info?.userAgent, result?.info?.startHeight], ['/alive/', 7]);
  assert.equal(result?.latencyMs, 2 * LATENCY_MS);
  assert.equal(result?.disconnect, undefined);
  assert.deepEqual(
    bench.results.slice(1).map(({ disconnect }) => disconnect?.reason),
    ['connect-timeout', 'connect-timeout'],
  );
});

test('those who are there are asked for addresses when that is wanted, and not otherwise', () => {
  for (const usesGossip of [true, false]) {
    const bench = new Bench({ addresses: addresses(1), usesGossip }, () => alive).run();
    const hosts = bench.results[0]?.found.map(({ endpoint }) => endpoint.host).toSorted();
    assert.deepEqual(hosts, usesGossip ? ['20.1.7.7', '20.2.7.7'] : []);
    assert.equal(
      bench.sent.some(({ command }) => command === 'getaddr'),
      usesGossip,
    );
  }
});

test('one that says nothing, or no more than its version, is left when its time is over', () => {
  for (const behaviour of [mute, half]) {
    const bench = new Bench({ addresses: addresses(1) }, () => behaviour).run();
    assert.equal(bench.results[0]?.disconnect?.reason, 'handshake-timeout');
    assert.equal(bench.clock.ms, 5_000 + 2 * LATENCY_MS + 9_000);
  }
});

test('one that answers neither ping nor getaddr is alive all the same', () => {
  const bench = new Bench(
    { addresses: addresses(1), usesGossip: true },
    () => (message) => (message.command === 'version' ? alive(message) : []),
  ).run();
  const [result] = bench.results;
  assert.equal(result?.info?.userAgent, '/alive/');
  assert.deepEqual([result?.latencyMs, result?.disconnect], [undefined, undefined]);
});

test('with nobody to call it is done at once', () => {
  assert.deepEqual(new Bench({}, () => undefined).run().results, []);
});
