/** A bitcoind with a wallet and a clock of its own, so that recorded blocks have a steady pace and never a future date. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Bitcoind } from '../bitcoind.ts';

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
  #timeSeconds = START_TIME_SECONDS;
  #miningAddress = '';

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
    const chain = new FixtureChain(node);
    await node.rpc('createwallet', ['fixtures']);
    chain.#miningAddress = await chain.newAddress('bech32');
    await chain.mine(blockCount);
    for (const address of GOSSIPED) await node.rpc('addpeeraddress', [address, GOSSIPED_PORT]);
    return chain;
  }

  private constructor(node: Bitcoind) {
    this.node = node;
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

  async newAddress(type: 'legacy' | 'p2sh-segwit' | 'bech32' | 'bech32m'): Promise<string> {
    return this.node.rpc('getnewaddress', ['', type]);
  }

  /** Sends bitcoin to a new address of the wallet; returns the txid, display order. */
  async sendToSelf(amount: number): Promise<string> {
    return this.node.rpc('sendtoaddress', [await this.newAddress('bech32'), amount]);
  }

  /** A payment to the wallet that nobody has seen yet. */
  async signedButNotSent(): Promise<string> {
    const outputs = [{ [await this.newAddress('bech32m')]: 2 }];
    const raw = await this.node.rpc<string>('createrawtransaction', [[], outputs]);
    const funded = await this.node.rpc<{ hex: string }>('fundrawtransaction', [raw]);
    return this.sign(funded.hex);
  }

  async sign(unsignedHex: string): Promise<string> {
    const signed = await this.node.rpc<{ hex: string; complete: boolean }>('signrawtransactionwithwallet', [
      unsignedHex,
    ]);
    if (!signed.complete) throw new Error(`the wallet cannot sign ${unsignedHex}`);
    return signed.hex;
  }

  async waitForMempool(txid: string): Promise<void> {
    while (!(await this.node.rpc<string[]>('getrawmempool')).includes(txid)) await sleep(POLL_MS);
  }
}
