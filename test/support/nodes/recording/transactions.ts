/** Transactions of every common kind, signed by a bitcoind wallet and mined. */
import { decode, encode, fromHex, toHex, tx } from '../../../../src/wire/index.ts';
import { opReturn, spendableScripts } from '../transaction-kinds.ts';
import { type AddressType, COIN_SATS, FEE_SATS, type Wallet } from '../wallet.ts';
import type { FixtureChain } from './fixture-chain.ts';

export interface RecordedTransaction {
  readonly kind: string;
  readonly hex: string;
}

/** The kinds of script that are spent, one in each transaction. */
const SPENT_KINDS = [
  'p2pkh',
  'p2sh-p2wpkh',
  'p2wpkh',
  'p2tr-key-path',
  'p2sh-multisig',
  'p2wsh-multisig',
  'p2tr-script-path',
];
/** Above 252, where a count takes three bytes on the wire. */
const MANY_WITNESS_ITEMS = 300;
/** 150 inputs of 148 bytes make over 22,000 bytes. */
const LARGE_INPUTS = 150;
const LARGE_OUTPUTS = 100;
const MANY_PAYMENTS = 130;
const OP_2DROP = '6d';
const OP_TRUE = '51';

/** The transactions, of which all but the coinbase were mined in the block of that hash. */
export async function recordTransactions(
  chain: FixtureChain,
): Promise<{ transactions: RecordedTransaction[]; blockHash: string }> {
  const { wallet } = chain;
  const scripts = await spendableScripts(wallet);
  const transactions: RecordedTransaction[] = [];
  for (const kind of SPENT_KINDS)
    transactions.push({ kind, hex: await spendFrom(wallet, scripts[kind] as Uint8Array) });
  transactions.push({ kind: 'op-return', hex: await spendWithData(wallet) });
  transactions.push({ kind: 'many-witness-items', hex: await spendManyItems(wallet) });
  transactions.push({ kind: 'large', hex: await large(wallet) });

  const blockHash = await chain.mineTransactions(transactions.map(({ hex }) => hex));
  const block = await chain.node.rpc<{ tx: { hex: string }[] }>('getblock', [blockHash, 2]);
  transactions.push({ kind: 'coinbase', hex: (block.tx[0] as { hex: string }).hex });
  return { transactions, blockHash };
}

/** Mines a block of many payments; returns its hash. */
export async function mineManyPayments(chain: FixtureChain): Promise<string> {
  const { wallet } = chain;
  // As many coins first: bitcoind does not relay long chains of transactions that spend each other.
  const coins = await wallet.coins(await scriptsOf(wallet, MANY_PAYMENTS, 'bech32'));
  for (const coin of coins) await wallet.send(await wallet.pay(coin));
  return (await chain.mine(1))[0] as string;
}

async function spendFrom(wallet: Wallet, script: Uint8Array): Promise<string> {
  const [coin] = await wallet.coins([script]);
  if (coin === undefined) throw new Error('no coin was made');
  return wallet.pay(coin);
}

async function spendWithData(wallet: Wallet): Promise<string> {
  const coins = await wallet.coins([await wallet.newScript('bech32')]);
  const script = await wallet.newScript('bech32');
  return wallet.spend(coins, [{ valueSats: COIN_SATS - FEE_SATS, script }, opReturn('headlight')]);
}

/** Items of no to four bytes, and a script that drops them all and says yes. */
async function spendManyItems(wallet: Wallet): Promise<string> {
  const script = OP_2DROP.repeat(MANY_WITNESS_ITEMS / 2) + OP_TRUE;
  const { segwit } = await wallet.node.rpc<{ segwit: { hex: string } }>('decodescript', [script]);
  const coins = await wallet.coins([fromHex(segwit.hex)]);
  const output = { valueSats: COIN_SATS - FEE_SATS, script: await wallet.newScript('bech32') };
  const unsigned = decode(tx, fromHex(await wallet.unsigned(coins, [output])));
  const items = Array.from({ length: MANY_WITNESS_ITEMS }, (_, i) => new Uint8Array(i % 5).fill(i));
  const witness = [...items, fromHex(script)];
  return toHex(encode(tx, { ...unsigned, inputs: unsigned.inputs.map((input) => ({ ...input, witness })) }));
}

async function large(wallet: Wallet): Promise<string> {
  const coins = await wallet.coins(await scriptsOf(wallet, LARGE_INPUTS, 'legacy'));
  const valueSats = (COIN_SATS * BigInt(LARGE_INPUTS)) / BigInt(LARGE_OUTPUTS) - FEE_SATS;
  const to = await scriptsOf(wallet, LARGE_OUTPUTS, 'legacy');
  return wallet.spend(
    coins,
    to.map((script) => ({ valueSats, script })),
  );
}

async function scriptsOf(wallet: Wallet, count: number, type: AddressType): Promise<Uint8Array[]> {
  const scripts: Uint8Array[] = [];
  while (scripts.length < count) scripts.push(await wallet.newScript(type));
  return scripts;
}
