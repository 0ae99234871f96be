/** Branches about as long as the best chain, with a little or a lot less work: what honest nodes leave behind. */
import type { Chance } from './chance.ts';
import type { Chain, Terrain } from './chains.ts';

/** Where branches leave the trunk: few places, so that long ones are mined once for all simulations. */
const FORKS = [0, 5, 20, 100, 1000, 2500];

export function rivalOf(best: Chain, terrain: Terrain, chance: Chance): Chain {
  if (best.height < 2) return best.upTo(0);
  const fork = chance.pick(FORKS.filter((height) => height < best.height - 1));
  const height = chance.maybe(0.5) ? best.height - 1 : chance.int(fork + 1, best.height - 1);
  return terrain.branch(fork, height);
}
