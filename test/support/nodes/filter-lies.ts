/** Lies about filters, and what peers do in place of an answer. */
import { toHex } from '../../../src/bytes/hex.ts';
import { filterHash } from '../../../src/filters/index.ts';
import { buildBasicFilter } from '../../../src/filters/index.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { headerHash } from '../../../src/wire/header.ts';
import type { Message, MessageOf } from '../../../src/wire/message.ts';
import type { Answer, Lie } from './lying-filters.ts';
import type { TrueBlock } from './true-filters.ts';

type Which = (block: TrueBlock) => boolean;

const EVERYWHERE: Which = () => true;

/** Filters of some blocks without scripts, and headers that fit. @param scripts hexadecimal. */
export function leavingOut(scripts: ReadonlySet<string>, isMeant: Which = EVERYWHERE): Lie {
  return otherFilter(isMeant, ({ hash, elements, filter }) => {
    const left = elements.filter((script) => !scripts.has(toHex(script)));
    return left.length === elements.length ? filter : buildBasicFilter(hash, left);
  });
}

/** Filters of some blocks with one script too many. */
export function addingOne(isMeant: Which): Lie {
  return otherFilter(isMeant, ({ hash, elements }) =>
    buildBasicFilter(hash, [...elements, new TextEncoder().encode('nobody was paid to this')]),
  );
}

/** Bytes that are the filter of nothing, for some blocks. */
export function tellingNoFilter(isMeant: Which, bytes: Uint8Array): Lie {
  return otherFilter(isMeant, () => bytes);
}

function otherFilter(isMeant: Which, make: (block: TrueBlock) => Uint8Array): Lie {
  return { filterOf: (block) => (isMeant(block) ? make(block) : block.filter) };
}

/** Changes answers of one kind. */
export function answering<C extends Answer['command']>(
  command: C,
  change: (answer: MessageOf<C>) => readonly Message[] | 'hang-up',
): Lie {
  return {
    answer: (answer) => (answer.command === command ? change(answer as MessageOf<C>) : [answer]),
  };
}

/** Offers all, and never answers when asked for these. */
export function silentAbout(...commands: readonly Answer['command'][]): Lie {
  return { answer: (answer) => (commands.includes(answer.command) ? [] : [answer]) };
}

/** Answers what was asked of one block with what belongs to another. */
export function answeringFor(hash: Uint8Array): Lie {
  return {
    answer: (answer) => {
      switch (answer.command) {
        case 'cfcheckpt':
          return [{ command: 'cfcheckpt', payload: { ...answer.payload, stopHash: hash } }];
        case 'cfheaders':
          return [{ command: 'cfheaders', payload: { ...answer.payload, stopHash: hash } }];
        case 'cfilter':
          return [{ command: 'cfilter', payload: { ...answer.payload, blockHash: hash } }];
        case 'block':
          return [answer];
      }
    },
  };
}

/** One answer after another, and then no connection any more. */
export function hangingUpAfter(count: number, command: Answer['command']): Lie {
  let left = count;
  return { answer: (answer) => (answer.command === command && left-- <= 0 ? 'hang-up' : [answer]) };
}

/** Says of every block that it does not have it. */
export const havingNoBlock: Lie = answering('block', ({ payload }) => {
  const items = [{ type: INVENTORY.WITNESS_BLOCK, hash: headerHash(payload.header) }];
  return [{ command: 'notfound', payload: { items } }];
});

/** Blocks whose coinbase has another witness than the one that they commit to. */
export const changingWitnesses: Lie = answering('block', ({ payload }) => {
  const [coinbase, ...others] = payload.transactions;
  if (coinbase === undefined) return [];
  const inputs = coinbase.inputs.map((input) => ({ ...input, witness: [new Uint8Array(32).fill(7)] }));
  const transactions = [{ ...coinbase, inputs }, ...others];
  return [{ command: 'block', payload: { ...payload, transactions } }];
});

/** Blocks without their last transaction, or without their coinbase's output. */
export const changingTransactions: Lie = answering('block', ({ payload }) => {
  const transactions = payload.transactions.map((tx) => ({ ...tx, lockTime: tx.lockTime + 1 }));
  return [{ command: 'block', payload: { ...payload, transactions } }];
});

/** Some hash that nothing has. */
export const NO_HASH: Uint8Array = filterHash(new TextEncoder().encode('nothing'));
