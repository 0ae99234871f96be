/** The fetching of blocks from several peers, with a clock and peers that a test holds in its hand. */
import assert from 'node:assert/strict';
import { type HashKey, hashKey } from '../../src/bytes/hash-key.ts';
import { BlockDownload, type BlockDownloadLimits } from '../../src/protocol/blocks/block-download.ts';
import type { BlockOutcome } from '../../src/protocol/blocks/fetched-block.ts';
import type { PeerId } from '../../src/protocol/peer.ts';
import type { Block } from '../../src/wire/block.ts';
import { INVENTORY } from '../../src/wire/inventory.ts';
import type { Message } from '../../src/wire/message.ts';
import { FalseClock } from './false-time.ts';
import { mineBlock, type MinedBlock, stray } from './transactions.ts';

/** Blocks of the best chain from height 1 on, each on the one before. */
export function minedChain(count: number): MinedBlock[] {
  const made: MinedBlock[] = [];
  for (let height = 1; height <= count; height++) {
    const parent = made.at(-1)?.bytes;
    made.push(mineBlock([stray(height)], { height, ...(parent === undefined ? {} : { parent }) }));
  }
  return made;
}

/** The hashes of the blocks that a message asks for. */
export function blocksAskedIn({ command, payload }: Message): HashKey[] {
  assert.equal(command, 'getdata');
  const { items } = payload as { items: { type: number; hash: Uint8Array }[] };
  assert.ok(items.every(({ type }) => type === INVENTORY.WITNESS_BLOCK));
  return items.map(({ hash }) => hashKey(hash));
}

/** A download from peers that have everything, and its clock. */
export class Downloading {
  readonly clock = new FalseClock();
  holders: PeerId[];
  readonly download: BlockDownload;

  constructor(holders: readonly PeerId[], limits: Partial<BlockDownloadLimits> = {}) {
    this.holders = [...holders];
    this.download = new BlockDownload({ holdersOf: () => this.holders }, limits);
  }

  want(...wanted: readonly MinedBlock[]): this {
    for (const block of wanted) this.download.want(block, this.clock.now);
    return this;
  }

  /** Lets time pass. @returns for each peer that is asked now, the numbers of the blocks: their heights. */
  after(ms: number, chain: readonly MinedBlock[]): Record<PeerId, number[]> {
    const now = this.clock.advance(ms);
    const asked = this.download.take(now).map(({ peer, message }): [PeerId, number[]] => {
      const heights = blocksAskedIn(message).map(
        (key) => chain.find(({ hash }) => hashKey(hash) === key)?.height ?? -1,
      );
      return [peer, heights];
    });
    assert.deepEqual(this.download.take(now), [], 'all is asked at once');
    const due = this.download.deadline();
    assert.ok(due === undefined || due > now.ms, 'it is not due again at the same moment');
    return Object.fromEntries(asked);
  }

  receive(peer: PeerId, block: Block): BlockOutcome {
    return this.download.receive(peer, block, this.clock.now);
  }

  /** A block comes as it should be. */
  bring(peer: PeerId, block: MinedBlock): BlockOutcome['kind'] {
    return this.receive(peer, block.message.payload).kind;
  }

  lacks(peer: PeerId, block: MinedBlock): void {
    this.download.notFound(peer, hashKey(block.hash), this.clock.now);
  }

  lose(peer: PeerId): void {
    this.holders = this.holders.filter((other) => other !== peer);
    this.download.peerLost(peer, this.clock.now);
  }
}
