/** Announces everything before anybody else does, and delivers nothing: silent, or always without it; or it comes and goes. */
import { toHex } from '../../../../src/bytes/hex.ts';
import type { InventoryItem } from '../../../../src/wire/inventory.ts';
import type { Message } from '../../../../src/wire/message.ts';
import type { Caller } from '../../honest-peer.ts';
import type { RealTx } from '../ledger.ts';
import { RelayPeer } from '../relay-peer.ts';

export class Hoarder extends RelayPeer {
  protected override established(caller: Caller): void {
    super.established(caller);
    this.announceTxs(caller, this.named());
  }

  override hear(tx: RealTx): void {
    for (const { tx: named } of this.pool.offer(tx))
      for (const caller of this.ready()) this.announceTxs(caller, [named]);
  }

  protected override answerTx(_caller: Caller, _item: InventoryItem): Message | 'notfound' | 'silence' {
    return 'silence';
  }
}

export class Denier extends Hoarder {
  protected override answerTx(): 'notfound' {
    return 'notfound';
  }
}

const STAY_MS = 40_000;

export class Drifter extends Hoarder {
  protected override established(caller: Caller): void {
    super.established(caller);
    this.world.after(this.chance.pause(STAY_MS), () => this.hangUp(caller.line));
  }
}

const DIG_MS = 20_000;

/** Announces again and again all that ever was, and delivers it: what is confirmed, and what was replaced. */
export class Gravedigger extends RelayPeer {
  readonly #heard = new Map<string, RealTx>();

  override hear(tx: RealTx): void {
    super.hear(tx);
    this.#heard.set(toHex(tx.tx.txid), tx).set(toHex(tx.tx.wtxid), tx);
  }

  protected override established(caller: Caller): void {
    super.established(caller);
    this.repeat(
      caller.line,
      () => this.chance.pause(DIG_MS),
      () => {
        const some = this.chance.sample([...new Set(this.#heard.values())], this.chance.int(1, 30));
        this.announceTxs(
          caller,
          some.map(({ tx }) => tx),
        );
      },
    );
  }

  protected override answerTx(_caller: Caller, { hash }: InventoryItem): Message | 'notfound' {
    const tx = this.#heard.get(toHex(hash));
    return tx === undefined ? 'notfound' : { command: 'tx', payload: tx.tx.tx };
  }
}

const LEAST_MS = 20_000;
const MOST_MS = 59_000;

/** Delivers, but so late that others may have thought better of it. */
export class Dawdler extends Hoarder {
  protected override answerTx({ line }: Caller, item: InventoryItem): 'notfound' | 'silence' {
    const tx = this.find(item);
    if (tx === undefined) return 'notfound';
    this.world.after(this.chance.int(LEAST_MS, MOST_MS), () =>
      line.send({ command: 'tx', payload: tx.tx.tx }),
    );
    return 'silence';
  }
}
