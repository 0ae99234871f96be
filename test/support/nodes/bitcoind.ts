/** A real bitcoind in regtest. */
import { randomBytes } from 'node:crypto';
import { prepare, type Preparation, RegtestNode, type RegtestNodeOptions, started } from './regtest-node.ts';

/** Longer ago than regtest's genesis: a node without blocks counts as up to date too, and so talks like any other. */
const MAX_TIP_AGE_SECONDS = 2_000_000_000;

export class Bitcoind extends RegtestNode {
  /** A node that has started and answers. */
  static async start(options: RegtestNodeOptions = {}): Promise<Bitcoind> {
    return started(new Bitcoind(await prepare('bitcoind'), options));
  }

  private constructor(preparation: Preparation, { extraArgs = [] }: RegtestNodeOptions) {
    const { p2pPort, rpc } = preparation;
    super('bitcoind', preparation, (dataDir) => [
      '-regtest',
      `-datadir=${dataDir}`,
      '-debuglogfile=0',
      // Nothing but loopback: no address of its own choosing to listen on, to dial, or to ask for either.
      '-listen=1',
      `-bind=127.0.0.1:${p2pPort}`,
      '-connect=0',
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
    // A script of its own for each batch: bitcoind mines without chance, so that the blocks mined in place of invalidated
    // ones, or by two nodes in the same second, would be the same blocks again.
    const dataPush = `08${randomBytes(8).toString('hex')}`;
    return this.rpc('generatetodescriptor', [count, `raw(6a${dataPush})`]);
  }
}
