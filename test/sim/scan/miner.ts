/** Makes the blocks of a simulated chain: some of them pay to the scripts that are looked for, or spend from them. */
import { toHex } from '../../../src/bytes/hex.ts';
import {
  BlockDraft,
  blocksBetween,
  type Coin,
  type Deal,
  type ScanBlock,
} from '../../support/scan-blocks.ts';
import { madeScript, type MadeScript, type ScriptKind } from '../../support/scan-scripts.ts';
import { Chance } from '../chance.ts';

const KINDS: readonly ScriptKind[] = ['p2wpkh', 'p2pkh', 'p2sh', 'p2tr', 'bare', 'future'];

/** Scripts that may be looked for, one of each kind and one more. */
export const OURS: readonly MadeScript[] = [
  ...KINDS.slice(0, 5).map((kind, i) => madeScript(kind, i + 1)),
  madeScript('p2wpkh', 9),
];
/** Scripts of everybody else: so few that blocks often have one twice. */
const OTHERS: readonly MadeScript[] = Array.from({ length: 60 }, (_, i) =>
  madeScript(KINDS[i % KINDS.length] as ScriptKind, 100 + i),
);
const OWNERS = new Map([...OURS, ...OTHERS].map((owner) => [toHex(owner.script), owner]));

export class Miner {
  readonly #chance: Chance;
  #salt: number;

  /** @param salt blocks are numbered from here on. */
  constructor(chance: Chance, salt: number) {
    this.#chance = chance;
    this.#salt = salt;
  }

  /** @param density how likely a block has more than a coinbase. */
  mine(parent: ScanBlock | undefined, density: number, repeated?: ScanBlock): ScanBlock {
    const chance = this.#chance;
    const draft = new BlockDraft(parent);
    const isKept = chance.maybe(0.8);
    for (const one of isKept ? (repeated?.made.slice(1) ?? []) : [])
      draft.repeat(one, (script) => OWNERS.get(toHex(script)) as MadeScript);
    if (chance.maybe(density)) for (let i = chance.int(1, 3); i > 0; i--) draft.add(this.#deal(draft));
    const reward = chance.weighted<MadeScript | undefined>([
      [0.3 * density, chance.pick(OURS)],
      [1, chance.pick(OTHERS)],
      [0.05, undefined],
    ]);
    return draft.finish(reward, this.#salt++);
  }

  grow(parent: ScanBlock | undefined, count: number, density: number): ScanBlock {
    let tip = parent;
    for (let i = 0; i < count; i++) tip = this.mine(tip, density);
    return tip ?? this.mine(undefined, density);
  }

  /** Another branch, which holds some of the same transactions. */
  rival(fork: ScanBlock, old: ScanBlock, count: number, density: number): ScanBlock {
    const replaced = blocksBetween(fork, old);
    let tip = fork;
    for (let i = 0; i < count; i++) tip = this.mine(tip, density, replaced[i]);
    return tip;
  }

  #deal(draft: BlockDraft): Deal {
    const chance = this.#chance;
    const spends = chance.maybe(0.7) ? chance.sample(draft.coins, chance.int(1, 2)) : [];
    if (spends.length === 0 || chance.maybe(0.3)) spends.push(this.#coinFromNowhere());
    const pays = Array.from({ length: chance.int(1, 3) }, () => [this.#payee(), chance.int(0, 1e9)] as const);
    return { spends, pays };
  }

  #payee(): MadeScript {
    return this.#chance.pick(this.#chance.maybe(0.4) ? OURS : OTHERS);
  }

  /** Of a chain that nobody looks at. */
  #coinFromNowhere(): Coin {
    const owner = this.#chance.pick(OTHERS);
    return { txid: this.#chance.bytes(32), vout: 0, valueSats: 5_000n, owner, height: -1 };
  }
}

/** Blocks that all simulations have in common, since they take time to make. */
const common: ScanBlock[] = [];
const commonMiner = new Miner(new Chance(815), 0);
const COMMON_DENSITY = 0.06;
/** Above all numbers of common blocks. */
export const OWN_SALT = 1_000_000;

/** The block at a height of a chain that is always the same. */
export function commonBlock(height: number): ScanBlock {
  while (common.length <= height) common.push(commonMiner.mine(common.at(-1), COMMON_DENSITY));
  return common[height] as ScanBlock;
}
