/** Which transactions touch some scripts, and what these scripts have in the end. */

import { equalBytes } from '../bytes/hash.ts';
import { toDisplayHex } from '../bytes/hex.ts';
import { outputType } from '../script/classify.ts';
import { revealedScripts } from '../script/revealed-script.ts';
import type { IdentifiedTx } from '../wire/identified-tx.ts';
import { type OutPointKey, outPointKey } from '../wire/outpoint-key.ts';
import type { TxInput } from '../wire/tx.ts';
import { OutputDraft, type UnspentOutput } from './output-draft.ts';
import {
  type BlockPayments,
  type Payment,
  type ReceivedOutput,
  type SpentOutput,
  totalSats,
  type UnknownSpend,
} from './payment.ts';
import { type ScriptKey, scriptKey } from './script-key.ts';

/**
 * Confirmations up to which a wallet leaves new coins alone (Core: COINBASE_MATURITY, CWallet::GetTxBlocksToMaturity). The
 * rules of blocks let them be spent in the next block from 100 confirmations on; wallets wait for one more.
 */
const COINBASE_MATURITY = 100;

/** The first block: what its coinbase pays cannot be spent, and counts nowhere (Core: Chainstate::ConnectBlock). */
const GENESIS_HEIGHT = 0;

/** Kinds of script that an input shows when it spends them. */
const SHOWN_TYPES: ReadonlySet<string> = new Set(['p2pkh', 'p2sh', 'p2wpkh', 'p2wsh']);

/** A block to look at. That it keeps the rules was checked before (chain/check-block.ts). */
export interface ExaminedBlock {
  readonly height: number;
  /** 32 bytes in wire order. */
  readonly hash: Uint8Array;
  /** Unix seconds. */
  readonly blockTime: number;
  readonly transactions: readonly IdentifiedTx[];
}

/**
 * The history of watched scripts, and the outputs that they can spend.
 *
 * Blocks are looked at in order: what {@link examine} finds goes in with {@link append} before the next block is examined, and
 * comes out with {@link undoAbove} when its block leaves the best chain. The caller decides which blocks there are; those in
 * which nothing is found need no entry.
 *
 * A transaction may have the txid of an earlier one whose outputs are not spent. That happened twice, to coinbases of mainnet:
 * blocks 91,842 and 91,880 repeat those of 91,812 and 91,722 (BIP 30). The later output takes the place of the earlier one, so
 * nothing is gained: it counts once, as the earlier.
 */
export class Ledger {
  readonly #scripts: ReadonlyMap<ScriptKey, Uint8Array>;
  /** Lengths of scripts that are worth a look, in bytes. */
  readonly #lengths: ReadonlySet<number>;
  /** Whether an input that spends an unknown output can show one of the scripts. */
  readonly #areShown: boolean;
  readonly #unspent = new Map<OutPointKey, UnspentOutput>();
  readonly #blocks: BlockPayments[] = [];
  #paymentCount = 0;
  #unknownSpendCount = 0;
  #receivedSats = 0n;
  #spentSats = 0n;

  /** @param scripts output scripts; kept, and not to be changed. */
  constructor(scripts: readonly Uint8Array[]) {
    this.#scripts = new Map(scripts.map((script) => [scriptKey(script), script]));
    this.#lengths = new Set(scripts.map(({ length }) => length));
    this.#areShown = scripts.some((script) => SHOWN_TYPES.has(outputType(script)));
  }

  /** What the watched scripts have. */
  get balanceSats(): bigint {
    return this.#receivedSats - this.#spentSats;
  }

  /** All that they were ever paid, satoshis. */
  get receivedSats(): bigint {
    return this.#receivedSats;
  }

  /** All that was spent of it. */
  get spentSats(): bigint {
    return this.#spentSats;
  }

  /** Transactions that touched them. */
  get paymentCount(): number {
    return this.#paymentCount;
  }

  /** Inputs that seem to spend outputs from before the first block: these amounts are in no sum. */
  get unknownSpendCount(): number {
    return this.#unknownSpendCount;
  }

  /** Outputs that the balance consists of. */
  get unspentCount(): number {
    return this.#unspent.size;
  }

  /** Oldest first. */
  history(): Iterable<BlockPayments> {
    return this.#blocks.values();
  }

  /** The part of the balance that is new coins with 100 confirmations or fewer, which a wallet does not spend yet. */
  immatureSats(tipHeight: number): bigint {
    // By key, and once: the same transaction may have come again after this one was spent.
    const immature = new Map<OutPointKey, UnspentOutput>();
    for (let i = this.#blocks.length - 1; i >= 0; i--) {
      const { height, payments } = this.#blocks[i] as BlockPayments;
      const confirmations = tipHeight - height + 1;
      if (confirmations > COINBASE_MATURITY) break;
      const [first] = payments;
      if (first?.index !== 0) continue;
      for (const { vout } of first.received) {
        const key = outPointKey({ txid: first.txid, vout });
        const output = this.#unspent.get(key);
        if (output !== undefined) immature.set(key, output);
      }
    }
    return totalSats([...immature.values()]);
  }

  /** What a block means for the watched scripts; undefined when it touches none. Changes nothing. */
  examine({ height, hash, blockTime, transactions }: ExaminedBlock): BlockPayments | undefined {
    if (height === GENESIS_HEIGHT) return undefined;
    const draft = new OutputDraft(this.#unspent);
    const payments = transactions
      .map((transaction, index) => this.#examineTransaction(transaction, index, draft))
      .filter((payment) => payment !== undefined);
    return payments.length === 0 ? undefined : { height, hash: Uint8Array.from(hash), blockTime, payments };
  }

  /**
   * Takes in what a block above all others was found to hold.
   *
   * @throws {RangeError} when it does not follow from the blocks before; then nothing is changed.
   */
  append(found: BlockPayments): void {
    const { height, payments } = found;
    const last = this.#blocks.at(-1)?.height ?? GENESIS_HEIGHT;
    if (!Number.isSafeInteger(height) || height <= last)
      throw new RangeError(`height ${height} is not above ${last}`);
    if (payments.length === 0) throw new RangeError(`nothing was found at height ${height}`);
    const draft = new OutputDraft(this.#unspent);
    let index = -1;
    for (const payment of payments) {
      if (!(payment.index > index)) throw new RangeError(`place ${payment.index} comes after ${index}`);
      index = payment.index;
      this.#follow(payment, draft);
    }
    draft.commit();
    for (const payment of payments) this.#count(payment, 1);
    this.#blocks.push(found);
  }

  /** Forgets the blocks above a height. All is as it was before them. @returns what they held, the newest first. */
  undoAbove(height: number): BlockPayments[] {
    const removed: BlockPayments[] = [];
    for (let last = this.#blocks.at(-1); last !== undefined && last.height > height;) {
      this.#blocks.pop();
      for (const payment of last.payments.toReversed()) {
        this.#unmake(payment);
        this.#count(payment, -1);
      }
      removed.push(last);
      last = this.#blocks.at(-1);
    }
    return removed;
  }

  #examineTransaction(transaction: IdentifiedTx, index: number, draft: OutputDraft): Payment | undefined {
    const { tx, txid } = transaction;
    const received: ReceivedOutput[] = [];
    const spent: SpentOutput[] = [];
    const unknownSpends: UnknownSpend[] = [];
    tx.inputs.forEach((input, vin) => {
      const output = draft.spend(input.previous);
      if (output !== undefined) spent.push({ vin, ...output });
      else if (this.#areShown) unknownSpends.push(...this.#unknownSpend(input, vin));
    });
    tx.outputs.forEach(({ script, valueSats }, vout) => {
      const watched = this.#watched(script);
      // One that is there already gains nothing (BIP 30).
      if (watched !== undefined && draft.make({ txid, vout, valueSats, script: watched }))
        received.push({ vout, valueSats, script: watched });
    });
    if (received.length + spent.length + unknownSpends.length === 0) return undefined;
    return { txid, index, received, spent, unknownSpends };
  }

  /** At most one. */
  #unknownSpend(input: TxInput, vin: number): UnknownSpend[] {
    const { txid, vout } = input.previous;
    return revealedScripts(input)
      .map((script) => this.#watched(script))
      .filter((script) => script !== undefined)
      .map((script) => ({ vin, txid: Uint8Array.from(txid), vout, script }));
  }

  /** The script as it was handed in; undefined when it is not watched. */
  #watched(script: Uint8Array): Uint8Array | undefined {
    return this.#lengths.has(script.length) ? this.#scripts.get(scriptKey(script)) : undefined;
  }

  /** @throws {RangeError} when a payment does not follow from what is known. */
  #follow({ txid, received, spent, unknownSpends }: Payment, draft: OutputDraft): void {
    const where = toDisplayHex(txid);
    if (received.length + spent.length + unknownSpends.length === 0)
      throw new RangeError(`${where} touches nothing`);
    for (const { vin, script, valueSats, ...previous } of spent) {
      const output = draft.spend(previous);
      if (output === undefined) throw new RangeError(`input ${vin} of ${where} spends what is not there`);
      if (output.valueSats !== valueSats || !equalBytes(output.script, script))
        throw new RangeError(`input ${vin} of ${where} spends another output than was made`);
    }
    for (const { vout, valueSats, script } of received) {
      const watched = this.#watched(script);
      if (watched === undefined)
        throw new RangeError(`output ${vout} of ${where} pays to a script that is not watched`);
      if (!draft.make({ txid, vout, valueSats, script: watched }))
        throw new RangeError(`output ${vout} of ${where} is there already`);
    }
  }

  #unmake({ txid, received, spent }: Payment): void {
    for (const { vout } of received) this.#unspent.delete(outPointKey({ txid, vout }));
    for (const { vin: _, ...output } of spent) this.#unspent.set(outPointKey(output), output);
  }

  #count({ received, spent, unknownSpends }: Payment, sign: 1 | -1): void {
    this.#paymentCount += sign;
    this.#unknownSpendCount += sign * unknownSpends.length;
    this.#receivedSats += BigInt(sign) * totalSats(received);
    this.#spentSats += BigInt(sign) * totalSats(spent);
  }
}
