/** What a real bitcoind and a real btcd have in common: a regtest node on loopback that tests drive over RPC. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireProgram, type NodeProgram } from './binaries.ts';
import { freePort } from './free-port.ts';
import { callRpc, callRpcBatch, type RpcCall, type RpcEndpoint, RpcError } from './json-rpc.ts';
import { NodeProcess } from './node-process.ts';

/** Mining a batch of blocks, the slowest call, takes under a second. */
const RPC_TIMEOUT_MS = 60_000;
/** Blocks mined by one call: some tenths of a second, so that a slow machine does not meet the time-out. */
const MINING_BATCH_BLOCKS = 500;
const TIP_TIMEOUT_MS = 30_000;
const TIP_POLL_MS = 20;
const DEFAULT_HOST = '127.0.0.1';

export interface Tip {
  readonly height: number;
  /** Display order. */
  readonly hash: string;
}

export interface RegtestNodeOptions {
  /** Loopback addresses to listen on, all at the same port; others are told the first. Default: 127.0.0.1. */
  readonly hosts?: readonly string[];
  /** HOST:PORT of those to call, and to call again whenever the connection is lost. */
  readonly peers?: readonly string[];
  /** Whether its log tells of every message and every connection; see {@link RegtestNode.log}. */
  readonly logsMessages?: boolean;
  /** Further command line arguments, added after our own. */
  readonly extraArgs?: readonly string[];
}

/** What a node is made from: finding it takes time, which a constructor has not. */
export interface Preparation {
  readonly path: string;
  readonly hosts: readonly string[];
  readonly p2pPort: number;
  readonly rpc: RpcEndpoint;
}

export async function prepare(
  program: NodeProgram,
  { hosts = [DEFAULT_HOST] }: RegtestNodeOptions,
): Promise<Preparation> {
  const path = requireProgram(program);
  const p2pPort = await freePort(...hosts);
  const rpc = { port: await freePort(DEFAULT_HOST), user: 'headlight', password: 'test' };
  return { path, hosts, p2pPort, rpc };
}

/** The node once it answers; one that does not start leaves nothing behind. */
export async function started<N extends RegtestNode>(node: N): Promise<N> {
  try {
    await node.start();
    return node;
  } catch (error) {
    await node.dispose();
    throw error;
  }
}

/** Where somebody can be called. */
export interface Callable {
  readonly host: string;
  readonly p2pPort: number;
}

export abstract class RegtestNode implements Callable {
  readonly host: string;
  readonly p2pPort: number;
  /** HOST:PORT of every address that it listens on; the first is that of `host`. */
  readonly addresses: readonly string[];
  readonly #rpc: RpcEndpoint;
  readonly #process: NodeProcess;

  protected constructor(
    program: NodeProgram,
    { path, hosts, p2pPort, rpc }: Preparation,
    args: (dataDir: string) => readonly string[],
  ) {
    this.host = hosts[0] ?? DEFAULT_HOST;
    this.p2pPort = p2pPort;
    this.addresses = hosts.map((host) => `${host}:${p2pPort}`);
    this.#rpc = rpc;
    this.#process = new NodeProcess(program, path, args);
  }

  /** Its log file, inside the scratch folder. */
  protected abstract readonly logFile: string;

  /** Mines one batch and returns the hashes in rising order, display order each. */
  protected abstract mineBatch(count: number): Promise<string[]>;

  /** Process id, or undefined while it does not run. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  get dataDir(): string {
    return this.#process.dataDir;
  }

  /** HOST:PORT. */
  get address(): string {
    return `${this.host}:${this.p2pPort}`;
  }

  /** The lines that it has logged so far; bitcoind has a log only with `logsMessages`. */
  log(): string[] {
    return readFileSync(join(this.dataDir, this.logFile), 'utf8').split('\n');
  }

  /** Starts it, again after `stop` or `kill` on the same data and ports. Resolves when it answers. */
  async start(): Promise<void> {
    await this.#process.start(() => this.tip());
  }

  /** Asks it to leave and waits until it has. The data stays. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  /** Ends it with SIGKILL. The data stays, as far as it was written. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }

  /** Freezes it: connections stay open, nothing is answered. Resolves when it stands still. */
  async pause(): Promise<void> {
    await this.#process.pause();
  }

  resume(): void {
    this.#process.resume();
  }

  /** Stops it and removes its data. May be repeated. */
  async dispose(): Promise<void> {
    await this.#process.dispose();
  }

  /** The result is what the node's manual says; the caller names its type. */
  async rpc<T = unknown>(method: string, params: readonly unknown[] = []): Promise<T> {
    return (await callRpc(this.#rpc, method, params, RPC_TIMEOUT_MS)) as T;
  }

  /** Many calls in one request; rejects when one of them is refused. */
  async rpcBatch<T = unknown>(calls: readonly RpcCall[]): Promise<T[]> {
    const replies = await callRpcBatch(this.#rpc, calls, RPC_TIMEOUT_MS);
    return replies.map((reply) => {
      if (reply instanceof RpcError) throw reply;
      return reply.result as T;
    });
  }

  /** Mines blocks on the tip; returns their hashes, lowest block first, display order. */
  async mine(count: number): Promise<string[]> {
    const hashes: string[] = [];
    while (hashes.length < count) {
      hashes.push(...(await this.mineBatch(Math.min(MINING_BATCH_BLOCKS, count - hashes.length))));
    }
    return hashes;
  }

  async tip(): Promise<Tip> {
    const info = await this.rpc<{ blocks: number; bestblockhash: string }>('getblockchaininfo');
    return { height: info.blocks, hash: info.bestblockhash };
  }

  /** Hash of the best chain's block at a height, display order. */
  async blockHash(height: number): Promise<string> {
    return this.rpc('getblockhash', [height]);
  }

  /** Resolves when the tip is the block of that hash; rejects when that takes too long. */
  async waitForTip(hash: string): Promise<void> {
    const deadlineMs = performance.now() + TIP_TIMEOUT_MS;
    let tip = await this.tip();
    while (tip.hash !== hash) {
      if (performance.now() > deadlineMs) {
        throw new Error(`the tip is ${tip.hash} at ${tip.height} after ${TIP_TIMEOUT_MS} ms, not ${hash}`);
      }
      await sleep(TIP_POLL_MS);
      tip = await this.tip();
    }
  }

  /** Declares a block and all on top of it invalid: the node goes back to its parent, or to a rival branch. */
  async invalidate(hash: string): Promise<void> {
    await this.rpc('invalidateblock', [hash]);
  }

  /** Takes back `invalidate`. */
  async reconsider(hash: string): Promise<void> {
    await this.rpc('reconsiderblock', [hash]);
  }

  /** Dials another node once; a connection that is lost later stays lost. */
  async connectTo(other: Callable): Promise<void> {
    await this.rpc('addnode', [`${other.host}:${other.p2pPort}`, 'onetry']);
  }
}
