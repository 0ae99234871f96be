/** Headers that a real node mined, and a headlight that serves them after the node is gone. */
import { LightClient, type LightClientOptions } from '../../../src/index.ts';
import { chainOf, openChain } from '../chains.ts';
import { Follower } from '../follower.ts';
import { Bitcoind } from './bitcoind.ts';
import type { RegtestNode } from './regtest-node.ts';

const mined = new Map<number, Promise<Uint8Array>>();

/** The headers above genesis of a chain that a bitcoind mined, 80 bytes each; the same in every test of a process. */
export function minedHeaders(blocks: number): Promise<Uint8Array> {
  const headers = mined.get(blocks) ?? mineHeaders(blocks);
  mined.set(blocks, headers);
  return headers;
}

async function mineHeaders(blocks: number): Promise<Uint8Array> {
  const node = await Bitcoind.start();
  try {
    await node.mine(blocks);
    return await headersOf(node);
  } finally {
    await node.dispose();
  }
}

/** All headers of a node above genesis, 80 bytes each. */
export async function headersOf(node: RegtestNode): Promise<Uint8Array> {
  const chain = await openChain();
  const client = new LightClient({ chain, connect: [node.address] });
  await client.start();
  try {
    const { height } = await client.synced();
    return await chain.store.read(1, height);
  } finally {
    await client.stop();
  }
}

/** A headlight with some headers that calls nobody and can be called; `t.after` stops it. */
export async function startListening(
  t: { after(fn: () => Promise<void>): void },
  headers: Uint8Array,
  options: LightClientOptions = {},
): Promise<Follower> {
  const chain = await chainOf(headers);
  return Follower.start(t, { ...options, chain, dial: false, listen: '127.0.0.1:0' });
}
