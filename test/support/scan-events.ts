/** Events of a scan as the library tells them, with little to say about each. */
import type {
  PaymentEvent,
  PaymentInput,
  PaymentOutput,
  PaymentRemovedEvent,
  ScannedEvent,
  ScanProgressEvent,
} from '../../src/index.ts';
import { txidOf } from './tx-events.ts';

export const ADDRESS = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
export const SCRIPT_HEX = '0014751e76e8199196d454941c45d1b3a323f1433bd6';
const STAMP = { time: '2026-11-21T14:02:03.000Z', network: 'regtest' } as const;
/** 2026-11-21 14:02:03 UTC */
const BLOCK_TIME = 1_795_269_723;

export function blockOf(height: number): string {
  return `${'0'.repeat(16)}${height.toString(16).padStart(48, 'a')}`;
}

export function paymentOutput(fields: Partial<PaymentOutput> = {}): PaymentOutput {
  return { n: 0, valueSats: 150_000_000, address: ADDRESS, scriptHex: SCRIPT_HEX, ...fields };
}

export function paymentInput(fields: Partial<PaymentInput> = {}): PaymentInput {
  return {
    n: 0,
    txid: txidOf(1),
    vout: 3,
    valueSats: 50_000_000,
    address: ADDRESS,
    scriptHex: SCRIPT_HEX,
    ...fields,
  };
}

/** Receives 1.5 BTC in the block of a height. */
export function paymentEvent(height: number, fields: Partial<PaymentEvent> = {}): PaymentEvent {
  return {
    event: 'payment',
    ...STAMP,
    height,
    block: blockOf(height),
    blockTime: BLOCK_TIME,
    txid: txidOf(height),
    index: 1,
    coinbase: false,
    receivedSats: 150_000_000,
    spentSats: 0,
    netSats: 150_000_000,
    balanceSats: 150_000_000,
    outputs: [paymentOutput()],
    inputs: [],
    stored: false,
    ...fields,
  };
}

/** Spends 0.5 BTC in the block of a height. */
export function spendingEvent(height: number, fields: Partial<PaymentEvent> = {}): PaymentEvent {
  return paymentEvent(height, {
    receivedSats: 0,
    spentSats: 50_000_000,
    netSats: -50_000_000,
    balanceSats: 100_000_000,
    outputs: [],
    inputs: [paymentInput()],
    ...fields,
  });
}

export function paymentRemovedEvent(
  height: number,
  fields: Partial<PaymentRemovedEvent> = {},
): PaymentRemovedEvent {
  return {
    event: 'payment-removed',
    ...STAMP,
    height,
    block: blockOf(height),
    txid: txidOf(height),
    netSats: 150_000_000,
    balanceSats: 0,
    ...fields,
  };
}

export function scanProgressEvent(
  height: number,
  fields: Partial<ScanProgressEvent> = {},
): ScanProgressEvent {
  return {
    event: 'scan-progress',
    ...STAMP,
    fromHeight: 0,
    height,
    target: 1_000,
    blocksPerSecond: 100,
    fetchedBlocks: 7,
    ...fields,
  };
}

export function scannedEvent(fields: Partial<ScannedEvent> = {}): ScannedEvent {
  return {
    event: 'scanned',
    ...STAMP,
    fromHeight: 0,
    height: 1_000,
    hash: blockOf(1_000),
    balanceSats: 150_000_000,
    immatureSats: 0,
    receivedSats: 150_000_000,
    spentSats: 0,
    payments: 1,
    unspent: 1,
    unknownSpends: 0,
    fetchedBlocks: 7,
    seconds: 12.34,
    ...fields,
  };
}
