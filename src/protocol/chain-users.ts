/** The machines that need a header chain to work on: unconfirmed transactions, scans, and blocks that the user asks for. */

import type { ChainPoint, TreeChange } from '../chain/tree-change.ts';
import type { InventoryItem } from '../wire/inventory.ts';
import type { Message } from '../wire/message.ts';
import { BlockRequests, type BlockRequestOutput } from './blocks/block-requests.ts';
import { earliest, type Machine, type Now, type Random } from './machine.ts';
import { isOfMempool, type MempoolInput, type MempoolOutput } from './mempool/mempool-contract.ts';
import type { Mempool } from './mempool/mempool.ts';
import { MempoolWatch } from './mempool/mempool-watch.ts';
import type { LightNodeOptions } from './node-contract.ts';
import type { PeerId } from './peer.ts';
import { FilterScan } from './scan/filter-scan.ts';
import { isOfScan, type ScanOutput, type ScanSurroundings } from './scan/scan-contract.ts';

export type ChainUserInput =
  | (MempoolInput & { type: 'peer-ready' | 'peer-lost' | 'submitted' | 'tick' })
  | { readonly type: 'message'; readonly peer: PeerId; readonly message: Message }
  /** The best chain is as long as the peers'. */
  | { readonly type: 'synced'; readonly tip: ChainPoint }
  | { readonly type: 'chain-changed'; readonly change: TreeChange }
  | { readonly type: 'block-wanted'; readonly block: ChainPoint };

export type ChainUserOutput = MempoolOutput | ScanOutput | BlockRequestOutput;

export class ChainUsers implements Machine<ChainUserInput, ChainUserOutput> {
  readonly #mempool: MempoolWatch | undefined;
  readonly #scan: FilterScan | undefined;
  readonly #blocks: BlockRequests;

  constructor(options: LightNodeOptions, surroundings: ScanSurroundings, random: Random) {
    const { mempool, scan, outboundCount, connect } = options;
    const { holdersOf } = surroundings;
    const expectsMany = outboundCount > 1 && connect.length !== 1;
    this.#mempool = mempool && new MempoolWatch(mempool, { holdersOf, expectsMany }, random);
    this.#scan = scan && new FilterScan(scan, surroundings);
    this.#blocks = new BlockRequests(holdersOf);
  }

  /** The unconfirmed transactions that are held; undefined where none are watched. */
  get mempool(): Mempool | undefined {
    return this.#mempool?.keeper.pool;
  }

  handle(input: ChainUserInput, now: Now): ChainUserOutput[] {
    switch (input.type) {
      case 'peer-ready':
      case 'submitted':
        return this.#mempool?.handle(input, now) ?? [];
      case 'peer-lost':
        // What it was asked for is asked of others.
        return this.#together(input, this.#blocks.peerLost(input.peer, now), now);
      case 'synced':
      case 'chain-changed':
        return this.#together(input, [], now);
      case 'tick':
        return this.#together(input, this.#blocks.tick(now), now);
      case 'message':
        return this.#receive(input.peer, input.message, now);
      case 'block-wanted':
        return this.#blocks.want(input.block, now);
    }
  }

  /** A peer asks for things: what there is of them, and what is missing. */
  answerGetData(
    peer: PeerId,
    items: readonly InventoryItem[],
  ): { readonly outputs: readonly ChainUserOutput[]; readonly missing: readonly InventoryItem[] } {
    return this.#mempool?.answerGetData(peer, items) ?? { outputs: [], missing: items };
  }

  /** What is to be written before the end. */
  stop(): ChainUserOutput[] {
    return this.#scan?.stop() ?? [];
  }

  deadline(): number | undefined {
    return earliest(this.#mempool?.deadline(), this.#scan?.deadline(), this.#blocks.deadline());
  }

  #together(
    input: ChainUserInput & { type: 'peer-lost' | 'synced' | 'chain-changed' | 'tick' },
    others: readonly ChainUserOutput[],
    now: Now,
  ): ChainUserOutput[] {
    return [
      ...(this.#mempool?.handle(input, now) ?? []),
      ...(this.#scan?.handle(input, now) ?? []),
      ...others,
    ];
  }

  /** A block may have been asked for by any of them. */
  #receive(peer: PeerId, message: Message, now: Now): ChainUserOutput[] {
    const outputs: ChainUserOutput[] = [];
    const { command } = message;
    if (command === 'inv' || isOfMempool(message))
      outputs.push(...(this.#mempool?.handle({ type: 'message', peer, message }, now) ?? []));
    if (isOfScan(message))
      outputs.push(...(this.#scan?.handle({ type: 'message', peer, message }, now) ?? []));
    if (command === 'block' || command === 'notfound')
      outputs.push(...this.#blocks.receive(peer, message, now));
    return outputs;
  }
}
