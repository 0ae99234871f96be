/** Blocks that the user asks for. */

import { equalBytes } from '../../bytes/hash.ts';
import { hashKey } from '../../bytes/hash-key.ts';
import type { ChainPoint } from '../../chain/tree-change.ts';
import { INVENTORY } from '../../wire/inventory.ts';
import type { Message, MessageOf } from '../../wire/message.ts';
import { earliest, type Now } from '../machine.ts';
import type { Disconnect, PeerId } from '../peer.ts';
import { BlockDownload, type FetchedBlock } from './block-download.ts';

/** Time after which a block that nobody delivers is given up. */
const TIMEOUT_MS = 60_000;

export type BlockNews =
  | { readonly event: 'block-fetched'; readonly block: FetchedBlock }
  | {
      readonly event: 'block-failed';
      readonly block: ChainPoint;
      readonly code: 'blocks-unavailable' | 'invalid-block';
      readonly message: string;
    };

export type BlockRequestOutput =
  | { readonly do: 'send'; readonly peer: PeerId; readonly message: Message }
  | { readonly do: 'hang-up'; readonly peer: PeerId; readonly disconnect: Disconnect }
  | { readonly do: 'report'; readonly event: BlockNews };

export class BlockRequests {
  readonly #download: BlockDownload;
  #wanted: { readonly block: ChainPoint; readonly dueMs: number }[] = [];

  /** @param holdersOf the peers that have the block of the best chain at a height, the best to ask first. */
  constructor(holdersOf: (height: number) => readonly PeerId[]) {
    this.#download = new BlockDownload({ holdersOf });
  }

  want(block: ChainPoint, now: Now): BlockRequestOutput[] {
    this.#wanted.push({ block, dueMs: now.ms + TIMEOUT_MS });
    this.#download.want(block, now);
    return this.tick(now);
  }

  receive(peer: PeerId, message: MessageOf<'block' | 'notfound'>, now: Now): BlockRequestOutput[] {
    if (this.#wanted.length === 0) return [];
    const outputs = message.command === 'block' ? this.#receiveBlock(peer, message, now) : [];
    if (message.command === 'notfound') {
      for (const { type, hash } of message.payload.items)
        if (type === INVENTORY.WITNESS_BLOCK) this.#download.notFound(peer, hashKey(hash), now);
    }
    return [...outputs, ...this.tick(now)];
  }

  peerLost(peer: PeerId, now: Now): BlockRequestOutput[] {
    this.#download.peerLost(peer, now);
    return this.tick(now);
  }

  /** What is due now. */
  tick(now: Now): BlockRequestOutput[] {
    const late = this.#wanted.filter(({ dueMs }) => now.ms >= dueMs);
    const failed = late.map(({ block }) => {
      this.#end(block);
      const message = `no peer has delivered the block at height ${block.height} for ${TIMEOUT_MS / 1000} s`;
      return failure(block, 'blocks-unavailable', message);
    });
    return [...failed, ...this.#download.take(now).map((request) => ({ do: 'send', ...request }) as const)];
  }

  deadline(): number | undefined {
    return earliest(this.#download.deadline(), this.#wanted[0]?.dueMs);
  }

  #receiveBlock(peer: PeerId, { payload }: MessageOf<'block'>, now: Now): BlockRequestOutput[] {
    const outcome = this.#download.receive(peer, payload, now);
    switch (outcome.kind) {
      case 'unwanted':
        return [];
      case 'refused': {
        const detail = `${outcome.rule}: ${outcome.detail}`;
        return [{ do: 'hang-up', peer, disconnect: { reason: 'bad-block', detail } }];
      }
      case 'invalid':
        this.#end(outcome.block);
        return [failure(outcome.block, 'invalid-block', `${outcome.detail} (${outcome.rule})`)];
      case 'fetched':
        this.#end(outcome.block);
        return [{ do: 'report', event: { event: 'block-fetched', block: outcome.block } }];
    }
  }

  #end({ hash }: ChainPoint): void {
    this.#wanted = this.#wanted.filter(({ block }) => !equalBytes(block.hash, hash));
    this.#download.forget(hash);
  }
}

function failure(
  block: ChainPoint,
  code: (BlockNews & { event: 'block-failed' })['code'],
  message: string,
): BlockRequestOutput {
  return { do: 'report', event: { event: 'block-failed', block, code, message } };
}
