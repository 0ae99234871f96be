/** Branches with less work than the chain that they leave, and sometimes with more blocks. */
import { EASY_WORK, HARD_WORK } from '../support/mine-network.ts';
import type { Chance } from './chance.ts';
import { type Block, Chain, HILLY, type Terrain } from './chains.ts';

/** Blocks on a branch: mining them is what costs time. */
const MAX_BRANCH = 60;

export function lowWorkFork(trunk: Chain, terrain: Terrain, chance: Chance): Chain {
  if (trunk.height === 0) return trunk;
  const lowest = Math.max(0, trunk.height - MAX_BRANCH);
  const fork = chance.int(lowest, trunk.height - 1);
  const isEasy = terrain === HILLY;
  const above = trunk.height - fork;
  // So many that their work is less than that of the blocks they replace.
  const most = isEasy ? Math.ceil((above * Number(HARD_WORK)) / Number(EASY_WORK)) - 1 : above - 1;
  const count = Math.min(MAX_BRANCH, chance.int(Math.ceil(most / 2), most));
  const salt = chance.int(1, 1_000_000);
  const blocks: Block[] = [];
  let parent = trunk.at(fork);
  for (let i = 0; i < count; i++) {
    parent = terrain.mine(parent, isEasy ? { salt, gapSeconds: 1201 } : { salt });
    blocks.push(parent);
  }
  return new Chain([...trunk.blocks.slice(0, fork + 1), ...blocks]);
}
