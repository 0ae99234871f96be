/** A real bitcoind in regtest. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { prepare, type Preparation, RegtestNode, type RegtestNodeOptions, started } from './regtest-node.ts';

/** Longer ago than regtest's genesis: a node without blocks counts as up to date too, and so talks like any other. */
const MAX_TIP_AGE_SECONDS = 2_000_000_000;

export class Bitcoind extends RegtestNode {
  /** A node that has started and answers. */
  static async start(options: RegtestNodeOptions = {}): Promise<Bitcoind> {
    return started(new Bitcoind(await prepare('bitcoind', options), options));
  }

  protected override readonly logFile = join('regtest', 'debug.log');

  private constructor(
    preparation: Preparation,
    { peers = [], logsMessages = false, extraArgs = [] }: RegtestNodeOptions,
  ) {
    const { hosts, p2pPort, rpc } = preparation;
    // 0 is nobody: a node that is told whom to call does not call the addresses it hears of.
    const called = peers.length === 0 ? ['0'] : peers;
    super('bitcoind', preparation, (dataDir) => [
      '-regtest',
      `-datadir=${dataDir}`,
      ...(logsMessages ? ['-debug=net'] : ['-debuglogfile=0']),
      // Nothing but loopback: no address of its own choosing to listen on, to dial, or to ask for either.
      '-listen=1',
      ...hosts.map((host) => `-bind=${host}:${p2pPort}`),
      ...called.map((address) => `-connect=${address}`),
      '-listenonion=0',
      '-discover=0',
      '-natpmp=0',
      '-rpcbind=127.0.0.1',
      '-rpcallowip=127.0.0.1',
      `-rpcport=${rpc.port}`,
      `-rpcuser=${rpc.user}`,
      `-rpcpassword=${rpc.password}`,
      `-maxtipage=${MAX_TIP_AGE_SECONDS}`,
      // Self-checks that regtest turns on, and that make mining slower with every block there is.
      '-checkblockindex=0',
      '-checkmempool=0',
      '-checkaddrman=0',
      ...extraArgs,
    ]);
  }

  protected override mineBatch(count: number): Promise<string[]> {
    return this.rpc('generatetodescriptor', [count, newMiningDescriptor()]);
  }

  /** Mines one block with exactly these transactions, which no relay rule is asked about; returns its hash, display order. */
  async mineExactly(transactionsHex: readonly string[]): Promise<string> {
    const { hash } = await this.rpc<{ hash: string }>('generateblock', [
      newMiningDescriptor(),
      transactionsHex,
    ]);
    return hash;
  }
}

/**
 * A script of its own for each batch: bitcoind mines without chance, so that the blocks mined in place of invalidated ones,
 * or by two nodes in the same second, would be the same blocks again.
 */
function newMiningDescriptor(): string {
  return `raw(6a08${randomBytes(8).toString('hex')})`;
}
