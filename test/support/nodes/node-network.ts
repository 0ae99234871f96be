/** Several real nodes that are connected to each other, each at loopback addresses of its own. */
import type { TestContext } from 'node:test';
import { Bitcoind } from './bitcoind.ts';
import { Btcd } from './btcd.ts';
import type { RegtestNode, RegtestNodeOptions } from './regtest-node.ts';

interface NodeProgram {
  start(options: RegtestNodeOptions): Promise<RegtestNode>;
}

/** Both kinds of node. */
const MIXED: readonly NodeProgram[] = [Bitcoind, Bitcoind, Btcd, Bitcoind];

export interface NodeNetworkOptions {
  readonly programs?: readonly NodeProgram[];
  /** Blocks that all of them have to begin with; at least one, without which btcd would not talk. */
  readonly blocks: number;
  /** Loopback addresses that the node of a number, from 0 on, listens on. Default: one each, from 127.0.0.2 on. */
  readonly hostsOf?: (index: number) => readonly string[];
  /** Further arguments of the node of a number. */
  readonly extraArgsOf?: (index: number) => readonly string[];
}

/** Nodes with the same chain, gone when the test is over. Each calls those before it, and calls again when it loses one. */
export async function startNetwork(
  t: Pick<TestContext, 'after'>,
  {
    programs = MIXED,
    blocks,
    hostsOf = (index) => [`127.0.0.${2 + index}`],
    extraArgsOf = () => [],
  }: NodeNetworkOptions,
): Promise<RegtestNode[]> {
  const nodes: RegtestNode[] = [];
  for (const program of programs) {
    const node = await program.start({
      hosts: hostsOf(nodes.length),
      peers: nodes.map(({ address }) => address),
      extraArgs: extraArgsOf(nodes.length),
    });
    t.after(() => node.dispose());
    nodes.push(node);
    if (nodes.length === 1) await node.mine(blocks);
  }
  const tip = await nodes[0]?.tip();
  if (tip !== undefined) await Promise.all(nodes.map((node) => node.waitForTip(tip.hash)));
  return nodes;
}

/** Mines a block at one of some connected nodes, and waits until all of them have it; returns its hash, display order. */
export async function mineFor(nodes: readonly RegtestNode[], miner: RegtestNode): Promise<string> {
  const [hash] = await miner.mine(1);
  if (hash === undefined) throw new Error('no block was mined');
  await Promise.all(nodes.map((node) => node.waitForTip(hash)));
  return hash;
}
