/** What a bitcoind says of a transaction, in the words of our own events. */
import type { TxEvent, TxOutputInfo } from '../../../src/index.ts';
import type { Bitcoind } from './bitcoind.ts';
import { toSats } from './wallet.ts';

/** Our names for the node's kinds of output. */
const OUTPUT_TYPES: Readonly<Record<string, TxOutputInfo['type']>> = {
  pubkey: 'p2pk',
  pubkeyhash: 'p2pkh',
  scripthash: 'p2sh',
  witness_v0_keyhash: 'p2wpkh',
  witness_v0_scripthash: 'p2wsh',
  witness_v1_taproot: 'p2tr',
  anchor: 'p2a',
  multisig: 'multisig',
  nulldata: 'op-return',
  witness_unknown: 'witness-unknown',
  nonstandard: 'nonstandard',
};
/** Sequence numbers up to this say that the transaction may be replaced (BIP 125). */
const LAST_REPLACEABLE_SEQUENCE = 0xffff_fffd;

/** As getrawtransaction and decoderawtransaction give it. */
interface VerboseTransaction {
  readonly txid: string;
  readonly hash: string;
  readonly size: number;
  readonly vsize: number;
  readonly weight: number;
  readonly version: number;
  readonly locktime: number;
  readonly vin: readonly { readonly txid: string; readonly vout: number; readonly sequence: number }[];
  readonly vout: readonly {
    readonly value: number;
    readonly n: number;
    readonly scriptPubKey: { readonly hex: string; readonly type: string; readonly address?: string };
  }[];
}

/** The part of an event that follows from the bytes of the transaction alone, with the bytes in hexadecimal. */
export type TransactionFacts = Pick<
  TxEvent,
  | 'txid'
  | 'wtxid'
  | 'size'
  | 'vsize'
  | 'weight'
  | 'version'
  | 'lockTime'
  | 'signalsRbf'
  | 'inputs'
  | 'outputs'
  | 'outputTotalSats'
> & { readonly hex: string };

/** Our name for one of bitcoind's kinds of output. */
export function outputTypeOf(nodeType: string): TxOutputInfo['type'] {
  const type = OUTPUT_TYPES[nodeType];
  if (type === undefined) throw new Error(`the node has a new kind of output: ${nodeType}`);
  return type;
}

/** What a bitcoind says of a transaction in its mempool. */
export async function factsOf(node: Bitcoind, txid: string): Promise<TransactionFacts> {
  const verbose = await node.rpc<VerboseTransaction & { hex: string }>('getrawtransaction', [txid, true]);
  return toFacts(verbose, verbose.hex);
}

/** What a bitcoind says of the bytes of a transaction, whether it would take it or not. */
export async function factsOfBytes(node: Bitcoind, hex: string): Promise<TransactionFacts> {
  return toFacts(await node.rpc<VerboseTransaction>('decoderawtransaction', [hex]), hex);
}

function toFacts(verbose: VerboseTransaction, hex: string): TransactionFacts {
  const { txid, hash, size, vsize, weight, version, locktime, vin, vout } = verbose;
  const outputs = vout.map(({ n, value, scriptPubKey }): TxOutputInfo => {
    const type = outputTypeOf(scriptPubKey.type);
    const address = scriptPubKey.address ?? null;
    return { n, valueSats: Number(toSats(value)), type, address, scriptHex: scriptPubKey.hex };
  });
  return {
    txid,
    wtxid: hash,
    size,
    vsize,
    weight,
    version,
    lockTime: locktime,
    signalsRbf: vin.some(({ sequence }) => sequence <= LAST_REPLACEABLE_SEQUENCE),
    inputs: vin.map(({ txid: spent, vout: position, sequence }) => ({
      txid: spent,
      vout: position,
      sequence,
    })),
    outputs,
    outputTotalSats: outputs.reduce((sum, { valueSats }) => sum + valueSats, 0),
    hex,
  };
}

/** The same of an event; texts of outputs, which nodes do not give, are left out. */
export function factsIn(event: TxEvent): TransactionFacts {
  const { txid, wtxid, size, vsize, weight, version, lockTime, signalsRbf, inputs, outputTotalSats, raw } =
    event;
  const outputs = event.outputs.map(({ n, valueSats, type, address, scriptHex }): TxOutputInfo => ({
    n,
    valueSats,
    type,
    address,
    scriptHex,
  }));
  const hex = Buffer.from(raw).toString('hex');
  return {
    txid,
    wtxid,
    size,
    vsize,
    weight,
    version,
    lockTime,
    signalsRbf,
    inputs,
    outputs,
    outputTotalSats,
    hex,
  };
}

/** Fees and relations as we tell of them. */
export type Relations = Pick<TxEvent, 'feeSats' | 'ancestors' | 'descendants'>;

/** What a bitcoind says of the fees and relations of a transaction in its mempool. */
export async function relationsOf(node: Bitcoind, txid: string): Promise<Relations> {
  const entry = await node.rpc<{
    fees: { base: number; ancestor: number; descendant: number };
    ancestorcount: number;
    ancestorsize: number;
    descendantcount: number;
    descendantsize: number;
  }>('getmempoolentry', [txid]);
  const { fees, ancestorcount, ancestorsize, descendantcount, descendantsize } = entry;
  return {
    feeSats: Number(toSats(fees.base)),
    ancestors: { count: ancestorcount, vsize: ancestorsize, feeSats: Number(toSats(fees.ancestor)) },
    descendants: { count: descendantcount, vsize: descendantsize, feeSats: Number(toSats(fees.descendant)) },
  };
}

/** The same of an event. */
export function relationsIn({ feeSats, ancestors, descendants }: Relations): Relations {
  return { feeSats, ancestors, descendants };
}
