/** Transactions and their scripts as plain values, with what outputs pay to. */

import {
  addressOf,
  disassemble,
  disassembleInput,
  type Network,
  opReturnText,
  outputType,
} from '../../script/index.ts';
import { toDisplayHex, toHex, type Tx, txid, txSize, wtxid } from '../../wire/index.ts';
import { type Plain, plainInteger } from './plain.ts';

/** @param network whose addresses the outputs are shown with. */
export function describeTx(tx: Tx, network: Network): { readonly [name: string]: Plain } {
  const { sizeBytes, vsize, weight } = txSize(tx);
  return {
    txid: toDisplayHex(txid(tx)),
    wtxid: toDisplayHex(wtxid(tx)),
    size: sizeBytes,
    vsize,
    weight,
    version: tx.version,
    lockTime: tx.lockTime,
    inputs: tx.inputs.map(({ previous, script, sequence, witness }) => ({
      txid: toDisplayHex(previous.txid),
      vout: previous.vout,
      scriptHex: toHex(script),
      asm: disassembleInput(script),
      sequence,
      witness: witness.map(toHex),
    })),
    outputs: tx.outputs.map(({ valueSats, script }, n) => ({
      n,
      valueSats: plainInteger(valueSats),
      scriptHex: toHex(script),
      ...describeScript(script, network),
    })),
  };
}

/** What an output script is; the text only where it carries one. */
export function describeScript(script: Uint8Array, network: Network): { readonly [name: string]: Plain } {
  const text = opReturnText(script);
  return {
    type: outputType(script),
    address: addressOf(script, network) ?? null,
    asm: disassemble(script),
    ...(text === undefined ? {} : { text }),
  };
}
