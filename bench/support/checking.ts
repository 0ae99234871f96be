/** Ways to take messages of headers through all checks, with a worker thread and without. */
import { HASH_SIZE_BYTES } from '../../src/bytes/hash.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { ProofOfWork } from '../../src/chain/proof-of-work.ts';
import { NETWORKS } from '../../src/index.ts';
import { MessageStream } from '../../src/transport/message-stream.ts';
import { V1Transport } from '../../src/transport/v1.ts';

const NETWORK = NETWORKS.regtest;

/** Bytes of a peer to headers. */
export class Decoder {
  readonly #stream = new MessageStream(new V1Transport(NETWORK.magic));

  decode(chunks: readonly Uint8Array[]): Uint8Array {
    let headers: Uint8Array | undefined;
    for (const chunk of chunks) {
      for (const { command, payload } of this.#stream.receive(chunk).messages)
        if (command === 'headers') ({ headers } = payload);
    }
    if (headers === undefined) throw new Error('no message of headers');
    return headers;
  }
}

/** What can be said of headers without the chain. */
export class Prover {
  readonly #proof = new ProofOfWork(NETWORK.powLimit);

  /** @returns the last hash; the others stand in the headers. */
  prove(headers: Uint8Array): Uint8Array {
    const run = HeaderRun.fromBytes(headers);
    for (let i = 0; i < run.count; i++) {
      const isLinked = i === 0 || run.links(i);
      if (!isLinked || this.#proof.fault(run.hashes, run.bitsAt(i), i * HASH_SIZE_BYTES) !== undefined)
        throw new Error(`header ${i} is not good`);
    }
    return run.hashAt(run.count - 1).slice();
  }
}

/** All rules, and the tree. */
export class Chain {
  readonly #tree = new HeaderTree(NETWORK);
  readonly #nowSeconds = Math.floor(Date.now() / 1000);

  /** @returns the height of the tip. */
  take(run: HeaderRun): number {
    const verdict = this.#tree.check(run, this.#nowSeconds);
    if (verdict === undefined || verdict.fault !== undefined) throw new Error(verdict?.fault?.detail);
    this.#tree.connect(verdict);
    return this.#tree.tip.height;
  }
}
