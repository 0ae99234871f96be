/** Branches of headers made to order, valid or not, with proof of work as an oracle of the rules asks for it. */
import { mineFields } from './oracle-miner.ts';
import { type CoreReason, oracleHash, type OracleHeader, type OracleTree } from './oracle-tree.ts';

/** How a header differs from one about which nothing is wrong. */
export interface BranchWishes {
  /** Unix seconds; ten minutes after the parent where nothing is said. */
  readonly time?: number;
  /** Compact target, or what is added to the one required. */
  readonly bits?: number;
  readonly addedToBits?: number;
  readonly version?: number;
}

export class BranchMiner {
  /** Everything mined, in order, whatever became of it. */
  readonly headers: Uint8Array[] = [];
  readonly #oracle: OracleTree;
  readonly #nowSeconds: number;
  readonly #merkleRoot: (height: number, salt: number) => Uint8Array;

  /** @param merkleRoot what a header must name; anything unless told otherwise. */
  constructor(
    oracle: OracleTree,
    nowSeconds: number,
    merkleRoot: (height: number, salt: number) => Uint8Array = (_, salt) => saltBytes(salt),
  ) {
    this.#oracle = oracle;
    this.#nowSeconds = nowSeconds;
    this.#merkleRoot = merkleRoot;
  }

  /** A header that must be accepted. */
  add(parent: OracleHeader, wishes: BranchWishes = {}): OracleHeader {
    const { bytes, reason } = this.#mine(parent, wishes);
    const header = this.#oracle.get(oracleHash(bytes));
    if (header === undefined) throw new Error(`${reason} at height ${parent.height + 1}`);
    return header;
  }

  /** A header that must be refused; returns why. */
  addWrong(parent: OracleHeader, wishes: BranchWishes): CoreReason {
    const { reason } = this.#mine(parent, wishes);
    if (reason === undefined) throw new Error(`accepted at height ${parent.height + 1}`);
    return reason;
  }

  /** Headers of these times, one on the other; returns the last. */
  addAll(parent: OracleHeader, times: readonly number[]): OracleHeader {
    return times.reduce((at, time) => this.add(at, { time }), parent);
  }

  median(parent: OracleHeader): number {
    return this.#oracle.median(parent);
  }

  #mine(parent: OracleHeader, wishes: BranchWishes): { bytes: Uint8Array; reason: CoreReason | undefined } {
    const { time = parent.time + 600, addedToBits = 0, version = 0x20000000 } = wishes;
    const bits = wishes.bits ?? this.#oracle.requiredBits(parent, time) + addedToBits;
    const merkleRoot = this.#merkleRoot(parent.height + 1, this.headers.length);
    const fields = { version, prev: parent.hash, merkleRoot, time, bits };
    const bytes = mineFields(fields, this.#oracle.network.powLimit);
    this.headers.push(bytes);
    return { bytes, reason: this.#oracle.submit(bytes, this.#nowSeconds) };
  }
}

function saltBytes(salt: number): Uint8Array {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, salt);
  return bytes;
}
