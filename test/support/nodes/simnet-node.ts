/**
 * A btcd on its simnet, which can do what no test network of bitcoind can: its target changes every 2,016 blocks, and a block over
 * 20 minutes late may be easy, as on testnet3, and yet anybody can mine it. It takes whole blocks only: here, of a coinbase each.
 */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { concat } from '../../../src/bytes/concat.ts';
import { fromHex, toHex } from '../../../src/bytes/hex.ts';
import { regtest } from '../../../src/networks/regtest.ts';
import type { Network } from '../../../src/networks/network.ts';
import { identify, type IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { aCoinbase, anInput, anOutput } from '../made-blocks.ts';
import type { CoreReason } from '../oracle-tree.ts';
import { heightScript } from '../published-headers.ts';
import { requireProgram } from './binaries.ts';
import { freePort } from './free-port.ts';
import { callRpcBatch, type RpcCall, type RpcEndpoint, RpcError } from './json-rpc.ts';
import { NodeProcess } from './node-process.ts';

const BATCH_BLOCKS = 500;
const BATCH_TIMEOUT_MS = 60_000;

/** The network as we would have it. */
export const simnet: Network = {
  ...regtest,
  genesisHeaderHex:
    '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a45068653ffff7f2002000000',
  genesisHash: '683e86bd5c6d110d91b94b97137ba6bfe02dbbdb8e3dff722a669b5d69d77af6',
  noRetarget: false,
};

/** What btcd says of a block: it keeps one whose parent it does not know, and says nothing. */
export type SimnetReason = Exclude<CoreReason, 'prev-blk-not-found'>;

export class SimnetNode {
  readonly #rpc: RpcEndpoint;
  readonly #process: NodeProcess;
  readonly #coinbases = new Map<string, Uint8Array>();

  private constructor(path: string, rpc: RpcEndpoint) {
    this.#rpc = rpc;
    this.#process = new NodeProcess('btcd', path, (dataDir) => [
      '--simnet',
      `--configfile=${join(dataDir, 'btcd.conf')}`,
      `--datadir=${join(dataDir, 'data')}`,
      `--logdir=${join(dataDir, 'logs')}`,
      '--nolisten',
      // Nobody listens there, and a node that is told whom to call calls nobody else.
      '--connect=127.0.0.1:1',
      '--nodnsseed',
      '--notls',
      '--nocfilters',
      `--rpclisten=127.0.0.1:${rpc.port}`,
      `--rpcuser=${rpc.user}`,
      `--rpcpass=${rpc.password}`,
      '--debuglevel=warn',
    ]);
  }

  /** A node that answers; gone when the test is over. */
  static async start(t: Pick<TestContext, 'after'>): Promise<SimnetNode> {
    const rpc = { port: await freePort('127.0.0.1'), user: 'headlight', password: 'test' };
    const node = new SimnetNode(requireProgram('btcd'), rpc);
    t.after(() => node.#dispose());
    await node.#process.start(() => node.#call('getblockcount'));
    return node;
  }

  /** What a header at a height must name, for `submit` to have the coinbase that goes with it. */
  readonly merkleRoot = (height: number, salt: number): Uint8Array => {
    const { raw, txid } = coinbaseAt(height, salt);
    this.#coinbases.set(toHex(txid), raw);
    return txid;
  };

  /** Hands over blocks one by one, named by their headers; returns why each was refused. */
  async submit(headers: readonly Uint8Array[]): Promise<(SimnetReason | undefined)[]> {
    const reasons: (SimnetReason | undefined)[] = [];
    for (let from = 0; from < headers.length; from += BATCH_BLOCKS) {
      const calls = headers
        .slice(from, from + BATCH_BLOCKS)
        .map((header): RpcCall => ['submitblock', [toHex(this.#blockOf(header))]]);
      const replies = await callRpcBatch(this.#rpc, calls, BATCH_TIMEOUT_MS);
      for (const reply of replies) {
        if (reply instanceof RpcError) throw reply;
        const refusal = reply.result as string | null;
        reasons.push(refusal === null ? undefined : meaningOf(refusal));
      }
    }
    return reasons;
  }

  /** The ends of all branches, each as `height hash`, hashes in display order; the best one first. */
  async tips(): Promise<string[]> {
    const tips = await this.#call<{ hash: string; height: number; status: string }[]>('getchaintips');
    const bestFirst = tips.toSorted((a, b) => Number(b.status === 'active') - Number(a.status === 'active'));
    return bestFirst.map(({ hash, height }) => `${height} ${hash}`);
  }

  #blockOf(header: Uint8Array): Uint8Array {
    const coinbase = this.#coinbases.get(toHex(header.subarray(36, 68)));
    if (coinbase === undefined) throw new Error('the header names no coinbase that was made here');
    return concat([header, Uint8Array.of(1), coinbase]);
  }

  async #call<T>(method: string): Promise<T> {
    const [reply] = await callRpcBatch(this.#rpc, [[method, []]], BATCH_TIMEOUT_MS);
    if (reply === undefined || reply instanceof RpcError) throw reply ?? new Error('no reply');
    return reply.result as T;
  }

  async #dispose(): Promise<void> {
    await this.#process.kill();
    await this.#process.dispose();
  }
}

/** A coinbase that pays nothing to anybody; another one for each salt. */
function coinbaseAt(height: number, salt: number): IdentifiedTx {
  const saltScript = fromHex(`6a04${salt.toString(16).padStart(8, '0')}`);
  const previous = { txid: new Uint8Array(32), vout: 0xffffffff };
  return identify(
    aCoinbase(0, {
      inputs: [anInput(0, { previous, script: fromHex(heightScript(height)) })],
      outputs: [anOutput(0n, saltScript)],
    }),
  );
}

const MEANINGS: readonly (readonly [words: RegExp, reason: SimnetReason | undefined])[] = [
  // No fault, as for bitcoind.
  [/^rejected: already have block/, undefined],
  [/^rejected: block difficulty of .* is not the expected value/, 'bad-diffbits'],
  [/^rejected: block timestamp of .* is not after expected/, 'time-too-old'],
  [/^rejected: block timestamp of .* is too far in the future/, 'time-too-new'],
  [/^rejected: new blocks with version .* are no longer valid/, 'bad-version'],
  [/^rejected: block hash of .* is higher than expected max/, 'high-hash'],
  [/^rejected: block target difficulty of .* is (too low|higher than max)/, 'high-hash'],
];

function meaningOf(text: string): SimnetReason | undefined {
  const meaning = MEANINGS.find(([words]) => words.test(text));
  if (meaning === undefined) throw new Error(`btcd says what it never said: ${text}`);
  return meaning[1];
}
