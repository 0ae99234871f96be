/** Peers for a whole node: an honest one, and the hostile and unlucky ones that differ from it in one thing each. */
import type { Message } from '../../src/wire/message.ts';
import type { LocatorRequestPayload } from '../../src/wire/messages/locator-request.ts';
import type { VersionPayload } from '../../src/wire/messages/version.ts';
import type { DisconnectReason } from '../../src/protocol/peer.ts';
import type { HeadersChain } from './headers-chain.ts';
import { headersOf, VERACK, versionOf } from './messages.ts';

/** What a peer does about a message: messages to send, or the end of the connection. */
export type Answer = readonly Message[] | 'hang-up';

/** How a peer behaves on one connection. */
export interface PeerBehaviour {
  /** Why the connection never comes about; undefined when it does. */
  readonly unreachable?: DisconnectReason;
  /** Milliseconds from a message to the answer. */
  readonly delayMs?: number;
  answer(message: Message): Answer;
}

/** Begins a connection; called anew for each. */
export type ScriptedPeer = () => PeerBehaviour;

export interface Variation {
  readonly unreachable?: DisconnectReason;
  readonly delayMs?: number;
  /** What it says of itself in its version; by default the truth. */
  readonly version?: Partial<VersionPayload>;
  /** What it answers to getheaders, given what an honest one would; undefined for no answer at all. */
  readonly headers?: (
    honest: Uint8Array,
    request: LocatorRequestPayload,
    count: number,
  ) => Answer | undefined;
  /** Commands that it does not answer. */
  readonly deafTo?: readonly Message['command'][];
}

/** A peer with a chain that answers as it should, but for the variation. */
export function peerWith(chain: HeadersChain, variation: Variation = {}): ScriptedPeer {
  const { headers = (honest: Uint8Array): Answer => [headersOf(honest)], deafTo = [] } = variation;
  const { unreachable, delayMs } = variation;
  return () => {
    let requestCount = 0;
    return {
      ...(unreachable === undefined ? {} : { unreachable }),
      ...(delayMs === undefined ? {} : { delayMs }),
      answer(message): Answer {
        if (deafTo.includes(message.command)) return [];
        if (message.command === 'version') {
          return [versionOf({ startHeight: chain.height, ...variation.version }), VERACK];
        }
        if (message.command === 'ping') {
          const { nonce = 0n } = message.payload;
          return [{ command: 'pong', payload: { nonce } }];
        }
        if (message.command !== 'getheaders') return [];
        return headers(chain.answer(message.payload), message.payload, ++requestCount) ?? [];
      },
    };
  };
}

/** Kinds of peers that no chain can be had from. The first argument is the chain that they pretend to have. */
export const HOSTILE = {
  unreachable: (chain) => peerWith(chain, { unreachable: 'connect-failed' }),
  'hangs up at once': () => () => ({ answer: () => 'hang-up' }),
  silent: () => () => ({ answer: () => [] }),
  'without verack': () => () => ({
    answer: ({ command }) => (command === 'version' ? [versionOf()] : []),
  }),
  obsolete: (chain) => peerWith(chain, { version: { version: 70001 } }),
  'asked in vain': (chain) => peerWith(chain, { deafTo: ['getheaders'] }),
  refusing: (chain) => peerWith(chain, { headers: () => [headersOf([])] }),
  'with wrong bits': (chain) => peerWith(chain, { headers: withWrongBits }),
  'with a gap': (chain) => peerWith(chain, { headers: withGap }),
  'never connecting': (chain) => peerWith(chain, { headers: (honest) => [headersOf(honest.subarray(80))] }),
  'always the same': (chain) => peerWith(chain, { headers: () => [headersOf(chain.slice(1, 2000))] }),
  'hanging up when asked': (chain) => peerWith(chain, { headers: () => 'hang-up' }),
} satisfies Record<string, (chain: HeadersChain) => ScriptedPeer>;

function withWrongBits(honest: Uint8Array): Answer {
  const copy = honest.slice();
  new DataView(copy.buffer).setUint32(72, 0x1d00ffff, true);
  return [headersOf(copy)];
}

function withGap(honest: Uint8Array): Answer {
  return [headersOf(new Uint8Array([...honest.subarray(0, 80), ...honest.subarray(160)]))];
}
