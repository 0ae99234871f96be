/** Real transactions, and blocks that hold them: what all nodes of a simulation could know. */
import { toHex } from '../../../src/bytes/hex.ts';
import { encode } from '../../../src/wire/codec.ts';
import { header } from '../../../src/wire/header.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import type { MessageOf } from '../../../src/wire/message.ts';
import type { OutPoint } from '../../../src/wire/tx.ts';
import { mineBlock } from '../../support/transactions.ts';
import type { Block, Chain, Terrain } from '../chains.ts';

/** A transaction that somebody signed. */
export interface RealTx {
  /** Its txid as hexadecimal. */
  readonly key: string;
  readonly tx: IdentifiedTx;
  readonly feeSats: number;
  /** What it spends, see {@link outPointText}. */
  readonly spends: readonly string[];
  /** Keys of the real transactions that it spends outputs of. */
  readonly parents: readonly string[];
}

/** A block with what is in it, the coinbase first. */
export interface Body {
  readonly transactions: readonly IdentifiedTx[];
  readonly message: MessageOf<'block'>;
}

/** What the blocks of a chain have done. */
export interface ChainState {
  readonly confirmed: ReadonlySet<string>;
  readonly spent: ReadonlySet<string>;
}

const NOTHING: ChainState = { confirmed: new Set(), spent: new Set() };

export class Ledger {
  readonly #terrain: Terrain;
  /** In the order in which they were made: parents before their children. */
  readonly #real = new Map<string, RealTx>();
  readonly #bodies = new Map<string, Body>();
  readonly #states = new Map<string, ChainState>();

  constructor(terrain: Terrain) {
    this.#terrain = terrain;
  }

  add(tx: RealTx): void {
    this.#real.set(tx.key, tx);
  }

  get(key: string): RealTx | undefined {
    return this.#real.get(key);
  }

  all(): Iterable<RealTx> {
    return this.#real.values();
  }

  body({ key }: Block): Body | undefined {
    return this.#bodies.get(key);
  }

  bodyOf(hash: Uint8Array): Body | undefined {
    return this.#bodies.get(toHex(hash));
  }

  mine(parent: Block, transactions: readonly RealTx[]): Block {
    const mined = mineBlock(
      transactions.map(({ tx }) => tx),
      { parent: encode(header, parent.header), height: parent.height + 1 },
    );
    const block = this.#terrain.register(mined.header, parent);
    this.#bodies.set(block.key, { transactions: mined.transactions, message: mined.message });
    const { confirmed, spent } = this.#states.get(parent.key) ?? NOTHING;
    this.#states.set(block.key, {
      confirmed: new Set([...confirmed, ...transactions.map(({ key }) => key)]),
      spent: new Set([...spent, ...transactions.flatMap(({ spends }) => spends)]),
    });
    return block;
  }

  stateAt({ tip }: Chain): ChainState {
    return this.#states.get(tip.key) ?? NOTHING;
  }

  /** Those of some transactions that a block on a chain may hold together; of two that spend the same the first. */
  fitting(chain: Chain, candidates: Iterable<RealTx>): RealTx[] {
    const state = this.stateAt(chain);
    const confirmed = new Set(state.confirmed);
    const spent = new Set(state.spent);
    const chosen: RealTx[] = [];
    for (const tx of candidates) {
      if (confirmed.has(tx.key) || tx.spends.some((spend) => spent.has(spend))) continue;
      if (!tx.parents.every((parent) => confirmed.has(parent))) continue;
      chosen.push(tx);
      confirmed.add(tx.key);
      for (const spend of tx.spends) spent.add(spend);
    }
    return chosen;
  }

  /** A transaction and all real ones that it needs. */
  lineage(tx: RealTx): RealTx[] {
    const found = new Set([tx]);
    for (const member of found)
      for (const parent of member.parents) {
        const known = this.#real.get(parent);
        if (known !== undefined) found.add(known);
      }
    return [...found];
  }
}

export function outPointText({ txid, vout }: OutPoint): string {
  return `${toHex(txid)}:${vout}`;
}

/** Whether two transactions cannot both be confirmed. */
export function areRivals(spends: readonly string[], others: readonly string[]): boolean {
  return spends.some((spend) => others.includes(spend));
}
