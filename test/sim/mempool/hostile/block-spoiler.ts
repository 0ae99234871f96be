/** Serves blocks that are not what their headers name, or none, or all too late. */
import type { InventoryItem } from '../../../../src/wire/inventory.ts';
import type { Message, MessageOf } from '../../../../src/wire/message.ts';
import type { Tx } from '../../../../src/wire/tx.ts';
import type { Caller } from '../../honest-peer.ts';
import { RelayPeer } from '../relay-peer.ts';

type Fault = 'missing' | 'witness' | 'swapped' | 'empty' | 'silence' | 'notfound' | 'late';

const LATE_MS = 25_000;

export class BlockSpoiler extends RelayPeer {
  readonly #fault = this.chance.pick<Fault>([
    'missing',
    'witness',
    'swapped',
    'empty',
    'silence',
    'notfound',
    'late',
  ]);

  protected override answerBlock(
    { line }: Caller,
    { hash }: InventoryItem,
  ): Message | 'notfound' | 'silence' {
    const good = this.ledger.bodyOf(hash)?.message;
    if (good === undefined || this.#fault === 'notfound') return 'notfound';
    if (this.#fault === 'silence') return 'silence';
    if (this.#fault !== 'late') return spoil(good, this.#fault);
    this.world.after(this.chance.int(0, LATE_MS), () => line.send(spoil(good, 'missing')));
    return 'silence';
  }
}

function spoil(block: MessageOf<'block'>, fault: Fault): MessageOf<'block'> {
  const { header, transactions } = block.payload;
  const [coinbase, ...others] = transactions as [Tx, ...Tx[]];
  return { command: 'block', payload: { header, transactions: spoiled(coinbase, others, fault) } };
}

function spoiled(coinbase: Tx, others: readonly Tx[], fault: Fault): Tx[] {
  if (fault === 'empty') return [];
  if (fault === 'swapped' && others.length > 1) return [coinbase, ...others.toReversed()];
  if (fault === 'witness') return [withOtherWitness(coinbase), ...others.map(withOtherWitness)];
  return [coinbase, ...others].slice(0, -1);
}

function withOtherWitness(tx: Tx): Tx {
  return { ...tx, inputs: tx.inputs.map((input) => ({ ...input, witness: [Uint8Array.of(1, 2, 3)] })) };
}
