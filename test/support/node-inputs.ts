/** Random lives of a node: whatever peers, lines and clocks may do, in any order that can occur. */
import * as fc from 'fast-check';
import type { DisconnectReason } from '../../src/protocol/peer.ts';
import type { Command, Message } from '../../src/wire/message.ts';
import { arbitraryPayloads } from '../wire/arbitraries.ts';
import { forged } from './forge.ts';
import { HeadersChain } from './headers-chain.ts';
import { blockInv, headersOf, VERACK, versionOf } from './messages.ts';
import { headerAt, mine } from './mine.ts';

/** One thing that happens. `who` picks one of those that it can happen to. */
export type Happening =
  | { readonly kind: 'time-passes'; readonly ms: number }
  | { readonly kind: 'deadline' }
  | { readonly kind: 'connected'; readonly who: number }
  | { readonly kind: 'shakes-hands'; readonly who: number; readonly startHeight: number }
  | { readonly kind: 'lost'; readonly who: number; readonly reason: DisconnectReason }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'looked-up'; readonly addresses: readonly string[] }
  | { readonly kind: 'answers'; readonly who: number }
  /** All that it takes from the call to the last answer; without it few lives would come as far as being synced. */
  | { readonly kind: 'serves' }
  | { readonly kind: 'says'; readonly who: number; readonly message: Message };

/** The chain that answering peers have. */
export const CHAIN: HeadersChain = new HeadersChain(mine(2100));
const RIVAL = new HeadersChain(mine(1500, { salt: 3 }));
const FORK = CHAIN.withBranch(2000, mine(150, { parent: headerAt(CHAIN.bytes, 2000), salt: 4 }));
const FAULTY = new HeadersChain(forged(mine(30), 12, { version: 3 }));
const CHAINS = [CHAIN, RIVAL, FORK, FAULTY];

const who = fc.nat(10);

/** Headers of some chain from some height on: they connect, or not, or are faulty, or are known. */
const stretch = fc
  .tuple(fc.constantFrom(...CHAINS), fc.nat(), fc.constantFrom(0, 1, 2, 7, 1999, 2000))
  .map(([chain, from, count]) => {
    const start = 1 + (from % chain.height);
    return headersOf(chain.slice(start, start + count - 1));
  });

const blockHash = fc
  .tuple(fc.constantFrom(...CHAINS), fc.nat())
  .map(([chain, height]) => chain.hashAt(height % (chain.height + 1)));

const anyMessage = fc
  .constantFrom(...(Object.keys(arbitraryPayloads) as Command[]))
  .chain((command) =>
    (arbitraryPayloads[command] as fc.Arbitrary<unknown>).map((payload) => ({ command, payload }) as Message),
  );

const tellingMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.constant<Message>(VERACK),
  fc.integer({ min: 70_010, max: 70_017 }).map((version) => versionOf({ version })),
  stretch,
  fc.array(blockHash, { maxLength: 3 }).map((hashes) => blockInv(...hashes)),
  fc
    .record({ version: fc.constant(70_016), locator: fc.array(blockHash, { maxLength: 4 }), stop: blockHash })
    .map((payload): Message => ({ command: 'getheaders', payload })),
);

const reason = fc.constantFrom<DisconnectReason>(
  'connect-failed',
  'connect-timeout',
  'connection-lost',
  'malformed-message',
  'wrong-magic',
);

const address = fc.nat(200).map((last) => `10.0.0.${last}`);

export const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('time-passes' as const), ms: fc.nat(40_000) }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'deadline' } as const) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('connected' as const), who }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('shakes-hands' as const),
        who,
        startHeight: fc.constantFrom(-5, 0, 30, 2100, 2 ** 31 - 1),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('lost' as const), who, reason }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'accepted' } as const) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('looked-up' as const), addresses: fc.array(address) }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('answers' as const), who }) },
    { weight: 3, arbitrary: fc.constant({ kind: 'serves' } as const) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('says' as const), who, message: tellingMessage }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('says' as const), who, message: anyMessage }) },
  ),
  { maxLength: 80, size: 'max' },
);
