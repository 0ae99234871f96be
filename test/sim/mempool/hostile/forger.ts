/** Makes up transactions, and answers for them with all that it has made up. */
import { toHex } from '../../../../src/bytes/hex.ts';
import { identify, type IdentifiedTx } from '../../../../src/wire/identified-tx.ts';
import { INVENTORY, type InventoryItem } from '../../../../src/wire/inventory.ts';
import type { Message } from '../../../../src/wire/message.ts';
import type { Tx, TxInput } from '../../../../src/wire/tx.ts';
import { aCoinbase, anOutput } from '../../../support/made-blocks.ts';
import { outputOf, payment, withWitness } from '../../../support/transactions.ts';
import type { Caller } from '../../honest-peer.ts';
import type { RealTx } from '../ledger.ts';
import { RelayPeer } from '../relay-peer.ts';

export abstract class Forger extends RelayPeer {
  readonly #made = new Map<string, IdentifiedTx>();

  /** What it makes of a real transaction that it hears of. */
  protected abstract forge(tx: RealTx): IdentifiedTx[];

  override hear(tx: RealTx): void {
    super.hear(tx);
    this.world.after(this.chance.int(0, 6_000), () => this.offer(this.forge(tx)));
  }

  /** So that no two of them make up the same: nobody stands by what one peer made up. */
  protected ownNumber(): number {
    return this.chance.int(1, 2 ** 28);
  }

  /** Says that it has what it made up. */
  protected offer(made: readonly IdentifiedTx[]): void {
    for (const tx of made) {
      this.#made.set(toHex(tx.txid), tx);
      this.#made.set(toHex(tx.wtxid), tx);
    }
    for (const caller of this.ready()) this.announceTxs(caller, made);
  }

  protected override answerTx(caller: Caller, item: InventoryItem): Message | 'notfound' | 'silence' {
    const made = this.#made.get(toHex(item.hash));
    return made === undefined ? super.answerTx(caller, item) : { command: 'tx', payload: made.tx };
  }
}

/** What no node would take whatever it spends. */
export class RuleBreaker extends Forger {
  protected override forge({ tx: { tx, txid } }: RealTx): IdentifiedTx[] {
    if (this.chance.maybe(0.8)) return [];
    const [first] = tx.inputs as [TxInput];
    const broken = this.chance.pick<(tx: Tx) => Tx>([
      (good) => ({ ...good, outputs: [anOutput(-1n)] }),
      (good) => ({ ...good, outputs: [anOutput(21_000_001n * 100_000_000n)] }),
      (good) => ({ ...good, outputs: [] }),
      (good) => ({ ...good, inputs: [first, first] }),
      (good) => ({
        ...good,
        inputs: [first, { ...first, previous: { txid: new Uint8Array(32), vout: 0xffff_ffff } }],
      }),
      () => aCoinbase(this.chance.int(30_000, 60_000)),
    ])(tx);
    const overspent = payment({
      spends: [{ txid, vout: 0 }],
      pays: [1_000_000_000],
      lockTime: this.ownNumber(),
    });
    const missing = payment({ spends: [{ txid, vout: 77 }], lockTime: this.ownNumber() });
    return [this.chance.pick([identify(broken), identify(broken), overspent, missing])];
  }
}

/** The right transaction with a witness that is not the signer's. */
export class WitnessTwister extends Forger {
  protected override forge({ tx }: RealTx): IdentifiedTx[] {
    return this.chance.maybe(0.5) ? [withWitness(tx, this.chance.bytes(30))] : [];
  }
}

/** Spends what real transactions spend, in all ways, and lets others spend that. */
export class DoubleSpender extends Forger {
  protected override forge({ tx: { tx }, feeSats }: RealTx): IdentifiedTx[] {
    if (this.chance.maybe(0.4)) return [];
    const spends = tx.inputs.map(({ previous }) => previous);
    const paid = tx.outputs.reduce((sum, { valueSats }) => sum + Number(valueSats), 0);
    const rival = payment({
      spends: this.chance.maybe(0.5) ? spends : spends.slice(0, 1),
      pays: [Math.max(1, paid + this.chance.int(-5, 1) * feeSats)],
      witness: this.chance.bytes(8),
      lockTime: this.ownNumber(),
    });
    const child = payment({ spends: [outputOf(rival)], pays: [1], witness: this.chance.bytes(8) });
    return this.chance.pick([[rival], [rival, child], [child, rival]]);
  }
}

const FLOODS = 8;
const FLOOD_COUNT = 40;
const FLOOD_PAUSE_MS = 8_000;

/** So many that there is no room for all. */
export class Flooder extends Forger {
  #floods = 0;

  protected override established(caller: Caller): void {
    super.established(caller);
    this.repeat(
      caller.line,
      () => this.chance.pause(this.#floods < FLOODS ? FLOOD_PAUSE_MS : 100 * FLOOD_PAUSE_MS),
      () => {
        if (this.#floods++ < FLOODS) this.offer(this.#flood());
      },
    );
  }

  protected override forge(): IdentifiedTx[] {
    return [];
  }

  #flood(): IdentifiedTx[] {
    let last: IdentifiedTx | undefined;
    return Array.from({ length: FLOOD_COUNT }, (_, i) => {
      const isChild = last !== undefined && this.chance.maybe(0.5);
      const spends =
        isChild && last !== undefined ? [outputOf(last)] : [{ txid: this.chance.bytes(32), vout: 0 }];
      last = payment({ spends, pays: [FLOOD_COUNT - i] });
      return last;
    });
  }
}

/** Sends what nobody asked for: its own inventions, and what is real. */
export class Pusher extends RelayPeer {
  override hear(tx: RealTx): void {
    super.hear(tx);
    const spends = tx.tx.tx.inputs.map(({ previous }) => previous);
    const rival = payment({ spends, pays: [1], witness: this.chance.bytes(8) });
    const block = this.ledger.body(this.chain.tip);
    for (const { line } of this.ready()) {
      line.send({ command: 'tx', payload: rival.tx });
      if (this.chance.maybe(0.3)) line.send({ command: 'notfound', payload: { items: [wtxOf(tx)] } });
      if (block !== undefined && this.chance.maybe(0.2)) line.send(block.message);
    }
  }
}

function wtxOf({ tx }: RealTx): InventoryItem {
  return { type: INVENTORY.WTX, hash: tx.wtxid };
}
