/** A headlight that watches the mempools of real nodes, and a bitcoind with a wallet that gives it something to see. */
import type {
  ClientEvent,
  LightClientOptions,
  MempoolView,
  SendEvent,
  TxEvent,
  TxRemovedEvent,
} from '../../../src/index.ts';
import { Follower } from '../follower.ts';
import { Bitcoind } from './bitcoind.ts';
import { eventually } from './eventually.ts';
import type { RegtestNode } from './regtest-node.ts';
import { Wallet } from './wallet.ts';

/** Over 100, so that there are coinbases that may be spent. */
const WALLET_BLOCKS = 110;
/** Peers with this permission are told of transactions at once; others only every few seconds. */
const AT_ONCE = ['-whitelist=in,out,noban@127.0.0.0/8'];
/** Whatever is valid is relayed, a wallet without history may pay, and its file need not be safe. */
const WALLET_ARGS = [
  '-acceptnonstdtxn=1',
  '-fallbackfee=0.0001',
  '-keypool=20',
  '-unsafesqlitesync=1',
  '-persistmempool=0',
];

interface After {
  after(fn: () => Promise<void>): void;
}

/** Options of a bitcoind that has or meets a wallet's transactions and tells its peers of them without delay. */
export const EAGER_ARGS: readonly string[] = [...WALLET_ARGS, ...AT_ONCE];
/** The same with the pace of an ordinary node. */
export const ORDINARY_ARGS: readonly string[] = WALLET_ARGS;

/** A bitcoind with a wallet that has coins, gone when the test is over. */
export async function startWallet(t: After, extraArgs: readonly string[] = EAGER_ARGS): Promise<Wallet> {
  const node = await Bitcoind.start({ extraArgs });
  t.after(() => node.dispose());
  return fundedWallet(node);
}

/** A wallet on a node that has none, with coins from blocks mined for it. */
export async function fundedWallet(node: Bitcoind): Promise<Wallet> {
  const wallet = await Wallet.create(node);
  await node.rpc('generatetoaddress', [WALLET_BLOCKS, await wallet.newAddress('bech32')]);
  return wallet;
}

export class MempoolWatcher {
  readonly follower: Follower;

  private constructor(follower: Follower) {
    this.follower = follower;
  }

  /** A headlight at the tip and connected to all of the nodes; `t.after` stops it. */
  static async start(
    t: After,
    nodes: readonly Pick<RegtestNode, 'address'>[],
    mempool: LightClientOptions['mempool'] & object = {},
  ): Promise<MempoolWatcher> {
    const connect = nodes.map(({ address }) => address);
    const follower = await Follower.start(t, { network: 'regtest', connect, mempool });
    await follower.event('synced');
    const { client } = follower;
    await eventually(
      'all nodes are connected',
      () => client.connections().filter(({ version }) => version !== null).length === nodes.length,
    );
    return new MempoolWatcher(follower);
  }

  get events(): readonly ClientEvent[] {
    return this.follower.events;
  }

  get mempool(): MempoolView {
    const { mempool } = this.follower.client;
    if (mempool === undefined) throw new Error('the client watches no mempool');
    return mempool;
  }

  /** Resolves to the first event that tells of a transaction. */
  seen(txid: string): Promise<TxEvent> {
    return this.follower.event('tx', (event) => event.txid === txid);
  }

  /** Resolves to the event that tells of its return, after a reorganisation. */
  returned(txid: string): Promise<TxEvent> {
    return this.follower.event('tx', (event) => event.txid === txid && event.isReturned);
  }

  /** Resolves to the first event that tells that it has left, for the reason if one is given. */
  removed(txid: string, reason?: TxRemovedEvent['reason']): Promise<TxRemovedEvent> {
    return this.follower.event(
      'tx-removed',
      (event) => event.txid === txid && (reason ?? event.reason) === event.reason,
    );
  }

  /** Resolves to the event that tells that it was confirmed by the block of that hash. */
  confirmed(txid: string, block: string): Promise<TxRemovedEvent> {
    return this.follower.event(
      'tx-removed',
      (event) => event.txid === txid && event.reason === 'confirmed' && event.block === block,
    );
  }

  /** Resolves to the first event that tells that a transaction of our own has come so far. */
  sent(txid: string, state: SendEvent['state']): Promise<SendEvent> {
    return this.follower.event('send', (event) => event.txid === txid && event.state === state);
  }

  /** All events so far that tell of a transaction as seen for the first time or returned. */
  tellings(txid: string): TxEvent[] {
    return this.events.flatMap((event) => (event.event === 'tx' && event.txid === txid ? [event] : []));
  }

  /** Reasons for which transactions have left so far, one for each. */
  removals(): string[] {
    return this.events.flatMap((event) => (event.event === 'tx-removed' ? [event.reason] : []));
  }
}
