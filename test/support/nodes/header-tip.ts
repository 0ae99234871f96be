/** The headers that a real node has, with or without the blocks. */
import type { RegtestNode, Tip } from './regtest-node.ts';

interface ChainTip extends Tip {
  readonly status: string;
}

/** The highest header that a node knows; of several at the same height, the first that it names. */
export async function headerTip(node: RegtestNode): Promise<ChainTip> {
  const tips = await node.rpc<ChainTip[]>('getchaintips');
  const [highest] = tips.toSorted((a, b) => b.height - a.height);
  if (highest === undefined) throw new Error('the node has not even genesis');
  const { height, hash, status } = highest;
  return { height, hash, status };
}
