/** The watch over unconfirmed transactions with peers, blocks and a clock that a test holds in its hand. */
import type { TreeChange } from '../../src/chain/tree-change.ts';
import { hashKey } from '../../src/bytes/hash-key.ts';
import type {
  MempoolInput,
  MempoolOptions,
  MempoolOutput,
} from '../../src/protocol/mempool/mempool-contract.ts';
import type { TxNews } from '../../src/protocol/mempool/mempool-news.ts';
import { MempoolWatch } from '../../src/protocol/mempool/mempool-watch.ts';
import type { PeerId } from '../../src/protocol/peer.ts';
import type { IdentifiedTx } from '../../src/wire/identified-tx.ts';
import { INVENTORY, type InventoryItem } from '../../src/wire/inventory.ts';
import type { Message } from '../../src/wire/message.ts';
import { SERVICES } from '../../src/wire/services.ts';
import { FalseClock, seededRandom } from './false-time.ts';
import { FULL_NODE } from './messages.ts';
import type { MinedBlock } from './transactions.ts';

export const SECOND = 1_000;

const TIP = { height: 0, hash: new Uint8Array(32) };

/** How a peer differs from one of our choice with wtxid relay. */
type Traits = Partial<Omit<MempoolInput & { type: 'peer-ready' }, 'type' | 'peer'>>;

export class Watching {
  readonly clock = new FalseClock();
  readonly watch: MempoolWatch;
  /** Who has blocks, the best to ask first. */
  holders: PeerId[] = [];

  constructor(options: Partial<MempoolOptions> = {}) {
    const defaults: MempoolOptions = {
      fetchesTransactions: true,
      fetchesBlocks: true,
      maxBytes: 10_000_000,
      maxAgeMs: 336 * 3_600_000,
      tellsSpentScripts: false,
    };
    const surroundings = { holdersOf: () => this.holders, expectsMany: false };
    this.watch = new MempoolWatch({ ...defaults, ...options }, surroundings, seededRandom());
  }

  /** One that is synchronised and has peers 1 to `count`, all of our choice. */
  static open(count: number, options: Partial<MempoolOptions> = {}): Watching {
    const watching = new Watching(options);
    for (let peer = 1; peer <= count; peer++) watching.ready(peer);
    watching.give({ type: 'synced', tip: TIP });
    return watching;
  }

  give(input: MempoolInput): MempoolOutput[] {
    return this.watch.handle(input, this.clock.now);
  }

  ready(peer: PeerId, traits: Traits = {}): MempoolOutput[] {
    const endpoint = { host: `10.0.0.${peer}`, port: 8333 };
    const usual = { endpoint, services: FULL_NODE, usesWtxid: true, wantsTxs: true, isInbound: false };
    return this.give({ type: 'peer-ready', peer, ...usual, ...traits });
  }

  lose(peer: PeerId): MempoolOutput[] {
    this.holders = this.holders.filter((other) => other !== peer);
    return this.give({ type: 'peer-lost', peer });
  }

  announce(peer: PeerId, ...txs: readonly IdentifiedTx[]): MempoolOutput[] {
    return this.inv(peer, ...txs.map(({ wtxid }) => ({ type: INVENTORY.WTX, hash: wtxid })));
  }

  announceByTxid(peer: PeerId, ...txs: readonly IdentifiedTx[]): MempoolOutput[] {
    return this.inv(peer, ...txs.map(({ txid }) => ({ type: INVENTORY.TX, hash: txid })));
  }

  inv(peer: PeerId, ...items: readonly InventoryItem[]): MempoolOutput[] {
    return this.give({ type: 'message', peer, message: { command: 'inv', payload: { items } } });
  }

  notFound(peer: PeerId, ...items: readonly InventoryItem[]): MempoolOutput[] {
    return this.give({ type: 'message', peer, message: { command: 'notfound', payload: { items } } });
  }

  deliver(peer: PeerId, { tx }: IdentifiedTx): MempoolOutput[] {
    return this.give({ type: 'message', peer, message: { command: 'tx', payload: tx } });
  }

  bring(peer: PeerId, { message }: MinedBlock): MempoolOutput[] {
    return this.give({ type: 'message', peer, message });
  }

  /** The best chain changes. */
  follow(added: readonly MinedBlock[], removed: readonly MinedBlock[] = []): MempoolOutput[] {
    const height = (added[0]?.height ?? removed[0]?.height ?? 1) - 1;
    const change: TreeChange = {
      fork: { height, hash: TIP.hash },
      removed: removed.map(({ hash }) => hash),
      added: added.map(({ hash }) => hash),
      promoted: [],
      appended: new Uint8Array(0),
      branched: [],
      forgotten: [],
      tip: { height: height + added.length, hash: TIP.hash, chainwork: 0n },
    };
    return this.give({ type: 'chain-changed', change });
  }

  /** Lets time pass and does what is due on the way; throws when it is due again at the same moment. */
  pass(ms: number): MempoolOutput[] {
    const endMs = this.clock.ms + ms;
    const outputs: MempoolOutput[] = [];
    for (let due = this.watch.deadline(); due !== undefined && due <= endMs; due = this.watch.deadline()) {
      this.clock.advanceTo(due);
      for (const output of this.give({ type: 'tick' })) outputs.push(output);
      const next = this.watch.deadline();
      if (next !== undefined && next <= this.clock.ms) throw new Error('due again at the same moment');
    }
    this.clock.advanceTo(endMs);
    return outputs;
  }

  /** Txids of what is held, in order. */
  get held(): string[] {
    return Array.from(this.watch.keeper.pool.entries(), ({ key }) => key);
  }
}

/** What is sent to whom, in order. */
export function sentIn(outputs: readonly MempoolOutput[]): { peer: PeerId; message: Message }[] {
  return outputs.flatMap((output) =>
    output.do === 'send' ? [{ peer: output.peer, message: output.message }] : [],
  );
}

/** What is asked of whom: the type of each item, and its hash as a key. */
export function askedIn(outputs: readonly MempoolOutput[]): [PeerId, number, string][] {
  return sentIn(outputs).flatMap(({ peer, message }) =>
    message.command === 'getdata'
      ? message.payload.items.map(({ type, hash }): [PeerId, number, string] => [peer, type, hashKey(hash)])
      : [],
  );
}

/** What is told of transactions. */
export function newsIn(outputs: readonly MempoolOutput[]): TxNews[] {
  return outputs.flatMap((output) =>
    output.do === 'report' && output.event.event !== 'send' ? [output.event] : [],
  );
}

/** Whom it hangs up on, and why. */
export function hangUpsIn(outputs: readonly MempoolOutput[]): [PeerId, string][] {
  return outputs.flatMap((output): [PeerId, string][] =>
    output.do === 'hang-up' ? [[output.peer, output.disconnect.reason]] : [],
  );
}

/** Whether it offers to tell of all that it has (BIP 35). */
export const TELLS_ALL: bigint = FULL_NODE | SERVICES.BLOOM;
