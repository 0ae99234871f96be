/** What holds for a node whatever happens to it. A failure prints the seed that repeats it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { TreeChange } from '../../src/chain/tree-change.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { LightNode, type LightNodeInput, type LightNodeOutput } from '../../src/protocol/light-node.ts';
import type { PeerId } from '../../src/protocol/peer.ts';
import type { LocatorRequestPayload } from '../../src/wire/messages/locator-request.ts';
import { FalseClock, seededRandom } from '../support/false-time.ts';
import { headersOf, VERACK, versionOf } from '../support/messages.ts';
import { CHAIN, type Happening, happenings } from '../support/node-inputs.ts';
import { nodeOptions } from '../support/node-options.ts';

const RUNS = 80;

/** What the one who runs a node knows of it, and may count on. */
class Life {
  readonly clock: FalseClock = new FalseClock();
  readonly tree: HeaderTree = new HeaderTree(regtest);
  readonly node: LightNode;
  readonly #dialling = new Set<PeerId>();
  readonly #connected = new Set<PeerId>();
  readonly #asked = new Map<PeerId, LocatorRequestPayload>();
  readonly #lookUps: string[] = [];
  readonly #follow: boolean;
  #hasFinished = false;
  #stored = this.tree.tip;

  constructor(follow: boolean, minChainwork: bigint) {
    this.#follow = follow;
    const network = { ...regtest, dnsSeeds: ['one', 'two'] };
    const options = nodeOptions({
      network,
      addPeers: [{ host: 'alice', port: 1 }],
      follow,
      minChainwork,
    });
    this.node = new LightNode(this.tree, options, seededRandom());
    this.#feed({ type: 'started' });
  }

  live(happening: Happening): void {
    switch (happening.kind) {
      case 'time-passes':
        this.clock.advance(happening.ms);
        this.#tick();
        return;
      case 'deadline':
        this.clock.advanceTo(this.node.deadline() ?? 0);
        this.#tick();
        return;
      case 'connected':
        this.#with(this.#dialling, happening.who, (peer) => {
          this.#dialling.delete(peer);
          this.#connected.add(peer);
          this.#feed({ type: 'connected', peer });
        });
        return;
      case 'shakes-hands':
        this.#with(this.#connected, happening.who, (peer) => {
          for (const message of [versionOf({ startHeight: happening.startHeight }), VERACK]) {
            if (this.#connected.has(peer)) this.#feed({ type: 'received', peer, message });
          }
        });
        return;
      case 'lost':
        this.#with(new Set([...this.#dialling, ...this.#connected]), happening.who, (peer) => {
          this.#forget(peer);
          this.#feed({ type: 'lost', peer, disconnect: { reason: happening.reason, detail: '' } });
        });
        return;
      case 'accepted': {
        const peer = this.node.newPeerId();
        this.#connected.add(peer);
        this.#feed({ type: 'accepted', peer, endpoint: { host: 'caller', port: 5 } });
        return;
      }
      case 'looked-up': {
        const name = this.#lookUps.shift();
        if (name !== undefined) this.#feed({ type: 'looked-up', name, addresses: happening.addresses });
        return;
      }
      case 'answers':
        this.#with(new Set(this.#asked.keys()), happening.who, (peer) => {
          const request = this.#asked.get(peer);
          this.#asked.delete(peer);
          if (request === undefined) return;
          this.#feed({ type: 'received', peer, message: headersOf(CHAIN.answer(request)) });
        });
        return;
      case 'serves':
        this.live({ kind: 'connected', who: 0 });
        this.live({ kind: 'shakes-hands', who: 0, startHeight: CHAIN.height });
        for (let i = 0; i < 3; i++) this.live({ kind: 'answers', who: 0 });
        return;
      case 'says':
        this.#with(this.#connected, happening.who, (peer) =>
          this.#feed({ type: 'received', peer, message: happening.message }),
        );
        return;
    }
  }

  /** The tree and what was to be stored are the same in the end. */
  check(): void {
    assert.deepEqual(this.tree.tip, this.#stored);
  }

  #tick(): void {
    let next: number | undefined;
    // What waits to be checked is checked a little at a time.
    for (let ticks = 0; ticks < 10; ticks++) {
      this.#feed({ type: 'tick' });
      next = this.node.deadline();
      if (next === undefined || next > this.clock.ms) return;
    }
    assert.fail(`due again ${this.clock.ms - (next ?? 0)} ms ago`);
  }

  #feed(input: LightNodeInput): void {
    const workBefore = this.tree.tip.chainwork;
    for (const output of this.node.handle(input, this.clock.now)) this.#perform(output);
    assert.ok(this.tree.tip.chainwork >= workBefore, 'the best chain never gets worse');
  }

  #perform(output: LightNodeOutput): void {
    assert.ok(!this.#hasFinished, `${output.do} after the end`);
    switch (output.do) {
      case 'dial':
        assert.ok(!this.#connected.has(output.peer) && !this.#dialling.has(output.peer));
        this.#dialling.add(output.peer);
        assert.ok(this.#dialling.size <= 2, 'one call at a time, and a feeler beside it');
        return;
      case 'send':
        assert.ok(this.#connected.has(output.peer), `${output.message.command} to nobody`);
        if (output.message.command === 'getheaders') this.#noteRequest(output.peer, output.message.payload);
        return;
      case 'send-headers':
        assert.ok(this.#connected.has(output.peer));
        assert.ok(output.count >= 0 && output.count <= 2000);
        assert.ok(output.fromHeight + output.count <= this.tree.tip.height + 1);
        return;
      case 'hang-up':
        assert.ok(this.#connected.has(output.peer));
        this.#forget(output.peer);
        return;
      case 'persist':
        this.#store(output.change);
        return;
      case 'look-up':
        this.#lookUps.push(output.name);
        return;
      case 'finish':
        assert.ok(!this.#follow, 'a node that stays never finishes');
        this.#hasFinished = true;
        return;
      case 'save-peers':
      case 'save-scan':
      case 'report':
        return;
    }
  }

  #noteRequest(peer: PeerId, request: LocatorRequestPayload): void {
    assert.ok(request.locator.length >= 1 && request.locator.length <= 101);
    assert.deepEqual(request.locator.at(-1), CHAIN.hashAt(0), 'genesis is shared with everybody');
    this.#asked.set(peer, request);
  }

  #store({ fork, added, removed, appended, promoted, tip }: TreeChange): void {
    assert.equal(fork.height + removed.length, this.#stored.height, 'what is removed is what was there');
    assert.equal(fork.height + added.length, tip.height);
    assert.equal(appended.length / 80 + promoted.length, added.length);
    this.#stored = tip;
  }

  #forget(peer: PeerId): void {
    this.#dialling.delete(peer);
    this.#connected.delete(peer);
    this.#asked.delete(peer);
  }

  #with(peers: ReadonlySet<PeerId>, who: number, act: (peer: PeerId) => void): void {
    const all = Array.from(peers);
    const peer = all[who % all.length];
    if (peer !== undefined) act(peer);
  }
}

test('no order of events makes a node throw, spin, talk to the absent or store what does not fit', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.constantFrom(0n, 5000n), happenings, (follow, minChainwork, all) => {
      const life = new Life(follow, minChainwork);
      for (const happening of all) life.live(happening);
      life.check();
    }),
    { numRuns: RUNS },
  );
});
