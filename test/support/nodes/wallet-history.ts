/** What a scan for the scripts of our wallet has to find: what the wallet lists, and what the node's set of unspent outputs has. */
import assert from 'node:assert/strict';
import type { PaymentEvent, ScanEvent, ScannedEvent } from '../../../src/index.ts';
import type { PayingNodes, WalletPayment } from './paying-nodes.ts';

/** Places of each descriptor that are looked at: more than the wallet uses of any. */
export const RANGE = [0, 199] as const;

export interface FoundPayments {
  /** Those that were not taken back. */
  readonly payments: readonly PaymentEvent[];
  readonly end: ScannedEvent;
}

/** Payments that were told and not taken back. */
export function standing(events: readonly { readonly event: string }[]): PaymentEvent[] {
  const payments: PaymentEvent[] = [];
  for (const told of events as readonly ScanEvent[]) {
    if (told.event === 'payment') payments.push(told);
    if (told.event !== 'payment-removed') continue;
    const last = payments.pop();
    assert.deepEqual([last?.txid, last?.block], [told.txid, told.block], 'the newest first');
  }
  return payments;
}

/** What a wallet says, at one moment. */
export interface WalletTruth {
  /** By txid. */
  readonly listed: ReadonlyMap<string, WalletPayment>;
  /** What the scripts have by the node's set of unspent outputs. */
  readonly unspentSats: number;
  readonly balances: { readonly spendableSats: number; readonly immatureSats: number };
}

export async function walletTruth(nodes: PayingNodes): Promise<WalletTruth> {
  return {
    listed: await nodes.listed(),
    unspentSats: await nodes.unspentSats(await nodes.descriptors(), RANGE),
    balances: await nodes.balances(),
  };
}

export async function assertIsWallets(nodes: PayingNodes, found: FoundPayments): Promise<void> {
  assertFound(await walletTruth(nodes), found);
}

/** After a reorganisation wallets go on counting what became unconfirmed; the set of unspent outputs does not. */
export async function assertIsHistory(nodes: PayingNodes, found: FoundPayments): Promise<void> {
  assertFoundHistory(await walletTruth(nodes), found);
}

export function assertFound(truth: WalletTruth, found: FoundPayments): void {
  assertFoundHistory(truth, found);
  const { balanceSats, immatureSats } = found.end;
  assert.deepEqual({ spendableSats: balanceSats - immatureSats, immatureSats }, truth.balances);
}

function assertFoundHistory({ listed, unspentSats }: WalletTruth, { payments, end }: FoundPayments): void {
  const found = payments.map(({ txid, height, netSats }) => `${height} ${txid} ${netSats}`);
  const wanted = Array.from(listed, ([txid, { height, netSats }]) => `${height} ${txid} ${netSats}`);
  assert.deepEqual(found.toSorted(), wanted.toSorted());
  assert.deepEqual(
    payments.map(({ height }) => height),
    payments.map(({ height }) => height).toSorted((a, b) => a - b),
  );
  assert.equal(payments.at(-1)?.balanceSats, end.balanceSats);
  assert.equal(end.balanceSats, unspentSats);
  assert.equal(end.payments, listed.size);
  assert.equal(end.unknownSpends, 0);
}
