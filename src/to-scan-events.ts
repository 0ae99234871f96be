/** Puts payments that a scan found into their public form. */

import { toDisplayHex, toHex } from './bytes/hex.ts';
import type { Stamp } from './client-events.ts';
import { type BlockPayments, type Payment, totalSats } from './ledger/payment.ts';
import type { Network } from './networks/network.ts';
import type { NodeEvent } from './protocol/events.ts';
import type { ScanNews } from './protocol/scan/scan-contract.ts';
import type {
  PaymentEvent,
  PaymentInput,
  PaymentOutput,
  PaymentRemovedEvent,
  ScanEvent,
} from './scan-events.ts';
import { addressOf } from './script/address.ts';

/** What is told of scans alone. */
export type ToldOfScan = Exclude<ScanNews, { event: 'warning' }>;

export function isToldOfScan(event: NodeEvent): event is ToldOfScan {
  const { event: name } = event;
  return name === 'payments' || name === 'payments-removed' || name === 'scan-progress' || name === 'scanned';
}

/** Puts what is told of a scan into its public form: a block may hold several payments. */
export function toScanEvents(news: ToldOfScan, stamp: Stamp, network: Network): ScanEvent[] {
  switch (news.event) {
    case 'payments': {
      const { found, balanceSats, isStored } = news;
      return toPaymentEvents(found, balanceSats, { ...stamp, stored: isStored }, network);
    }
    case 'payments-removed':
      return toPaymentRemovedEvents(news.found, news.balanceSats, stamp);
    case 'scan-progress': {
      const { event, ...position } = news;
      return [{ event, ...stamp, ...position }];
    }
    case 'scanned': {
      const {
        event,
        fromHeight,
        tip,
        balanceSats,
        immatureSats,
        receivedSats,
        spentSats,
        seconds,
        ...counts
      } = news;
      return [
        {
          event,
          ...stamp,
          fromHeight,
          height: tip.height,
          hash: toDisplayHex(tip.hash),
          balanceSats: Number(balanceSats),
          immatureSats: Number(immatureSats),
          receivedSats: Number(receivedSats),
          spentSats: Number(spentSats),
          ...counts,
          seconds: Math.round(seconds * 1000) / 1000,
        },
      ];
    }
  }
}

/** The place of the transaction that makes new coins. */
const COINBASE_INDEX = 0;

/** What the events of a block have in common. */
export interface PaymentStamp extends Stamp {
  /** Whether it was found by an earlier run. */
  readonly stored: boolean;
}

/**
 * The payments of a block, in its order.
 *
 * @param balanceSats what the watched scripts had before the block.
 */
export function toPaymentEvents(
  found: BlockPayments,
  balanceSats: bigint,
  stamp: PaymentStamp,
  network: Network,
): PaymentEvent[] {
  const { height, hash, blockTime, payments } = found;
  const block = toDisplayHex(hash);
  let balance = balanceSats;
  return payments.map((payment): PaymentEvent => {
    const { txid, index, received, spent } = payment;
    balance += netSats(payment);
    return {
      event: 'payment',
      time: stamp.time,
      network: stamp.network,
      height,
      block,
      blockTime,
      txid: toDisplayHex(txid),
      index,
      coinbase: index === COINBASE_INDEX,
      receivedSats: Number(totalSats(received)),
      spentSats: Number(totalSats(spent)),
      netSats: Number(netSats(payment)),
      balanceSats: Number(balance),
      outputs: outputsOf(payment, network),
      inputs: inputsOf(payment, network),
      stored: stamp.stored,
    };
  });
}

/**
 * The payments of a block that left the best chain, the last one first.
 *
 * @param balanceSats what the watched scripts had after the block.
 */
export function toPaymentRemovedEvents(
  found: BlockPayments,
  balanceSats: bigint,
  stamp: Stamp,
): PaymentRemovedEvent[] {
  const { height, hash, payments } = found;
  const block = toDisplayHex(hash);
  let balance = balanceSats;
  return payments.toReversed().map((payment): PaymentRemovedEvent => {
    balance -= netSats(payment);
    return {
      event: 'payment-removed',
      time: stamp.time,
      network: stamp.network,
      height,
      block,
      txid: toDisplayHex(payment.txid),
      netSats: Number(netSats(payment)),
      balanceSats: Number(balance),
    };
  });
}

/** What a payment changes. */
function netSats({ received, spent }: Payment): bigint {
  return totalSats(received) - totalSats(spent);
}

function outputsOf({ received }: Payment, network: Network): PaymentOutput[] {
  return received.map(({ vout, valueSats, script }) => ({
    n: vout,
    valueSats: Number(valueSats),
    ...describeScript(script, network),
  }));
}

/** In the order of the transaction. */
function inputsOf({ spent, unknownSpends }: Payment, network: Network): PaymentInput[] {
  const known = spent.map((input) => ({ ...input, valueSats: Number(input.valueSats) }));
  const unknown = unknownSpends.map((input) => ({ ...input, valueSats: null }));
  return [...known, ...unknown]
    .toSorted((a, b) => a.vin - b.vin)
    .map(({ vin, txid, vout, valueSats, script }) => ({
      n: vin,
      txid: toDisplayHex(txid),
      vout,
      valueSats,
      ...describeScript(script, network),
    }));
}

function describeScript(
  script: Uint8Array,
  network: Network,
): { readonly address: string | null; readonly scriptHex: string } {
  return { address: addressOf(script, network) ?? null, scriptHex: toHex(script) };
}
