/** A peer of a simulated scan: serves blocks and filters as its nature has it. */
import type { PeerId } from '../../../src/protocol/peer.ts';
import type { Block } from '../../../src/wire/block.ts';
import { INVENTORY, type InventoryItem } from '../../../src/wire/inventory.ts';
import type { Message } from '../../../src/wire/message.ts';
import { ancestorAt, forkOf, type ScanBlock } from '../../support/scan-blocks.ts';
import type { Chance } from '../chance.ts';
import { FilterBook, type Lie } from './lies.ts';

/**
 * How filters and what is said of them are served.
 *
 * - `plain`: as they are in the peer's book, which may hold lies.
 * - `mute`, `mute-filters`: nothing is answered, or no `getcfilters`.
 * - `mute-at-first`: the first requests are not answered.
 * - `moody`: only some requests are answered.
 * - `few-hashes`, `many-hashes`, `wrong-previous`, `random-hashes`: what `cfheaders` has wrong.
 * - `wrong-checkpoint`, `few-checkpoints`, `many-checkpoints`: what `cfcheckpt` has wrong.
 * - `other-filters`: the filters of other blocks come under the names of those asked for.
 * - `unnamed`: filters come that nobody asked for, and those asked for do not.
 * - `skips`: some filters are left out.
 * - `twice`: all is sent twice.
 */
export type FilterConduct =
  | 'plain'
  | 'mute'
  | 'mute-filters'
  | 'mute-at-first'
  | 'moody'
  | 'few-hashes'
  | 'many-hashes'
  | 'wrong-previous'
  | 'random-hashes'
  | 'wrong-checkpoint'
  | 'few-checkpoints'
  | 'many-checkpoints'
  | 'other-filters'
  | 'unnamed'
  | 'skips'
  | 'twice';

/** `cut` lacks a transaction, `twisted` has another witness, `other` is another block; `lacking` says that it has none. */
export type BlockConduct = 'plain' | 'mute' | 'lacking' | 'cut' | 'twisted' | 'other' | 'moody';

export interface Nature {
  readonly name: string;
  readonly filters: FilterConduct | undefined;
  readonly blocks: BlockConduct | undefined;
  readonly lie: Lie | undefined;
  /** No block below is lied about. */
  readonly lieFrom: number;
  /** Way from it to us or back, milliseconds. */
  readonly latencyMs: number;
  /** Time that a filter or a block takes on its line. */
  readonly itemMs: number;
  /** Time until it shows a header that is new. */
  readonly showsAfterMs: number;
  /** Blocks that it is behind for ever. */
  readonly behind: number;
  /** When it is connected, from the start of a run on. */
  readonly joinsMs: number;
  /** Mean time until it leaves, to come back under another name; undefined for one that stays. */
  readonly staysMs: number | undefined;
  /** Mean time between two messages that nobody asked for. */
  readonly babblesMs: number | undefined;
  /** Says the truth, if anything. */
  readonly isHonest: boolean;
  /** Honest, always there from the start, and answers at once: nothing fails while there are enough of them. */
  readonly isSteady: boolean;
}

export interface PeerWorld {
  readonly chance: Chance;
  after(ms: number, act: () => void): void;
  /** A message comes to us, if the peer is still connected under that name. */
  deliver(peer: ScanPeer, id: PeerId, message: Message, isAnswer: boolean): void;
  readonly ms: number;
}

/** Requests that one passes over that is mute at first. */
const MUTE_COUNT = 2;

export class ScanPeer {
  readonly nature: Nature;
  readonly book: FilterBook;
  readonly #world: PeerWorld;
  readonly #chance: Chance;
  /** Undefined while it is not connected. */
  id: PeerId | undefined;
  /** Whether we have hung up on it for a lie: it does not come back. */
  isBanned = false;
  /** The last block that it has. */
  tip: ScanBlock;
  /** The last one of which it has shown us the header. */
  shown: ScanBlock;
  #busyUntilMs = 0;
  #passedOver = 0;
  #proven: { readonly shown: ScanBlock; readonly best: ScanBlock; readonly height: number } | undefined;

  constructor(nature: Nature, tip: ScanBlock, world: PeerWorld) {
    this.nature = nature;
    this.book = new FilterBook(nature.lie, nature.lieFrom);
    this.#world = world;
    this.#chance = world.chance.fork();
    this.tip = this.#own(tip);
    this.shown = this.tip;
  }

  /** The best chain of the network ends with another block. */
  follow(tip: ScanBlock): void {
    this.tip = this.#own(tip);
  }

  /** Height of the last block of a chain that it has shown. */
  provenHeight(best: ScanBlock): number {
    const { shown } = this;
    if (this.#proven?.shown !== shown || this.#proven.best !== best)
      this.#proven = { shown, best, height: forkOf(shown, best).height };
    return this.#proven.height;
  }

  connect(id: PeerId): void {
    this.id = id;
    this.shown = this.tip;
    this.#busyUntilMs = 0;
    this.#babble(id);
  }

  /** @param blockOf any block that there ever was, by hash. */
  receive(message: Message, blockOf: (hash: Uint8Array) => ScanBlock | undefined): void {
    const { id } = this;
    if (id === undefined) return;
    const answers = this.#answers(message, blockOf);
    const copies = this.nature.filters === 'twice' ? 2 : 1;
    for (const answer of answers) {
      for (let i = 0; i < copies; i++) {
        const isItem = answer.command === 'cfilter' || answer.command === 'block';
        const { latencyMs, itemMs } = this.nature;
        const startMs = Math.max(this.#busyUntilMs, this.#world.ms + latencyMs);
        this.#busyUntilMs = startMs + (isItem ? itemMs : 0);
        this.#send(id, answer, this.#busyUntilMs + latencyMs - this.#world.ms);
      }
    }
  }

  #answers(message: Message, blockOf: (hash: Uint8Array) => ScanBlock | undefined): Message[] {
    const { filters } = this.nature;
    const { command, payload } = message;
    if (command === 'getdata')
      return payload.items.flatMap((item) => this.#blockAnswers(item, blockOf(item.hash)));
    if (filters === undefined || filters === 'mute') return [];
    if (filters === 'mute-at-first' && this.#passedOver++ < MUTE_COUNT) return [];
    if (filters === 'moody' && this.#chance.maybe(0.4)) return [];
    if (command === 'getcfcheckpt') return this.#checkpoints(payload.stopHash, blockOf(payload.stopHash));
    if (command === 'getcfheaders')
      return this.#hashes(payload.startHeight, payload.stopHash, blockOf(payload.stopHash));
    if (command === 'getcfilters' && filters !== 'mute-filters')
      return this.#filters(payload.startHeight, blockOf(payload.stopHash));
    return [];
  }

  #checkpoints(stopHash: Uint8Array, stop: ScanBlock | undefined): Message[] {
    if (stop === undefined) return [];
    const { filters } = this.nature;
    const filterHeaders: Uint8Array[] = [];
    for (let height = 1_000; height <= stop.height; height += 1_000)
      filterHeaders.push(this.book.headerOf(ancestorAt(stop, height)));
    if (filters === 'wrong-checkpoint' && filterHeaders.length > 0)
      filterHeaders[this.#chance.int(0, filterHeaders.length - 1)] = this.#chance.bytes(32);
    if (filters === 'few-checkpoints') filterHeaders.pop();
    if (filters === 'many-checkpoints') filterHeaders.push(this.#chance.bytes(32));
    return [{ command: 'cfcheckpt', payload: { filterType: 0, stopHash, filterHeaders } }];
  }

  #hashes(startHeight: number, stopHash: Uint8Array, stop: ScanBlock | undefined): Message[] {
    if (stop === undefined || stop.height < startHeight) return [];
    const { filters } = this.nature;
    const blocks = blocksFrom(startHeight, stop);
    const filterHashes = blocks.map((block) => this.book.hashOf(block));
    let previousHeader = this.book.headerOf(blocks[0]?.parent);
    if (filters === 'few-hashes') filterHashes.pop();
    if (filters === 'many-hashes') filterHashes.push(this.#chance.bytes(32));
    if (filters === 'wrong-previous') previousHeader = this.#chance.bytes(32);
    if (filters === 'random-hashes')
      for (let i = this.#chance.int(0, filterHashes.length - 1); i < filterHashes.length; i++)
        filterHashes[i] = this.#chance.bytes(32);
    return [{ command: 'cfheaders', payload: { filterType: 0, stopHash, previousHeader, filterHashes } }];
  }

  #filters(startHeight: number, stop: ScanBlock | undefined): Message[] {
    if (stop === undefined || stop.height < startHeight) return [];
    const { filters } = this.nature;
    const blocks = blocksFrom(startHeight, stop);
    return blocks.flatMap((block): Message[] => {
      if (filters === 'skips' && this.#chance.maybe(0.05)) return [];
      const blockHash = block.hash;
      if (filters === 'other-filters') return [cfilter(blockHash, block.parent?.filter ?? Uint8Array.of(0))];
      if (filters === 'unnamed') {
        const other = ancestorAt(stop, this.#chance.int(0, stop.height));
        return [cfilter(other.hash, this.book.filterOf(other))];
      }
      return [cfilter(blockHash, this.book.filterOf(block))];
    });
  }

  #blockAnswers(item: InventoryItem, block: ScanBlock | undefined): Message[] {
    const { blocks } = this.nature;
    if (blocks === undefined || blocks === 'lacking' || block === undefined)
      return [{ command: 'notfound', payload: { items: [item] } }];
    if (blocks === 'mute' || item.type !== INVENTORY.WITNESS_BLOCK) return [];
    if (blocks === 'moody' && this.#chance.maybe(0.4)) return [];
    return [{ command: 'block', payload: this.#twisted(block) }];
  }

  #twisted({ block, parent }: ScanBlock): Block {
    const { header, transactions } = block;
    const { blocks } = this.nature;
    const last = transactions.at(-1);
    if (blocks === 'other') return parent?.block ?? block;
    if (blocks === 'cut') return { header, transactions: transactions.slice(0, -1) };
    if (blocks !== 'twisted' || last === undefined) return block;
    const inputs = last.inputs.map((input) => ({ ...input, witness: [Uint8Array.of(0xff)] }));
    return { header, transactions: [...transactions.slice(0, -1), { ...last, inputs }] };
  }

  /** Says what nobody has asked for, for as long as the connection lasts. */
  #babble(id: PeerId): void {
    const { babblesMs } = this.nature;
    if (babblesMs === undefined) return;
    this.#world.after(this.#chance.pause(babblesMs), () => {
      if (this.id !== id) return;
      const block = ancestorAt(this.tip, this.#chance.int(0, this.tip.height));
      const stopHash = this.#chance.maybe(0.5) ? this.tip.hash : block.hash;
      const few = Array.from({ length: this.#chance.int(0, 3) }, () => this.#chance.bytes(32));
      const payload = { filterType: this.#chance.int(0, 1), stopHash };
      const message = this.#chance.pick<Message>([
        cfilter(block.hash, this.#chance.maybe(0.5) ? block.filter : Uint8Array.of(0)),
        {
          command: 'cfheaders',
          payload: { ...payload, previousHeader: this.#chance.bytes(32), filterHashes: few },
        },
        { command: 'cfcheckpt', payload: { ...payload, filterHeaders: few } },
        { command: 'block', payload: block.block },
        { command: 'notfound', payload: { items: [{ type: INVENTORY.WITNESS_BLOCK, hash: block.hash }] } },
      ]);
      this.#world.deliver(this, id, message, false);
      this.#babble(id);
    });
  }

  #send(id: PeerId, message: Message, inMs: number): void {
    this.#world.after(inMs, () => this.#world.deliver(this, id, message, true));
  }

  #own(tip: ScanBlock): ScanBlock {
    return ancestorAt(tip, Math.max(0, tip.height - this.nature.behind));
  }
}

function cfilter(blockHash: Uint8Array, filter: Uint8Array): Message {
  return { command: 'cfilter', payload: { filterType: 0, blockHash, filter } };
}

/** From a height up to a block, which belongs to them. */
export function blocksFrom(startHeight: number, stop: ScanBlock): ScanBlock[] {
  const blocks: ScanBlock[] = [];
  for (
    let block: ScanBlock | undefined = stop;
    block !== undefined && block.height >= startHeight;
    block = block.parent
  )
    blocks.push(block);
  return blocks.toReversed();
}
