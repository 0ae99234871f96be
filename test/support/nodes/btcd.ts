/**
 * A real btcd in regtest. While its tip is over a day old, as genesis is, it answers no getheaders and announces no block:
 * a test that wants it to talk mines one first.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, type Preparation, RegtestNode, type RegtestNodeOptions, started } from './regtest-node.ts';

/** Pays to the hash of the one-byte script OP_TRUE (P2WSH): tests can spend what was mined without a key. */
const MINING_ADDRESS = 'bcrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqseac85';
/** Nobody listens there. A node that is told whom to dial does not dial the addresses it hears of. */
const NOBODY = '127.0.0.1:1';
/** A line for every mined block would push the useful last words out of sight. */
const LOG_LEVELS = 'MINR=warn';
const MESSAGE_LOG_LEVELS = 'MINR=warn,PEER=debug,SRVR=debug,SYNC=debug';

export class Btcd extends RegtestNode {
  /** A node that has started and answers. */
  static async start(options: RegtestNodeOptions = {}): Promise<Btcd> {
    return started(new Btcd(await prepare('btcd', options), options));
  }

  protected override readonly logFile = join('logs', 'regtest', 'btcd.log');

  private constructor(
    preparation: Preparation,
    { peers = [], logsMessages = false, extraArgs = [] }: RegtestNodeOptions,
  ) {
    const { hosts, p2pPort, rpc } = preparation;
    const called = peers.length === 0 ? [NOBODY] : peers;
    super('btcd', preparation, (dataDir) => [
      '--regtest',
      // Else the user's own configuration would be read.
      `--configfile=${join(dataDir, 'btcd.conf')}`,
      `--datadir=${join(dataDir, 'data')}`,
      `--logdir=${join(dataDir, 'logs')}`,
      ...hosts.map((host) => `--listen=${host}:${p2pPort}`),
      ...called.map((address) => `--connect=${address}`),
      '--nodnsseed',
      '--notls',
      `--rpclisten=127.0.0.1:${rpc.port}`,
      `--rpcuser=${rpc.user}`,
      `--rpcpass=${rpc.password}`,
      `--miningaddr=${MINING_ADDRESS}`,
      `--debuglevel=${logsMessages ? MESSAGE_LOG_LEVELS : LOG_LEVELS}`,
      ...extraArgs,
    ]);
  }

  /** btcd throws its regtest blocks away whenever it starts: those of its last life are read before and handed in after. */
  override async start(): Promise<void> {
    const blocks = readBlockFiles(join(this.dataDir, 'data', 'regtest', 'blocks_ffldb'));
    await super.start();
    for (const block of blocks) {
      const refusal = await this.rpc<string | null>('submitblock', [block.toString('hex')]);
      if (refusal !== null) throw new Error(`a block of its own was refused: ${refusal}`);
    }
  }

  protected override mineBatch(count: number): Promise<string[]> {
    return this.rpc('generate', [count]);
  }
}

/**
 * The blocks in btcd's files but for genesis, in the order in which they came, rivals included. Each stands between eight
 * bytes (network, length) and a checksum of four. The last one may have been cut short by a SIGKILL.
 */
function readBlockFiles(folder: string): Buffer[] {
  const blocks: Buffer[] = [];
  for (const file of blockFiles(folder)) {
    const content = readFileSync(join(folder, file));
    let offset = 0;
    while (offset + 8 <= content.length) {
      const end = offset + 8 + content.readUInt32LE(offset + 4);
      if (end > content.length) break;
      blocks.push(content.subarray(offset + 8, end));
      offset = end + 4;
    }
  }
  return blocks.slice(1);
}

/** None at the first start, when there is no folder yet. */
function blockFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.fdb'))
    .toSorted();
}
