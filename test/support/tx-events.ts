/** Events of transactions as the library tells them, with little to say about each. */
import type { TxEvent, TxOutputInfo, TxRemovedEvent } from '../../src/index.ts';
import type { Tx } from '../../src/wire/tx.ts';

const TIME = '2026-11-21T14:02:03.000Z';
const WITNESS_PROGRAM_BYTES = 20;

/** A transaction that spends an output nobody knows, one for each number, and pays to a p2wpkh output. */
export function payingTx(number: number): Tx {
  const txid = new Uint8Array(32).fill(7);
  new DataView(txid.buffer).setUint32(0, number);
  const script = Uint8Array.of(0, WITNESS_PROGRAM_BYTES, ...new Uint8Array(WITNESS_PROGRAM_BYTES).fill(9));
  const signature = new Uint8Array(71).fill(1);
  return {
    version: 2,
    inputs: [
      { previous: { txid, vout: 0 }, script: new Uint8Array(), sequence: 0xfffffffd, witness: [signature] },
    ],
    outputs: [{ valueSats: BigInt(1_000 + number), script }],
    lockTime: 0,
  };
}

export function txidOf(number: number): string {
  return number.toString(16).padStart(64, '0');
}

export function outputOf(fields: Partial<TxOutputInfo> = {}): TxOutputInfo {
  return {
    n: 0,
    valueSats: 150_000_000,
    type: 'p2wpkh',
    address: 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080',
    scriptHex: '0014751e76e8199196d454941c45d1b3a323f1433bd6',
    ...fields,
  };
}

export function txEvent(number: number, fields: Partial<TxEvent> = {}): TxEvent {
  const transaction = payingTx(number);
  const event = {
    event: 'tx' as const,
    time: TIME,
    network: 'regtest' as const,
    txid: txidOf(number),
    wtxid: txidOf(number),
    firstSeen: TIME,
    size: 222,
    vsize: 141,
    weight: 561,
    version: 2,
    lockTime: 0,
    signalsRbf: false,
    feeSats: null,
    feeRate: null,
    ancestors: null,
    descendants: null,
    peers: 1,
    conflictsWith: [],
    inputs: [{ txid: txidOf(number + 1), vout: 0, sequence: 0xffffffff }],
    outputs: [outputOf()],
    outputTotalSats: 150_000_000,
    replaces: [],
    isReturned: false,
    ...fields,
  };
  return Object.defineProperties(event, {
    raw: { value: new Uint8Array(), enumerable: false },
    transaction: { value: transaction, enumerable: false },
  }) as TxEvent;
}

export function removedEvent(number: number, fields: Partial<TxRemovedEvent> = {}): TxRemovedEvent {
  return {
    event: 'tx-removed',
    time: TIME,
    network: 'regtest',
    txid: txidOf(number),
    reason: 'confirmed',
    block: 'ab'.repeat(32),
    height: 123,
    replacedBy: null,
    peers: 1,
    ...fields,
  };
}
