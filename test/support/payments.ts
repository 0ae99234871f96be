/** Transactions that pay to scripts and spend from them as wallets do, so that they can be recognised. */
import { hash160, sha256d } from '../../src/bytes/hash.ts';
import { fromHex } from '../../src/bytes/hex.ts';
import type { ExaminedBlock } from '../../src/ledger/ledger.ts';
import { identify, type IdentifiedTx } from '../../src/wire/identified-tx.ts';
import type { OutPoint, TxInput } from '../../src/wire/tx.ts';
import { aCoinbase } from './made-blocks.ts';

const SIGNATURE = fromHex('300602010102017f01');

/** Who has a key; another one for each number below 256. */
export interface KeyOwner {
  readonly key: Uint8Array;
  /** Pays to the hash of the key (P2WPKH). */
  readonly script: Uint8Array;
}

export function owner(n: number): KeyOwner {
  const key = Uint8Array.of(2, ...new Uint8Array(31).fill(0x22), n);
  return { key, script: Uint8Array.of(0, 20, ...hash160(key)) };
}

/** A script that pays to nobody known, and that no input shows (P2TR); another one for each number below 256. */
export function taproot(n: number): Uint8Array {
  return Uint8Array.of(0x51, 32, ...new Uint8Array(32).fill(n));
}

/** An amount in satoshis for a script. */
export type Pay = readonly [script: Uint8Array, sats: number];

/** Spends an output; shown is the key that its script asks for, if it does. */
export function inputOf(previous: OutPoint, shown?: Uint8Array): TxInput {
  const witness = shown === undefined ? [new Uint8Array(64)] : [SIGNATURE, shown];
  return { previous, script: new Uint8Array(0), sequence: 0xffff_ffff, witness };
}

export function transfer(inputs: readonly TxInput[], pays: readonly Pay[]): IdentifiedTx {
  return identify({ version: 2, inputs, outputs: pays.map(toOutput), lockTime: 0 });
}

/** New coins; the same transaction for the same number and payments. */
export function coinbase(n: number, pays: readonly Pay[]): IdentifiedTx {
  return identify(aCoinbase(n, { outputs: pays.map(toOutput) }));
}

/** A block as a ledger sees it; its hash follows from its height and its salt. */
export function blockAt(height: number, transactions: readonly IdentifiedTx[], salt = 0): ExaminedBlock {
  const hash = sha256d(Uint8Array.of(height & 0xff, height >> 8, height >> 16, salt));
  return { height, hash, blockTime: 1_600_000_000 + 600 * height, transactions };
}

function toOutput([script, sats]: Pay): { script: Uint8Array; valueSats: bigint } {
  return { script, valueSats: BigInt(sats) };
}
