/** A bitcoind of any network that has no peers and is fed headers alone, one by one over RPC. */
import type { TestContext } from 'node:test';
import { toHex } from '../../../src/bytes/hex.ts';
import type { CoreReason } from '../oracle-tree.ts';
import { requireProgram } from './binaries.ts';
import { freePort } from './free-port.ts';
import { callRpcBatch, type RpcCall, type RpcEndpoint, RpcError } from './json-rpc.ts';
import { NodeProcess } from './node-process.ts';

/** Headers handed over in one request. */
const BATCH_HEADERS = 1000;
const BATCH_TIMEOUT_MS = 60_000;

/** JSON-RPC codes of submitheader: a rule is broken; bytes that it cannot read. */
const RPC_VERIFY_ERROR = -25;
const RPC_DESERIALIZATION_ERROR = -22;

/** What bitcoind says of a header; `undecodable` is its own, see {@link HeaderNode.submit}. */
export type NodeReason = CoreReason | 'bad-prevblk' | 'undecodable';

/** The end of a branch of headers. */
export interface HeaderTip {
  readonly height: number;
  /** Display order. */
  readonly hash: string;
  readonly chainwork: bigint;
  /** Median time past. */
  readonly medianTime: number;
}

export class HeaderNode {
  readonly #rpc: RpcEndpoint;
  readonly #process: NodeProcess;

  private constructor(path: string, rpc: RpcEndpoint, args: readonly string[]) {
    this.#rpc = rpc;
    this.#process = new NodeProcess('bitcoind', path, (dataDir) => [
      `-datadir=${dataDir}`,
      '-connect=0',
      '-listen=0',
      '-dnsseed=0',
      '-discover=0',
      '-natpmp=0',
      '-debuglogfile=0',
      '-rpcbind=127.0.0.1',
      '-rpcallowip=127.0.0.1',
      `-rpcport=${rpc.port}`,
      `-rpcuser=${rpc.user}`,
      `-rpcpassword=${rpc.password}`,
      '-disablewallet',
      '-persistmempool=0',
      '-dbcache=4',
      // A self-check that regtest turns on and that takes longer with every header.
      '-checkblockindex=0',
      // Old blocks may have rivals here: a checkpoint is no rule of the network, and we have none.
      '-checkpoints=0',
      // It stops by itself some years after its release, and by any clock that it is given.
      '-softwareexpiry=0',
      ...args,
    ]);
  }

  /** A node that answers; gone when the test is over. */
  static async start(t: Pick<TestContext, 'after'>, ...args: readonly string[]): Promise<HeaderNode> {
    const node = await HeaderNode.launch(...args);
    t.after(() => node.dispose());
    return node;
  }

  /** The same, to be disposed of by the caller. */
  static async launch(...args: readonly string[]): Promise<HeaderNode> {
    const rpc = { port: await freePort('127.0.0.1'), user: 'headlight', password: 'test' };
    const node = new HeaderNode(requireProgram('bitcoind'), rpc, args);
    try {
      await node.#process.start(() => node.call('getblockchaininfo'));
      return node;
    } catch (error) {
      await node.dispose();
      throw error;
    }
  }

  /** The result is what bitcoind's manual says; the caller names its type. */
  async call<T = unknown>(method: string, params: readonly unknown[] = []): Promise<T> {
    const [result] = await this.#callAll([[method, params]]);
    return result as T;
  }

  /** Sets the clock that the future limit is measured by; regtest only. */
  async setTime(unixSeconds: number): Promise<void> {
    await this.call('setmocktime', [unixSeconds]);
  }

  /**
   * Hands over headers one by one; returns why each was refused, undefined for those it has now. Bitcoin Knots reads a version
   * with the highest bit set as the mark of longer headers of its own: such a header of 80 bytes is `undecodable`.
   */
  async submit(headers: readonly Uint8Array[]): Promise<(NodeReason | undefined)[]> {
    const reasons: (NodeReason | undefined)[] = [];
    for (let from = 0; from < headers.length; from += BATCH_HEADERS) {
      const calls = headers
        .slice(from, from + BATCH_HEADERS)
        .map((header): RpcCall => ['submitheader', [toHex(header)]]);
      const replies = await callRpcBatch(this.#rpc, calls, BATCH_TIMEOUT_MS);
      reasons.push(...replies.map((reply) => (reply instanceof RpcError ? meaningOf(reply) : undefined)));
    }
    return reasons;
  }

  /** The ends of all branches of headers. */
  async tips(): Promise<HeaderTip[]> {
    const listed = await this.call<{ hash: string; height: number; status: string }[]>('getchaintips');
    // Without blocks the active chain is genesis, which is always in the list, whether it is the end of a branch or not.
    const ends = listed.length === 1 ? listed : listed.filter(({ status }) => status !== 'active');
    const headers = await this.#callAll(ends.map(({ hash }): RpcCall => ['getblockheader', [hash]]));
    return headers.map((header) => {
      const { hash, height, chainwork, mediantime } = header as NodeHeader;
      return { hash, height, chainwork: BigInt(`0x${chainwork}`), medianTime: mediantime };
    });
  }

  /** Height of the header with the most work. */
  async bestHeight(): Promise<number> {
    return (await this.call<{ headers: number }>('getblockchaininfo')).headers;
  }

  /** Ends it and removes its data. */
  async dispose(): Promise<void> {
    // Nothing of its data is wanted: no need to wait until it is written.
    await this.#process.kill();
    await this.#process.dispose();
  }

  async #callAll(calls: readonly RpcCall[]): Promise<unknown[]> {
    const replies = await callRpcBatch(this.#rpc, calls, BATCH_TIMEOUT_MS);
    return replies.map((reply) => {
      if (reply instanceof RpcError) throw reply;
      return reply.result;
    });
  }
}

interface NodeHeader {
  readonly hash: string;
  readonly height: number;
  readonly chainwork: string;
  readonly mediantime: number;
}

const REASONS: ReadonlySet<string> = new Set<NodeReason>([
  'high-hash',
  'bad-diffbits',
  'time-too-old',
  'time-timewarp-attack',
  'time-too-new',
  'bad-version',
  'bad-prevblk',
]);

/** What the words of submitheader mean: `bad-version(0x00000001)` for one. */
function meaningOf({ code, reason }: RpcError): NodeReason {
  if (code === RPC_DESERIALIZATION_ERROR) return 'undecodable';
  if (code === RPC_VERIFY_ERROR) {
    if (reason.startsWith('Must submit previous header')) return 'prev-blk-not-found';
    const name = reason.replace(/\(.*/, '');
    if (REASONS.has(name)) return name as NodeReason;
  }
  throw new Error(`bitcoind says what it never said: ${reason} (${code})`);
}
