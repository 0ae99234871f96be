/** Two bitcoinds with a wallet each that pay each other, and a btcd; all serve compact filters. */
import type { TestContext } from 'node:test';
import type { Random } from '../../../src/protocol/machine.ts';
import { seededRandom } from '../false-time.ts';
import { Bitcoind } from './bitcoind.ts';
import { Btcd } from './btcd.ts';
import type { RegtestNode } from './regtest-node.ts';
import { type AddressType, toSats, Wallet } from './wallet.ts';

export const FILTER_ARGS = ['-blockfilterindex=1', '-peerblockfilters=1'];

const WALLET_ARGS = [...FILTER_ARGS, '-fallbackfee=0.0002', '-keypool=20', '-walletrbf=0'];
const ADDRESS_TYPES: readonly AddressType[] = ['legacy', 'p2sh-segwit', 'bech32', 'bech32m'];
/** Confirmations after which coins of a block can be spent. */
const MATURITY_BLOCKS = 101;

/** What a wallet says of one of its transactions. */
export interface WalletPayment {
  readonly height: number;
  readonly netSats: number;
}

interface ListedPayment {
  readonly txid: string;
  readonly category: 'send' | 'receive' | 'generate' | 'immature' | 'orphan';
  readonly amount: number;
  readonly fee?: number;
  readonly confirmations: number;
  readonly blockheight?: number;
}

export class PayingNodes {
  readonly ours: Wallet;
  readonly theirs: Wallet;
  readonly btcd: Btcd;
  readonly #random: Random;

  private constructor(ours: Wallet, theirs: Wallet, btcd: Btcd, random: Random) {
    this.ours = ours;
    this.theirs = theirs;
    this.btcd = btcd;
    this.#random = random;
  }

  /** @param quietBlocks more blocks than are needed, which pay to nobody and come before all payments. */
  static async start(
    t: Pick<TestContext, 'after'>,
    seed: number,
    quietBlocks: number = 0,
  ): Promise<PayingNodes> {
    const first = await Bitcoind.start({ extraArgs: WALLET_ARGS });
    t.after(() => first.dispose());
    const second = await Bitcoind.start({ extraArgs: WALLET_ARGS, peers: [first.address] });
    t.after(() => second.dispose());
    const wallets = [await Wallet.create(first), await Wallet.create(second)] as const;
    for (const { node } of wallets) {
      await mineTo(node, 3);
      const { hash } = await node.tip();
      for (const other of [first, second]) await other.waitForTip(hash);
    }
    await first.mine(quietBlocks + MATURITY_BLOCKS);
    // Only now: a btcd fetches many blocks at once much faster than one after another.
    const btcd = await Btcd.start({ peers: [first.address, second.address] });
    t.after(() => btcd.dispose());
    const nodes = new PayingNodes(...wallets, btcd, seededRandom(seed));
    await nodes.settle(nodes.ours);
    return nodes;
  }

  /** HOST:PORT of all of them. */
  get addresses(): string[] {
    return [this.ours.node, this.theirs.node, this.btcd].map(({ address }) => address);
  }

  /** Descriptors with public keys of all addresses that our wallet gives out or uses for change. */
  async descriptors(): Promise<string[]> {
    const { descriptors } = await this.ours.node.rpc<{ descriptors: { desc: string }[] }>('listdescriptors');
    return descriptors.map(({ desc }) => desc);
  }

  /** Blocks with payments in all directions, some with none; now and then our wallet mines one. */
  async pay(blockCount: number): Promise<void> {
    for (let n = 0; n < blockCount; n++) {
      const [payer, other] = this.#below(2) === 0 ? [this.ours, this.theirs] : [this.theirs, this.ours];
      for (let left = this.#below(3); left > 0; left--) {
        const to = this.#below(4) === 0 ? payer : other;
        const address = await to.newAddress(ADDRESS_TYPES[this.#below(4)] as AddressType);
        await payer.node.rpc('sendtoaddress', [address, (1 + this.#below(900_000)) / 1_000_000]);
      }
      if (this.#below(8) === 0) await this.mineTo(payer, 1);
      else await payer.node.mine(1);
      await this.settle(payer);
    }
  }

  async mineTo({ node }: Wallet, count: number): Promise<void> {
    await mineTo(node, count);
  }

  /** Resolves when all have the tip of one of them, and have made its filter. */
  async settle({ node }: Wallet): Promise<void> {
    const { hash, height } = await node.tip();
    for (const other of [this.ours.node, this.theirs.node, this.btcd] as RegtestNode[])
      await other.waitForTip(hash);
    for (const { node: indexed } of [this.ours, this.theirs]) await waitForFilter(indexed, height);
  }

  /** Our confirmed payments as the wallet lists them, by txid. */
  async listed(): Promise<Map<string, WalletPayment>> {
    const all = await this.ours.node.rpc<ListedPayment[]>('listtransactions', ['*', 100_000]);
    const payments = new Map<string, { height: number; netSats: number; hasFee: boolean }>();
    for (const { txid, amount, fee, confirmations, blockheight } of all) {
      if (confirmations < 1 || blockheight === undefined) continue;
      const payment = payments.get(txid) ?? { height: blockheight, netSats: 0, hasFee: false };
      payment.netSats += Number(toSats(amount));
      // Each output of one that it sends tells the fee of the whole.
      if (fee !== undefined && !payment.hasFee) {
        payment.netSats += Number(toSats(fee));
        payment.hasFee = true;
      }
      payments.set(txid, payment);
    }
    return new Map(Array.from(payments, ([txid, { height, netSats }]) => [txid, { height, netSats }]));
  }

  /** What our wallet has: what it can spend, and new coins that it cannot yet. */
  async balances(): Promise<{ readonly spendableSats: number; readonly immatureSats: number }> {
    const { mine } = await this.ours.node.rpc<{ mine: { trusted: number; immature: number } }>('getbalances');
    return { spendableSats: Number(toSats(mine.trusted)), immatureSats: Number(toSats(mine.immature)) };
  }

  /** What the scripts of descriptors have, by the node's own set of unspent outputs: no unconfirmed payment counts. */
  async unspentSats(descriptors: readonly string[], range: readonly [number, number]): Promise<number> {
    const objects = descriptors.map((desc) => ({ desc, range }));
    const { total_amount: total } = await this.ours.node.rpc<{ total_amount: number }>('scantxoutset', [
      'start',
      objects,
    ]);
    return Number(toSats(total));
  }

  #below(count: number): number {
    return Number(this.#random() % BigInt(count));
  }
}

/** Mines blocks that pay to a node's wallet. */
async function mineTo(node: Bitcoind, count: number): Promise<void> {
  const address = await node.rpc('getnewaddress', ['', 'bech32']);
  await node.rpc('generatetoaddress', [count, address]);
}

/** Resolves when a node has made the filters of all blocks up to a height. */
export async function waitForFilter(node: Bitcoind, height: number): Promise<void> {
  for (;;) {
    const info = await node.rpc<Record<string, { best_block_height: number }>>('getindexinfo');
    if ((info['basic block filter index']?.best_block_height ?? 0) >= height) return;
  }
}
