/** Transactions of every common kind, signed by a bitcoind wallet and mined. */
import { decode, encode, fromHex, toHex, tx } from '../../../../src/wire/index.ts';
import type { FixtureChain } from './fixture-chain.ts';

export interface RecordedTransaction {
  readonly kind: string;
  readonly hex: string;
}

/** In bitcoin, of which there is enough: each kind gets a coin of one. */
const COIN_AMOUNT = 1;
const FEE = 0.001;
/** Above 252, where a count takes three bytes on the wire. */
const MANY_WITNESS_ITEMS = 300;
/** 150 inputs of 148 bytes make over 22,000 bytes. */
const LARGE_INPUTS = 150;
const LARGE_OUTPUTS = 100;
const MANY_PAYMENTS = 130;
/** A point on the curve whose key nobody knows (BIP 341), which leaves only the script to spend by. */
const UNSPENDABLE_KEY = '50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0';
const OP_2DROP = '6d';
const OP_TRUE = '51';

/** The transactions, of which all but the coinbase were mined in the block of that hash. */
export async function recordTransactions(
  chain: FixtureChain,
): Promise<{ transactions: RecordedTransaction[]; blockHash: string }> {
  const addresses = {
    p2pkh: await chain.newAddress('legacy'),
    'p2sh-p2wpkh': await chain.newAddress('p2sh-segwit'),
    p2wpkh: await chain.newAddress('bech32'),
    'p2tr-key-path': await chain.newAddress('bech32m'),
    ...(await importScripts(chain)),
  };
  const manyItems = manyItemsScript();
  const manyItemsAddress = await witnessScriptAddress(chain, manyItems);

  const transactions: RecordedTransaction[] = [];
  for (const [kind, address] of Object.entries(addresses)) {
    transactions.push({ kind, hex: await chain.sign(await spend(chain, [address], [await payment(chain)])) });
  }
  const dataOutput = { data: Buffer.from('headlight').toString('hex') };
  const dataSource = await chain.newAddress('bech32');
  const opReturn = await spend(chain, [dataSource], [await payment(chain), dataOutput]);
  transactions.push({ kind: 'op-return', hex: await chain.sign(opReturn) });
  const unsigned = await spend(chain, [manyItemsAddress], [await payment(chain)]);
  transactions.push({ kind: 'many-witness-items', hex: withManyItems(unsigned, manyItems) });
  transactions.push({ kind: 'large', hex: await large(chain) });

  const blockHash = await chain.mineTransactions(transactions.map(({ hex }) => hex));
  const block = await chain.node.rpc<{ tx: { hex: string }[] }>('getblock', [blockHash, 2]);
  transactions.push({ kind: 'coinbase', hex: (block.tx[0] as { hex: string }).hex });
  return { transactions, blockHash };
}

/** Mines a block of many payments; returns its hash. */
export async function mineManyPayments(chain: FixtureChain): Promise<string> {
  // As many coins first: bitcoind does not relay long chains of transactions that spend each other.
  await splitCoins(chain, await addressesOf(chain, MANY_PAYMENTS, 'bech32'));
  for (let i = 0; i < MANY_PAYMENTS; i++) await chain.sendToSelf(COIN_AMOUNT / 2);
  return (await chain.mine(1))[0] as string;
}

/** Adds scripts to the wallet that no wallet makes by itself; returns an address of each. */
async function importScripts(chain: FixtureChain): Promise<Record<string, string>> {
  const { descriptors } = await chain.node.rpc<{ descriptors: { desc: string }[] }>('listdescriptors', [
    true,
  ]);
  const masterKey = /tprv\w+/.exec(JSON.stringify(descriptors))?.[0] as string;
  const multi = (account: number): string =>
    `multi(2,${[0, 1, 2].map((key) => `${masterKey}/${account}/${key}`).join(',')})`;
  const scripts = {
    'p2sh-multisig': `sh(${multi(100)})`,
    'p2wsh-multisig': `wsh(${multi(101)})`,
    'p2tr-script-path': `tr(${UNSPENDABLE_KEY},pk(${masterKey}/102/0))`,
  };
  const addresses: Record<string, string> = {};
  for (const [kind, script] of Object.entries(scripts)) {
    const { checksum } = await chain.node.rpc<{ checksum: string }>('getdescriptorinfo', [script]);
    const desc = `${script}#${checksum}`;
    const results = await chain.node.rpc<{ success: boolean }[]>('importdescriptors', [
      [{ desc, timestamp: 'now' }],
    ]);
    if (!results.every(({ success }) => success)) throw new Error(`${kind} could not be imported`);
    const derived = await chain.node.rpc<string[]>('deriveaddresses', [desc]);
    addresses[kind] = derived[0] as string;
  }
  return addresses;
}

/** An unsigned transaction that spends a new coin on each of the addresses. */
async function spend(
  chain: FixtureChain,
  addresses: readonly string[],
  outputs: readonly Record<string, unknown>[],
): Promise<string> {
  const inputs = await splitCoins(chain, addresses);
  // They are spent all at once in the end, and until then the wallet would take them for its other payments.
  await chain.node.rpc('lockunspent', [false, inputs]);
  const { height } = await chain.node.tip();
  return chain.node.rpc('createrawtransaction', [inputs, outputs, height]);
}

/** Pays a coin to each of the addresses, in one mined transaction. */
async function splitCoins(
  chain: FixtureChain,
  addresses: readonly string[],
): Promise<{ txid: string; vout: number }[]> {
  const { node } = chain;
  const outputs = addresses.map((address) => ({ [address]: COIN_AMOUNT }));
  const raw = await node.rpc<string>('createrawtransaction', [[], outputs]);
  const funded = await node.rpc<{ hex: string }>('fundrawtransaction', [
    raw,
    { changePosition: addresses.length },
  ]);
  const txid = await node.rpc<string>('sendrawtransaction', [await chain.sign(funded.hex)]);
  await chain.mine(1);
  return addresses.map((_, vout) => ({ txid, vout }));
}

async function payment(chain: FixtureChain): Promise<Record<string, number>> {
  return { [await chain.newAddress('bech32')]: COIN_AMOUNT - FEE };
}

async function large(chain: FixtureChain): Promise<string> {
  const from = await addressesOf(chain, LARGE_INPUTS, 'legacy');
  const to = await addressesOf(chain, LARGE_OUTPUTS, 'legacy');
  const amount = (COIN_AMOUNT * LARGE_INPUTS) / LARGE_OUTPUTS - FEE;
  return chain.sign(
    await spend(
      chain,
      from,
      to.map((address) => ({ [address]: amount })),
    ),
  );
}

async function addressesOf(chain: FixtureChain, count: number, type: 'legacy' | 'bech32'): Promise<string[]> {
  const addresses: string[] = [];
  while (addresses.length < count) addresses.push(await chain.newAddress(type));
  return addresses;
}

/** Drops all that lies on the stack and says yes. */
function manyItemsScript(): string {
  return OP_2DROP.repeat(MANY_WITNESS_ITEMS / 2) + OP_TRUE;
}

async function witnessScriptAddress(chain: FixtureChain, script: string): Promise<string> {
  const decoded = await chain.node.rpc<{ segwit: { address: string } }>('decodescript', [script]);
  return decoded.segwit.address;
}

/** Items of no to four bytes, and the script last. */
function withManyItems(unsignedHex: string, script: string): string {
  const unsigned = decode(tx, fromHex(unsignedHex));
  const items = Array.from({ length: MANY_WITNESS_ITEMS }, (_, i) => new Uint8Array(i % 5).fill(i));
  const witness = [...items, fromHex(script)];
  return toHex(encode(tx, { ...unsigned, inputs: unsigned.inputs.map((input) => ({ ...input, witness })) }));
}
