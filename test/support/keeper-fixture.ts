/** A keeper of unconfirmed transactions with peers and a clock that a test holds in its hand. */
import { equalBytes } from '../../src/bytes/hash.ts';
import { hashKey } from '../../src/bytes/hash-key.ts';
import type { FetchedBlock } from '../../src/protocol/blocks/fetched-block.ts';
import { type KeeperOptions, MempoolKeeper } from '../../src/protocol/mempool/mempool-keeper.ts';
import type { SeenTx, TxNews, TxStanding } from '../../src/protocol/mempool/mempool-news.ts';
import type { EntryOrigin, PoolEntry } from '../../src/protocol/mempool/pool-entry.ts';
import type { TxFault } from '../../src/protocol/mempool/tx-fault.ts';
import type { IdentifiedTx } from '../../src/wire/identified-tx.ts';
import { FalseClock } from './false-time.ts';

export const PEERS = ['a:1', 'b:1', 'c:1'] as const;

export class KeptPool {
  readonly clock = new FalseClock();
  readonly present: Set<string>;
  readonly keeper: MempoolKeeper;

  /** @param peers who is connected. */
  constructor(options: Partial<KeeperOptions> = {}, peers: readonly string[] = PEERS) {
    this.present = new Set(peers);
    this.keeper = new MempoolKeeper(
      { maxBytes: 100_000_000, maxAgeMs: 336 * 3_600_000, tellsSpentScripts: false, ...options },
      () => this.present.size,
    );
  }

  /** A transaction comes that some peers announced, by default the first. */
  offer(
    tx: IdentifiedTx,
    announcers: readonly string[] = [PEERS[0]],
    origin: Partial<EntryOrigin> = {},
  ): TxNews[] | TxFault {
    // One peer does not speak for two at the same moment.
    return this.keeper.accept(tx, { announcers, ...origin }, this.clock.advance(1));
  }

  /** The same for one that there is nothing wrong with. */
  take(tx: IdentifiedTx, announcers?: readonly string[], origin?: Partial<EntryOrigin>): TxNews[] {
    const outcome = this.offer(tx, announcers, origin);
    if ('rule' in outcome) throw new Error(`refused: ${outcome.rule}: ${outcome.detail}`);
    return outcome;
  }

  /** The rule by which one is refused; undefined when it is not. */
  refusal(tx: IdentifiedTx): TxFault['rule'] | undefined {
    const outcome = this.offer(tx);
    return 'rule' in outcome ? outcome.rule : undefined;
  }

  /** Another peer announces a transaction. */
  announce({ wtxid }: IdentifiedTx, peer: string): TxNews[] {
    const announcement = { key: hashKey(wtxid), isByWtxid: true, atMs: this.clock.advance(1).ms };
    return this.keeper.noteAnnouncer(announcement, peer);
  }

  connect(block: FetchedBlock): TxNews[] {
    return this.keeper.connect(block);
  }

  has({ txid }: IdentifiedTx): boolean {
    return this.keeper.pool.get(hashKey(txid)) !== undefined;
  }

  entry({ txid }: IdentifiedTx): PoolEntry {
    const entry = this.keeper.pool.get(hashKey(txid));
    if (entry === undefined) throw new Error('it is not in the list');
    return entry;
  }

  feeOf(tx: IdentifiedTx): number | undefined {
    return this.entry(tx).feeSats;
  }
}

/** What was told, in short: the event, or the reason of a removal, and the name of the transaction. */
export function storyOf(news: readonly TxNews[], named: Readonly<Record<string, IdentifiedTx>>): string[] {
  const nameOf = (txid: Uint8Array): string =>
    Object.keys(named).find((name) => equalBytes(named[name]?.txid ?? txid.subarray(1), txid)) ?? '?';
  return news.map((one) => {
    switch (one.event) {
      case 'tx':
        return `${one.tx.isReturned ? 'returned' : 'tx'} ${nameOf(one.tx.txid)}`;
      case 'tx-updated':
        return `updated ${nameOf(one.standing.txid)}`;
      case 'tx-removed':
        return `${one.reason} ${nameOf(one.txid)}`;
    }
  });
}

/** The one transaction that was told as new. */
export function seenIn(news: readonly TxNews[]): SeenTx {
  const seen = news.flatMap((one) => (one.event === 'tx' ? [one.tx] : []));
  if (seen.length !== 1) throw new Error(`${seen.length} transactions were told`);
  return seen[0] as SeenTx;
}

/** What was told of a transaction as changed; undefined when it was not. */
export function updateOf(news: readonly TxNews[], { txid }: IdentifiedTx): TxStanding | undefined {
  for (const one of news)
    if (one.event === 'tx-updated' && equalBytes(one.standing.txid, txid)) return one.standing;
  return undefined;
}
