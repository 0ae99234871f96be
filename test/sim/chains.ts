/** Chains for many nodes: each header is mined once, and all simulations share those that chance has no part in. */
import { sha256d } from '../../src/bytes/hash.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { ProofOfWork } from '../../src/chain/proof-of-work.ts';
import { workOfBits } from '../../src/chain/work.ts';
import type { Network } from '../../src/networks/network.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { type Header, header } from '../../src/wire/header.ts';
import type { LocatorRequestPayload } from '../../src/wire/messages/locator-request.ts';
import { EASY_BITS, HARD_BITS, TWO_TARGETS } from '../support/mine-network.ts';

const MAX_HEADERS = 2000;

export interface Block {
  readonly header: Header;
  /** The hash of the header, in wire order and as hexadecimal. */
  readonly hash: Uint8Array;
  readonly key: string;
  readonly height: number;
  /** Chainwork up to here. */
  readonly work: bigint;
}

/** What a header on top of a block is to be like. */
export interface BlockWishes {
  /** Unlike salts make unlike blocks on the same parent. */
  readonly salt?: number;
  /** Seconds after the parent; over 20 minutes makes it an easy one where there are two targets. */
  readonly gapSeconds?: number;
}

/** Seconds between the blocks of a trunk: the longest that makes hard ones. */
const TRUNK_GAP_SECONDS = 1200;
const EASY_GAP_SECONDS = 1201;
/** Beyond what chance draws. */
const BRANCH_SALT = 2 ** 32 - 1;

/** So that a few thousand headers go through all of presync; and still twenty bits are compared before one is let go. */
const SHORT_PRESYNC = { commitmentPeriod: 7, bufferSize: 150 };

/** A network and the blocks that were mined on it. */
export class Terrain {
  readonly network: Network;
  readonly #proof: ProofOfWork;
  readonly #trunk: Block[];
  /** Blocks above the trunk, by the height at which they leave it: with proof of work, and without. */
  readonly #branches = new Map<number, Block[]>();
  readonly #unproven = new Map<number, Block[]>();
  readonly #found = new Map<string, Block>();

  constructor(network: Network) {
    this.network = network;
    this.#proof = new ProofOfWork(network.powLimit);
    const genesis = blockOf(decode(header, fromHex(network.genesisHeaderHex)), undefined);
    this.#trunk = [genesis];
    this.#found.set(genesis.key, genesis);
  }

  /** The chain that honest nodes agree on, up to a height; mined when it is first asked for. */
  trunk(height: number): Chain {
    while (this.#trunk.length <= height) {
      const block = this.mine(this.#trunk.at(-1) as Block);
      this.#trunk.push(block);
    }
    return new Chain(this.#trunk.slice(0, height + 1));
  }

  /** A chain that leaves the trunk above a height, and keeps all rules; it is shared as the trunk is. */
  branch(fork: number, height: number): Chain {
    return this.#grow(this.#branches, { fork, height }, (parent) => this.mine(parent, { salt: BRANCH_SALT }));
  }

  /** The same, but no header above the trunk has its proof of work. */
  unproven(fork: number, height: number): Chain {
    return this.#grow(this.#unproven, { fork, height }, (parent) => this.forge(parent));
  }

  #grow(
    branches: Map<number, Block[]>,
    { fork, height }: { fork: number; height: number },
    next: (parent: Block) => Block,
  ): Chain {
    const stem = this.trunk(fork);
    const blocks = branches.get(fork) ?? [];
    branches.set(fork, blocks);
    while (fork + blocks.length < height) blocks.push(next(blocks.at(-1) ?? stem.tip));
    return new Chain([...stem.blocks, ...blocks.slice(0, height - fork)]);
  }

  /** A block that keeps all rules but for its proof of work. */
  forge(parent: Block): Block {
    const { version, bits, time } = parent.header;
    const fields = { version, bits, time: time + TRUNK_GAP_SECONDS, prev: parent.hash };
    for (let nonce = 0; ; nonce++) {
      const value = { ...fields, merkleRoot: parent.header.merkleRoot, nonce };
      if (!this.hasProof(value)) return this.register(value, parent);
    }
  }

  /** A block that keeps all rules. */
  mine(parent: Block, { salt = 0, gapSeconds = TRUNK_GAP_SECONDS }: BlockWishes = {}): Block {
    const hasTwoTargets = this.network === TWO_TARGETS;
    const bits = hasTwoTargets && gapSeconds < EASY_GAP_SECONDS ? HARD_BITS : EASY_BITS;
    const time = parent.header.time + gapSeconds;
    const merkleRoot = new Uint8Array(32);
    new DataView(merkleRoot.buffer).setUint32(0, salt, true);
    for (let nonce = 0; ; nonce++) {
      const value = { version: 0x20000000, prev: parent.hash, merkleRoot, time, bits, nonce };
      const hash = sha256d(encode(header, value));
      if (this.#proof.fault(hash, bits) !== undefined) continue;
      const block = blockOf(value, parent, hash);
      this.#found.set(block.key, block);
      return block;
    }
  }

  /** Takes in a block that was mined elsewhere, so that locators may name it. */
  register(value: Header, parent: Block): Block {
    const block = blockOf(value, parent);
    this.#found.set(block.key, block);
    return block;
  }

  /** Whether a header has its proof of work. */
  hasProof(value: Header): boolean {
    return this.#proof.fault(sha256d(encode(header, value)), value.bits) === undefined;
  }

  find(hash: Uint8Array): Block | undefined {
    return this.#found.get(toHex(hash));
  }
}

/** Blocks from genesis to a tip. It never changes: a longer one is another chain. */
export class Chain {
  readonly blocks: readonly Block[];

  constructor(blocks: readonly Block[]) {
    this.blocks = blocks;
  }

  get tip(): Block {
    return this.blocks.at(-1) as Block;
  }

  get height(): number {
    return this.blocks.length - 1;
  }

  has({ height, key }: Block): boolean {
    return this.blocks[height]?.key === key;
  }

  at(height: number): Block {
    const block = this.blocks[height];
    if (block === undefined) throw new RangeError(`no block at height ${height}`);
    return block;
  }

  upTo(height: number): Chain {
    return new Chain(this.blocks.slice(0, height + 1));
  }

  /** The chain up to the parent of the first of some blocks, and these. */
  with(...blocks: readonly Block[]): Chain {
    const [first] = blocks;
    return first === undefined ? this : new Chain([...this.blocks.slice(0, first.height), ...blocks]);
  }

  /** The blocks that an honest node answers to getheaders with. */
  answer({ locator, stop }: LocatorRequestPayload, terrain: Terrain): readonly Block[] {
    const stopBlock = this.#own(stop, terrain);
    if (locator.length === 0) return stopBlock === undefined ? [] : [stopBlock];
    let fork = 0;
    for (const hash of locator) {
      const block = this.#own(hash, terrain);
      if (block === undefined) continue;
      fork = block.height;
      break;
    }
    const last = Math.min(this.height, fork + MAX_HEADERS);
    const end = stopBlock !== undefined && stopBlock.height > fork ? Math.min(last, stopBlock.height) : last;
    return this.blocks.slice(fork + 1, end + 1);
  }

  #own(hash: Uint8Array, terrain: Terrain): Block | undefined {
    const block = terrain.find(hash);
    return block !== undefined && this.has(block) ? block : undefined;
  }
}

function blockOf(value: Header, parent: Block | undefined, hash?: Uint8Array): Block {
  const known = hash ?? sha256d(encode(header, value));
  return {
    header: value,
    hash: known,
    key: toHex(known),
    height: parent === undefined ? 0 : parent.height + 1,
    work: (parent?.work ?? 0n) + workOfBits(value.bits),
  };
}

/** Every block has the same work: more work is more blocks. */
export const PLAIN: Terrain = new Terrain({ ...regtest, presync: SHORT_PRESYNC });

/** A branch may have more blocks and less work. Not for chains of over 2,015 blocks, where the target would change. */
export const HILLY: Terrain = new Terrain(TWO_TARGETS);
