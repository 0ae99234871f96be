/** People who pay each other, and miners who confirm some of it: payments, chains of them, replacements, double spends. */
import { toHex } from '../../../src/bytes/hex.ts';
import { payment, somewhere } from '../../support/transactions.ts';
import type { OutPoint } from '../../../src/wire/tx.ts';
import type { Block, Chain } from '../chains.ts';
import type { Chance } from '../chance.ts';
import { SPREAD_MS } from '../miners.ts';
import type { World } from '../world.ts';
import { type Ledger, outPointText, type RealTx } from './ledger.ts';
import { NodePool } from './node-pool.ts';
import type { RelayPeer } from './relay-peer.ts';

/** Worth of every output that comes from before the simulation. */
const COIN_SATS = 1_000_000;
const FEE_SATS = 1_000;
/** Time in which a transaction reaches all honest nodes. */
const RELAY_MS = 4_000;
const MAX_REORG = 3;

/** An output that is there to be spent. */
interface Coin {
  readonly at: OutPoint;
  readonly valueSats: number;
}

export class Market {
  best: Chain;
  readonly peers: RelayPeer[] = [];
  /** Those that hear of everything at once. */
  readonly spies: RelayPeer[] = [];
  /** Keys of what was in a block that left the best chain. */
  readonly returned: Set<string> = new Set();
  /** What a node knows that hears of everything at once. */
  readonly pool: NodePool;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #chance: Chance;
  #count = 0;
  #quietUntilMs = 0;

  constructor(world: World, ledger: Ledger, best: Chain) {
    this.#world = world;
    this.#ledger = ledger;
    this.best = best;
    this.pool = new NodePool(ledger, best);
    this.#chance = world.chance.fork();
  }

  /** Somebody pays somebody; not while nodes disagree on what was confirmed, or they might go on to. */
  trade(): void {
    if (this.#world.ms < this.#quietUntilMs) return;
    const present = this.pool.entries();
    const kind = this.#chance.weighted([
      [5, 'payment'],
      [3, 'child'],
      [present.length > 0 ? 2 : 0, 'replacement'],
    ] as const);
    const tx = kind === 'replacement' ? this.#replacement(this.#chance.pick(present)) : this.#payment(kind);
    if (tx !== undefined) this.#tell(tx);
  }

  /** A block on top of the best chain, or a branch that is longer by one. */
  find(): void {
    const depth = this.#chance.maybe(0.25) ? this.#chance.int(1, MAX_REORG) : 0;
    let chain = this.best.upTo(this.best.height - depth);
    const left = this.best.blocks.slice(chain.height + 1);
    const { confirmed } = this.#ledger.stateAt(this.best);
    const here = this.#ledger.stateAt(chain).confirmed;
    for (const key of confirmed) if (!here.has(key)) this.returned.add(key);
    for (let i = 0; i <= depth; i++) chain = chain.with(this.#block(chain, left));
    if (depth > 0) this.#quietUntilMs = this.#world.ms + SPREAD_MS;
    this.adopt(chain);
  }

  /** A block that holds all that is not settled by relaying alone: what came back, and what it needs. */
  settle(): void {
    const wanted = new Set(
      this.pool
        .entries()
        .filter(({ key }) => this.returned.has(key))
        .flatMap((tx) => this.#ledger.lineage(tx)),
    );
    const all = [...this.#ledger.all()].filter((tx) => wanted.has(tx));
    this.adopt(this.best.with(this.#ledger.mine(this.best.tip, this.#ledger.fitting(this.best, all))));
  }

  adopt(chain: Chain): void {
    this.best = chain;
    this.pool.follow(chain);
    this.#world.note(() => `block ${chain.tip.key.slice(0, 8)} at height ${chain.height}`);
    for (const peer of [...this.peers, ...this.spies])
      this.#world.after(this.#chance.int(50, SPREAD_MS), () => peer.adopt(chain));
  }

  #block(chain: Chain, left: readonly Block[]): Block {
    const before = left.flatMap(
      (block) => this.#ledger.body(block)?.transactions.map(({ txid }) => toHex(txid)) ?? [],
    );
    const known = new Set([...before, ...this.pool.keys]);
    const share = this.#chance.pick([0, 0.3, 0.6, 1]);
    const candidates = [...this.#ledger.all()].filter(
      ({ key }) => known.has(key) && this.#chance.maybe(share),
    );
    const secret = this.#chance.maybe(0.3) ? this.#doubleSpend() : undefined;
    const all = secret === undefined ? candidates : [secret, ...candidates];
    return this.#ledger.mine(chain.tip, this.#ledger.fitting(chain, all));
  }

  /** One that nobody was told of, against one that everybody knows. */
  #doubleSpend(): RealTx | undefined {
    const victims = this.pool.entries();
    if (victims.length === 0) return undefined;
    const { tx, parents } = this.#chance.pick(victims);
    const [input] = tx.tx.inputs;
    if (input === undefined || parents.length > 0) return undefined;
    return this.#make([{ at: input.previous, valueSats: COIN_SATS }], COIN_SATS - FEE_SATS);
  }

  #payment(kind: 'payment' | 'child'): RealTx {
    const coins = kind === 'child' ? this.#freeCoins() : [];
    const first = coins.length === 0 ? this.#newCoin() : this.#chance.pick(coins);
    const others = this.#chance.maybe(0.2) ? [this.#newCoin()] : [];
    return this.#make([first, ...others], FEE_SATS * this.#chance.int(1, 5));
  }

  /** Pays more than all that it drives out. */
  #replacement(victim: RealTx): RealTx | undefined {
    const { inputs } = victim.tx.tx;
    const driven = this.pool.entries().filter((other) => this.#ledger.lineage(other).includes(victim));
    const coins = inputs.map(({ previous }) => ({ at: previous, valueSats: this.#worthOf(previous) }));
    const kept = this.#chance.maybe(0.3) ? coins.slice(0, 1) : coins;
    const others = this.#chance.maybe(0.3) ? [this.#newCoin()] : [];
    const feeSats = driven.reduce((sum, tx) => sum + tx.feeSats, FEE_SATS);
    const worth = kept.reduce((sum, { valueSats }) => sum + valueSats, 0);
    return feeSats * 2 > worth ? undefined : this.#make([...kept, ...others], feeSats);
  }

  /** Outputs of unconfirmed transactions that nobody spends yet. */
  #freeCoins(): Coin[] {
    const present = this.pool.entries();
    const spent = new Set(present.flatMap(({ spends }) => spends));
    return present
      .flatMap(({ tx }) =>
        tx.tx.outputs.map(({ valueSats }, vout) => ({
          at: { txid: tx.txid, vout },
          valueSats: Number(valueSats),
        })),
      )
      .filter(({ at, valueSats }) => valueSats > 20 * FEE_SATS && !spent.has(outPointText(at)));
  }

  #newCoin(): Coin {
    return { at: somewhere(++this.#count), valueSats: COIN_SATS };
  }

  #worthOf({ txid, vout }: OutPoint): number {
    const parent = this.#ledger.get(toHex(txid));
    return parent === undefined ? COIN_SATS : Number(parent.tx.tx.outputs[vout]?.valueSats ?? 0n);
  }

  #make(coins: readonly Coin[], feeSats: number): RealTx {
    const left = coins.reduce((sum, { valueSats }) => sum + valueSats, 0) - feeSats;
    const first = this.#chance.int(Math.ceil(left / 4), left);
    const tx = payment({
      spends: coins.map(({ at }) => at),
      pays: first === left ? [left] : [first, left - first],
      lockTime: ++this.#count,
      ...(this.#chance.maybe(0.6) ? { witness: this.#chance.bytes(40) } : {}),
    });
    const parents = coins
      .map(({ at }) => toHex(at.txid))
      .filter((key) => this.#ledger.get(key) !== undefined);
    const spends = coins.map(({ at }) => outPointText(at));
    const real = { key: toHex(tx.txid), tx, feeSats, spends, parents: [...new Set(parents)] };
    this.#ledger.add(real);
    return real;
  }

  #tell(tx: RealTx): void {
    this.#world.note(
      () => `a transaction ${tx.key.slice(0, 8)} of ${tx.feeSats}, spends ${shortened(tx.spends)}`,
    );
    this.pool.offer(tx);
    for (const spy of this.spies) spy.hear(tx);
    for (const peer of this.peers) this.#world.after(this.#chance.int(50, RELAY_MS), () => peer.hear(tx));
  }
}

function shortened(spends: readonly string[]): string {
  return spends.map((spend) => `${spend.slice(0, 8)}${spend.slice(64)}`).join(' ');
}
