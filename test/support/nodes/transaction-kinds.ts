/** Scripts of every kind that a bitcoind wallet can be made to spend, and transactions of every kind, signed by it. */
import { randomBytes } from 'node:crypto';
import { createBase58check } from '@scure/base';
import { concat } from '../../../src/bytes/concat.ts';
import { sha256 } from '../../../src/bytes/hash.ts';
import { fromHex } from '../../../src/wire/index.ts';
import type { TxOutput } from '../../../src/wire/tx.ts';
import { COIN_SATS, FEE_SATS, type Wallet } from './wallet.ts';

/** A point on the curve whose key nobody knows (BIP 341), which leaves only the script to spend by. */
const UNSPENDABLE_KEY = '50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0';
/** First byte of a private key in the import format of the test networks. */
const TEST_KEY_PREFIX = 0xef;
const IS_COMPRESSED = 0x01;
const OP_RETURN = 0x6a;
const OP_CHECKSIG = 0xac;
const OP_CHECKMULTISIG = 0xae;
/** What the opcodes of the numbers 1 to 16 are counted from. */
const OP_RESERVED = 0x50;
const OP_1 = 0x51;
const OP_16 = 0x60;
/** Pay to anchor: anybody may spend it, without a witness. */
const ANCHOR_SCRIPT = fromHex('51024e73');
const KEY_HASH_BYTES = 20;
/** 31 bytes each: over 90,000 bytes, and under the 400,000 weight units that nodes relay. */
const LARGE_OUTPUTS = 3_000;
const LARGE_FEE_SATS = 1_000_000n;

/**
 * Pays to scripts that hold keys and no hash of them. Not every bitcoind relays that: Knots has a limit of 34 bytes for
 * scripts, whatever its options. btcd does.
 */
export const BARE_KEYS_KIND = 'to bare keys';
/** What the text of an OP_RETURN output says. */
export const OP_RETURN_TEXT = 'headlight was here: ₿';

const base58check = createBase58check(sha256);

/** Scripts that the wallet spends with `sign`, by kind. Each call makes new ones. */
export async function spendableScripts(wallet: Wallet): Promise<Record<string, Uint8Array>> {
  const keys = Array.from({ length: 3 }, newPrivateKey);
  const multi = `multi(2,${keys.join(',')})`;
  const [single] = keys as [string];
  const publicKeys = await Promise.all(keys.map((key) => wallet.publicKey(key)));
  // These have no address that could be derived from the descriptor.
  await wallet.import(`pk(${single})`);
  await wallet.import(multi);
  return {
    p2pk: concat([push(publicKeys[0] as Uint8Array), Uint8Array.of(OP_CHECKSIG)]),
    p2pkh: await wallet.newScript('legacy'),
    'p2sh-p2wpkh': await wallet.newScript('p2sh-segwit'),
    p2wpkh: await wallet.newScript('bech32'),
    'p2tr-key-path': await wallet.newScript('bech32m'),
    multisig: multisigScript(2, publicKeys),
    'p2sh-multisig': await wallet.importScript(`sh(${multi})`),
    'p2wsh-multisig': await wallet.importScript(`wsh(${multi})`),
    'p2sh-p2wsh-multisig': await wallet.importScript(`sh(wsh(${multi}))`),
    'p2tr-script-path': await wallet.importScript(`tr(${UNSPENDABLE_KEY},pk(${single}))`),
  };
}

/** Signed transactions by kind, none of them sent; each spends a coin of its own, mined in one transaction before. */
export async function signKinds(wallet: Wallet): Promise<Record<string, string>> {
  const scripts = await spendableScripts(wallet);
  const extra = await Promise.all(
    Array.from({ length: 4 }, (): Promise<Uint8Array> => wallet.newScript('bech32')),
  );
  const coins = await wallet.coins([...Object.values(scripts), ANCHOR_SCRIPT, ...extra]);
  const take = (): [(typeof coins)[number]] => [coins.shift() as (typeof coins)[number]];
  const signed: Record<string, string> = {};
  for (const kind of Object.keys(scripts)) signed[`from ${kind}`] = await wallet.pay(...take());
  // There is nothing to sign in this one.
  signed['from p2a'] = await wallet.unsigned(take(), [
    { valueSats: COIN_SATS - FEE_SATS, script: await wallet.newScript('bech32m') },
  ]);
  signed['to every kind'] = await wallet.spend(take(), await outputsOfEveryKind(wallet));
  signed[BARE_KEYS_KIND] = await wallet.spend(take(), await bareOutputs(wallet));
  signed['op-return'] = await wallet.spend(take(), [
    { valueSats: COIN_SATS - FEE_SATS, script: await wallet.newScript('bech32') },
    opReturn(OP_RETURN_TEXT),
  ]);
  signed['large'] = await wallet.spend(take(), manyOutputs());
  return signed;
}

/** An output that carries text and cannot be spent. */
export function opReturn(text: string): TxOutput {
  return { valueSats: 0n, script: concat([Uint8Array.of(OP_RETURN), push(Buffer.from(text))]) };
}

async function outputsOfEveryKind(wallet: Wallet): Promise<TxOutput[]> {
  const { p2pk: _, multisig: __, ...hashed } = await spendableScripts(wallet);
  return withDifferentValues([
    ...Object.values(hashed),
    ANCHOR_SCRIPT,
    // A witness of a version without a meaning, and one of a length without a meaning.
    concat([Uint8Array.of(OP_16), push(randomBytes(32))]),
    concat([Uint8Array.of(OP_1), push(randomBytes(20))]),
    // What is no kind at all: the number one.
    Uint8Array.of(OP_1),
  ]);
}

async function bareOutputs(wallet: Wallet): Promise<TxOutput[]> {
  const { p2pk, multisig } = await spendableScripts(wallet);
  return withDifferentValues([p2pk as Uint8Array, multisig as Uint8Array]);
}

/** So that none can be taken for another. What is left is the fee. */
function withDifferentValues(scripts: readonly Uint8Array[]): TxOutput[] {
  const valueSats = (COIN_SATS - FEE_SATS) / BigInt(scripts.length);
  return scripts.map((script, index) => ({ valueSats: valueSats - BigInt(index), script }));
}

/** Payments to strangers, so many that the transaction has over 90,000 bytes. */
function manyOutputs(): TxOutput[] {
  const valueSats = (COIN_SATS - LARGE_FEE_SATS) / BigInt(LARGE_OUTPUTS);
  return Array.from({ length: LARGE_OUTPUTS }, () => ({
    valueSats,
    script: concat([Uint8Array.of(0), push(randomBytes(KEY_HASH_BYTES))]),
  }));
}

function newPrivateKey(): string {
  return base58check.encode(Uint8Array.of(TEST_KEY_PREFIX, ...randomBytes(32), IS_COMPRESSED));
}

function multisigScript(required: number, keys: readonly Uint8Array[]): Uint8Array {
  return concat([
    Uint8Array.of(OP_RESERVED + required),
    ...keys.map((key) => push(key)),
    Uint8Array.of(OP_RESERVED + keys.length, OP_CHECKMULTISIG),
  ]);
}

/** At most 75 bytes, whose number is the opcode. */
function push(data: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(data.length), data]);
}
