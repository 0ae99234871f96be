/** What bitcoind says a transaction is, in the words of `headlight decode tx`. */
import type { Bitcoind } from './bitcoind.ts';
import { outputTypeOf } from './node-transaction.ts';

interface NodeScript {
  readonly asm: string;
  readonly hex: string;
  readonly type: string;
  readonly address?: string;
}

interface NodeTransaction {
  readonly txid: string;
  readonly hash: string;
  readonly size: number;
  readonly vsize: number;
  readonly weight: number;
  readonly version: number;
  readonly locktime: number;
  readonly vin: readonly {
    readonly txid?: string;
    readonly vout?: number;
    readonly coinbase?: string;
    readonly scriptSig?: { readonly asm: string; readonly hex: string };
    readonly sequence: number;
    readonly txinwitness?: readonly string[];
  }[];
  readonly vout: readonly {
    readonly n: number;
    readonly value: number;
    readonly scriptPubKey: NodeScript;
  }[];
}

const SATS = 100_000_000;

/** All fields but `fault`; `text` only of outputs with one push of five bytes or more. */
export async function decodedByNode(node: Bitcoind, hex: string): Promise<object> {
  const { txid, hash, size, vsize, weight, version, locktime, vin, vout } = await node.rpc<NodeTransaction>(
    'decoderawtransaction',
    [hex],
  );
  const inputs = vin.map(async (input) => {
    const { scriptSig = await coinbaseScript(node, input.coinbase as string) } = input;
    return {
      txid: input.txid ?? '0'.repeat(64),
      vout: input.vout ?? 0xffffffff,
      scriptHex: scriptSig.hex,
      asm: scriptSig.asm,
      sequence: input.sequence,
      witness: input.txinwitness ?? [],
    };
  });
  return {
    txid,
    wtxid: hash,
    size,
    vsize,
    weight,
    version,
    lockTime: locktime,
    inputs: await Promise.all(inputs),
    outputs: vout.map(({ n, value, scriptPubKey }) => ({
      n,
      // Eight decimals are at most 17 digits: the nearest whole number is the one that was meant.
      valueSats: Math.round(value * SATS),
      scriptHex: scriptPubKey.hex,
      ...describedByNode(scriptPubKey),
    })),
  };
}

/** bitcoind names no operations of a coinbase, but it does when asked for the script alone. */
async function coinbaseScript(node: Bitcoind, hex: string): Promise<{ asm: string; hex: string }> {
  const { asm } = await node.rpc<NodeScript>('decodescript', [hex]);
  return { asm, hex };
}

function describedByNode({
  asm,
  type,
  address = null,
}: Omit<NodeScript, 'address'> & { address?: string | null }): object {
  const text = /^OP_RETURN ([0-9a-f]{10,})$/.exec(asm)?.[1];
  return { type: outputTypeOf(type), address, asm, ...(text === undefined ? {} : printable(text)) };
}

function printable(hex: string): { text?: string } {
  const text = Buffer.from(hex, 'hex').toString('utf8');
  const isText = Buffer.from(text, 'utf8').toString('hex') === hex && !/[^\P{Cc}\t\n]/u.test(text);
  return isText ? { text } : {};
}
