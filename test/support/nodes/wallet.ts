/** The wallet of a bitcoind: coins at any kind of script, and transactions that spend them, signed and not yet sent. */
import { decode, encode, fromDisplayHex, fromHex, toDisplayHex, toHex } from '../../../src/wire/index.ts';
import { tx, txid, type TxInput, type TxOutput } from '../../../src/wire/tx.ts';
import type { Bitcoind } from './bitcoind.ts';

export type AddressType = 'legacy' | 'p2sh-segwit' | 'bech32' | 'bech32m';

/** An output that can be spent. */
export interface Coin {
  /** Display order. */
  readonly txid: string;
  readonly vout: number;
  readonly valueSats: bigint;
}

/** What each coin is worth that a test asks for; there are enough of them. */
export const COIN_SATS = 100_000_000n;
/** What a payment pays to be mined: many times what nodes ask for. */
export const FEE_SATS = 20_000n;
const FUNDING_FEE_SATS = 100_000n;
const SATS_PER_BITCOIN = 100_000_000;
/** Says that it may be replaced (BIP 125), as wallets do. */
const REPLACEABLE_SEQUENCE = 0xffff_fffd;

/** Mines one block with exactly these transactions; the result does not matter here. */
export type MineExactly = (hexes: readonly string[]) => Promise<unknown>;

export class Wallet {
  readonly node: Bitcoind;
  readonly #mineExactly: MineExactly;

  private constructor(node: Bitcoind, mineExactly: MineExactly) {
    this.node = node;
    this.#mineExactly = mineExactly;
  }

  /** An empty wallet. */
  static async create(
    node: Bitcoind,
    mineExactly: MineExactly = (hexes) => node.mineExactly(hexes),
  ): Promise<Wallet> {
    await node.rpc('createwallet', ['headlight']);
    return new Wallet(node, mineExactly);
  }

  async newAddress(type: AddressType): Promise<string> {
    return this.node.rpc('getnewaddress', ['', type]);
  }

  async newScript(type: AddressType): Promise<Uint8Array> {
    return this.scriptOf(await this.newAddress(type));
  }

  /** The output script that an address, of anybody, stands for. */
  async scriptOf(address: string): Promise<Uint8Array> {
    const { scriptPubKey } = await this.node.rpc<{ scriptPubKey: string }>('validateaddress', [address]);
    return fromHex(scriptPubKey);
  }

  /**
   * Puts a coin on each of the scripts, in one transaction and a block of its own: no relay rule is asked about it. The
   * wallet itself will not touch them.
   */
  async coins(scripts: readonly Uint8Array[], valueSats: bigint = COIN_SATS): Promise<Coin[]> {
    const sum = valueSats * BigInt(scripts.length) + FUNDING_FEE_SATS;
    const spent = await this.#unspent(sum);
    const change = spent.reduce((total, coin) => total + coin.valueSats, 0n) - sum;
    const outputs = scripts.map((script) => ({ valueSats, script }));
    const hex = await this.spend(spent, [
      ...outputs,
      { valueSats: change, script: await this.newScript('bech32') },
    ]);
    await this.#mineExactly([hex]);
    const funding = txidOf(hex);
    const places = scripts.map((_, vout) => ({ txid: funding, vout }));
    await this.node.rpc('lockunspent', [false, places]);
    return places.map((place) => ({ ...place, valueSats }));
  }

  /** A signed transaction that has not been sent. */
  async spend(coins: readonly Coin[], outputs: readonly TxOutput[]): Promise<string> {
    return this.sign(await this.unsigned(coins, outputs));
  }

  /** @param lockTime height after which it may be mined; default: it may be in the next block. */
  async unsigned(coins: readonly Coin[], outputs: readonly TxOutput[], lockTime?: number): Promise<string> {
    const inputs = coins.map((coin): TxInput => {
      const previous = { txid: fromDisplayHex(coin.txid), vout: coin.vout };
      return { previous, script: new Uint8Array(0), sequence: REPLACEABLE_SEQUENCE, witness: [] };
    });
    const { height } = await this.node.tip();
    return toHex(encode(tx, { version: 2, inputs, outputs, lockTime: lockTime ?? height }));
  }

  /** Spends a coin to one other script of the wallet, or of anybody. */
  async pay(coin: Coin, script?: Uint8Array, feeSats: bigint = FEE_SATS): Promise<string> {
    const to = script ?? (await this.newScript('bech32'));
    return this.spend([coin], [{ valueSats: coin.valueSats - feeSats, script: to }]);
  }

  async sign(unsignedHex: string): Promise<string> {
    const signed = await this.node.rpc<{ hex: string; complete: boolean }>('signrawtransactionwithwallet', [
      unsignedHex,
    ]);
    if (!signed.complete) throw new Error(`the wallet cannot sign ${unsignedHex}`);
    return signed.hex;
  }

  /** Hands a transaction to the node; returns its txid, display order. */
  async send(hex: string): Promise<string> {
    return this.node.rpc('sendrawtransaction', [hex]);
  }

  /** Has the wallet itself pay to one of its addresses; returns the txid, display order. */
  async sendToSelf(bitcoin: number): Promise<string> {
    return this.node.rpc('sendtoaddress', [await this.newAddress('bech32'), bitcoin]);
  }

  /** Lets the wallet spend what a descriptor with private keys describes. */
  async import(descriptor: string): Promise<void> {
    const desc = await this.#withChecksum(descriptor);
    const results = await this.node.rpc<{ success: boolean }[]>('importdescriptors', [
      [{ desc, timestamp: 'now' }],
    ]);
    if (!results.every(({ success }) => success)) throw new Error(`${descriptor} could not be imported`);
  }

  /** The script of a descriptor that has an address, once the wallet can spend it. */
  async importScript(descriptor: string): Promise<Uint8Array> {
    await this.import(descriptor);
    const [address = ''] = await this.node.rpc<string[]>('deriveaddresses', [
      await this.#withChecksum(descriptor),
    ]);
    return this.scriptOf(address);
  }

  /** The public key, 33 bytes, of a private one in the wallets' import format. */
  async publicKey(privateKey: string): Promise<Uint8Array> {
    // The node repeats a descriptor with public keys in the place of private ones.
    const { descriptor } = await this.node.rpc<{ descriptor: string }>('getdescriptorinfo', [
      `pk(${privateKey})`,
    ]);
    return fromHex(/^pk\((\w+)\)/.exec(descriptor)?.[1] ?? '');
  }

  async #withChecksum(descriptor: string): Promise<string> {
    const { checksum } = await this.node.rpc<{ checksum: string }>('getdescriptorinfo', [descriptor]);
    return `${descriptor}#${checksum}`;
  }

  /** Coins of the wallet's own that make up a sum. */
  async #unspent(sumSats: bigint): Promise<Coin[]> {
    const listed = await this.node.rpc<{ txid: string; vout: number; amount: number }[]>('listunspent');
    const found: Coin[] = [];
    let total = 0n;
    for (const { txid: of, vout, amount } of listed) {
      if (total >= sumSats) break;
      found.push({ txid: of, vout, valueSats: toSats(amount) });
      total += toSats(amount);
    }
    if (total < sumSats) throw new Error(`the wallet has ${total} of ${sumSats} satoshis`);
    return found;
  }
}

/** An amount as RPC gives it, in satoshis. */
export function toSats(bitcoin: number): bigint {
  return BigInt(Math.round(bitcoin * SATS_PER_BITCOIN));
}

/** Txid of an encoded transaction, display order. */
export function txidOf(hex: string): string {
  return toDisplayHex(txid(decode(tx, fromHex(hex))));
}

/** An output of an encoded transaction, to be spent. */
export function coinOf(hex: string, vout = 0): Coin {
  const { outputs } = decode(tx, fromHex(hex));
  const output = outputs[vout];
  if (output === undefined) throw new RangeError(`no output ${vout}`);
  return { txid: txidOf(hex), vout, valueSats: output.valueSats };
}
