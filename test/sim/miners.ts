/** The honest part of the network: finds blocks, changes its mind now and then, and passes on what is best. */
import type { Chance } from './chance.ts';
import type { Block, Chain, Terrain } from './chains.ts';
import type { HonestPeer } from './honest-peer.ts';
import type { World } from './world.ts';

/** Well after the median of their ancestors, and never far ahead of the clock. */
const GAP_SECONDS = 60;
const MAX_REORG = 3;
/** Time in which a block reaches all honest nodes. */
export const SPREAD_MS = 5_000;

export class Miners {
  best: Chain;
  readonly peers: HonestPeer[] = [];
  readonly #world: World;
  readonly #terrain: Terrain;
  readonly #chance: Chance;

  constructor(world: World, terrain: Terrain, best: Chain) {
    this.#world = world;
    this.#terrain = terrain;
    this.best = best;
    this.#chance = world.chance.fork();
  }

  /** A block on top of the best chain, or, seldom, a longer branch instead of its last ones. */
  find(): void {
    const depth = this.#chance.maybe(0.15) ? Math.min(this.#chance.int(1, MAX_REORG), this.best.height) : 0;
    const salt = this.#chance.int(1, 2 ** 31);
    const blocks: Block[] = [];
    let parent = this.best.at(this.best.height - depth);
    for (let i = 0; i <= depth; i++) {
      parent = this.#terrain.mine(parent, { salt, gapSeconds: GAP_SECONDS });
      blocks.push(parent);
    }
    this.best = this.best.with(...blocks);
    this.#world.note(() => `a block at height ${this.best.height}, ${depth} removed`);
    const found = this.best;
    for (const peer of this.peers)
      this.#world.after(this.#chance.int(50, SPREAD_MS), () => peer.adopt(found));
  }
}
