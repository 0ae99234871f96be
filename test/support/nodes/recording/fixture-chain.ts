/** A bitcoind with a wallet and a clock of its own, so that recorded blocks have a steady pace and never a future date. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Bitcoind } from '../bitcoind.ts';
import { Wallet } from '../wallet.ts';

/** 1 January 2025: also past for a machine whose clock is behind. */
const START_TIME_SECONDS = 1_735_689_600;
const BLOCK_INTERVAL_SECONDS = 600;
/** Longer than any of bitcoind's waits before it announces something. */
const LONG_SECONDS = 300;
const POLL_MS = 20;
const GOSSIPED_PORT = 18444;
const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8];
/** Addresses that bitcoind takes for ordinary ones and that belong to nobody: IPv4 class E, IPv6 of documentation, I2P. */
const GOSSIPED: readonly string[] = [
  ...NUMBERS.map((number) => `250.${number}.1.1`),
  ...NUMBERS.map((number) => `3fff:${number}::1`),
  ...NUMBERS.map((number) => `${String.fromCharCode(0x60 + number).repeat(51)}a.b32.i2p`),
  // The Tor address that BIP 155 shows.
  'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion',
];

export class FixtureChain {
  readonly node: Bitcoind;
  readonly wallet: Wallet;
  readonly #miningAddress: string;
  #timeSeconds = START_TIME_SECONDS;

  /** A chain of `blockCount` blocks, the oldest of which the wallet can spend when there are over 100. */
  static async start(blockCount: number): Promise<FixtureChain> {
    const node = await Bitcoind.start({
      extraArgs: [
        `-mocktime=${START_TIME_SECONDS}`,
        '-peerbloomfilters=1',
        '-fallbackfee=0.0001',
        '-keypool=20',
      ],
    });
    const wallet = await Wallet.create(node, (hexes) => chain.mineTransactions(hexes));
    const chain: FixtureChain = new FixtureChain(wallet, await wallet.newAddress('bech32'));
    await chain.mine(blockCount);
    for (const address of GOSSIPED) await node.rpc('addpeeraddress', [address, GOSSIPED_PORT]);
    return chain;
  }

  private constructor(wallet: Wallet, miningAddress: string) {
    this.node = wallet.node;
    this.wallet = wallet;
    this.#miningAddress = miningAddress;
  }

  /** The node's clock, Unix seconds. */
  get timeSeconds(): number {
    return this.#timeSeconds;
  }

  async letTimePass(seconds: number = LONG_SECONDS): Promise<void> {
    this.#timeSeconds += seconds;
    await this.node.rpc('setmocktime', [this.#timeSeconds]);
  }

  /** Mines blocks for the wallet, one every ten minutes, with what waits in the mempool. */
  async mine(count: number): Promise<string[]> {
    const hashes: string[] = [];
    while (hashes.length < count) {
      await this.letTimePass(BLOCK_INTERVAL_SECONDS);
      hashes.push(...(await this.node.rpc<string[]>('generatetoaddress', [1, this.#miningAddress])));
    }
    return hashes;
  }

  /** Mines one block with exactly these transactions, which no relay rule is asked about. */
  async mineTransactions(transactionsHex: readonly string[]): Promise<string> {
    await this.letTimePass(BLOCK_INTERVAL_SECONDS);
    const { hash } = await this.node.rpc<{ hash: string }>('generateblock', [
      this.#miningAddress,
      transactionsHex,
    ]);
    return hash;
  }

  /** A payment to the wallet that nobody has seen yet. */
  async signedButNotSent(): Promise<string> {
    const outputs = [{ [await this.wallet.newAddress('bech32m')]: 2 }];
    const raw = await this.node.rpc<string>('createrawtransaction', [[], outputs]);
    const funded = await this.node.rpc<{ hex: string }>('fundrawtransaction', [raw]);
    return this.wallet.sign(funded.hex);
  }

  async waitForMempool(txid: string): Promise<void> {
    while (!(await this.node.rpc<string[]>('getrawmempool')).includes(txid)) await sleep(POLL_MS);
  }
}
