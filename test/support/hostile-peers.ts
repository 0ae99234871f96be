/** Peers on loopback from whom no chain can be had, and what becomes of each. */

import { setTimeout as sleep } from 'node:timers/promises';
import { mainnet } from '../../src/networks/mainnet.ts';
import { regtest } from '../../src/networks/regtest.ts';
import type { DisconnectReason } from '../../src/protocol/peer.ts';
import { encodeFrame } from '../../src/transport/v1.ts';
import { sha256d } from '../../src/bytes/hash.ts';
import { forged, type Forgery } from './forge.ts';
import type { HeadersChain } from './headers-chain.ts';
import { pingOf, VERACK, versionOf } from './messages.ts';
import { answer, type Behaviour, headersPayload, type WireConnection } from './wire-peer.ts';

export interface HostilePeer {
  readonly behave: (chain: HeadersChain) => Behaviour;
  /** The code with which it is dropped. */
  readonly reason: DisconnectReason;
  /** Whether some of what it sends is good, and kept. */
  readonly isHelpful?: boolean;
}

/** Rubbish that starts unlike any message. */
const RUBBISH = Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
/** What fills the line without saying anything. */
const MUCH = 2_000;

export const HOSTILE_PEERS: Readonly<Record<string, HostilePeer>> = {
  'sends rubbish at once': {
    behave:
      () =>
      ({ socket }) =>
        void socket.write(RUBBISH),
    reason: 'wrong-magic',
  },
  'sends rubbish after the handshake': afterHandshake(
    ({ socket }) => void socket.write(RUBBISH),
    'wrong-magic',
  ),
  'speaks to another network': {
    behave: () => (connection) => connection.write(encodeFrame(mainnet.magic, 'verack', new Uint8Array(0))),
    reason: 'wrong-magic',
  },
  'claims a message of four million bytes and one': afterHandshake((connection) => {
    const frame = encodeFrame(regtest.magic, 'headers', new Uint8Array(0));
    new DataView(frame.buffer).setUint32(16, 4_000_001, true);
    connection.write(frame);
  }, 'oversized-message'),
  'closes at once': {
    behave:
      () =>
      ({ socket }) =>
        void socket.end(),
    reason: 'connection-lost',
  },
  'closes after the handshake': afterHandshake(({ socket }) => void socket.end(), 'connection-lost'),
  'breaks off when it is asked': whenAsked(({ socket }) => void socket.resetAndDestroy(), 'connection-lost'),
  'says nothing': { behave: () => () => undefined, reason: 'handshake-timeout' },
  'says its version and nothing more': {
    behave: () => (connection) => connection.send(versionOf()),
    reason: 'handshake-timeout',
  },
  'drips a message byte by byte': whenAsked(async (connection, headers) => {
    const frame = encodeFrame(regtest.magic, 'headers', headersPayload(headers));
    for (let i = 0; i < frame.length && !connection.isOver; i++) {
      connection.write(frame.subarray(i, i + 1));
      await sleep(5);
    }
  }, 'headers-timeout'),
  'speaks a version of long ago': {
    behave: () => (connection) => connection.send(versionOf({ version: 70_001 })),
    reason: 'obsolete-version',
  },
  'sends back our own nonce': {
    behave: () => async (connection) => {
      const version = await connection.next('version');
      connection.send(versionOf({ nonce: version?.payload.nonce ?? 0n }), VERACK);
    },
    reason: 'self-connection',
  },
  'sends 2,001 headers': {
    behave: (chain) => async (connection) => {
      await connection.shakeHands({ startHeight: chain.height });
      await connection.next('getheaders');
      connection.sendPayload('headers', headersPayload(chain.slice(1, 2_001)));
    },
    reason: 'malformed-message',
  },
  'counts a transaction after a header': whenAsked((connection, headers) => {
    connection.sendPayload('headers', headersPayload(headers, 1));
  }, 'malformed-message'),
  'sends an inventory that ends too soon': afterHandshake((connection) => {
    connection.sendPayload('inv', Uint8Array.of(3, 2, 0, 0, 0));
  }, 'malformed-message'),
  'leaves a header out': whenAsked((connection, headers) => {
    const withGap = Buffer.concat([headers.subarray(0, 80 * 20), headers.subarray(80 * 21)]);
    connection.sendPayload('headers', headersPayload(withGap));
  }, 'not-continuous'),
  'sends headers with wrong bits': forging({ bits: 0x207ffffe }, 'bad-diffbits'),
  'sends headers with bits that are no target': forging({ bits: 0x20ffffff }, 'bad-target'),
  'sends headers whose time is the median of the last eleven': forging(
    { addedSeconds: -3_600 },
    'time-too-old',
  ),
  'sends headers of a version of long ago': forging({ version: 3 }, 'bad-version'),
  'sends a header without proof of work': whenAsked((connection, headers) => {
    const copy = headers.slice(0, 80 * 30);
    const last = copy.subarray(-80);
    while (((sha256d(last)[31] as number) & 0x80) === 0) last[76] = (last[76] as number) + 1;
    connection.sendPayload('headers', headersPayload(copy));
  }, 'high-hash'),
  'claims headers and sends none': {
    behave: () => async (connection) => {
      await connection.shakeHands({ startHeight: 99_999 });
      await connection.next('getheaders');
      connection.sendPayload('headers', Uint8Array.of(0));
    },
    reason: 'headers-refused',
  },
  'sends headers whose parents it keeps to itself': whenAsked((connection, headers) => {
    connection.sendPayload('headers', headersPayload(headers.subarray(80 * 50)));
  }, 'headers-timeout'),
  'sends headers with a wrong checksum': whenAsked((connection, headers) => {
    const frame = encodeFrame(regtest.magic, 'headers', headersPayload(headers));
    frame[20] = (frame[20] as number) ^ 1;
    connection.write(frame);
  }, 'headers-timeout'),
  'sends the same headers again and again': {
    behave: (chain) => async (connection) => {
      await connection.shakeHands({ startHeight: 99_999 });
      while ((await connection.next('getheaders')) !== undefined) {
        connection.sendPayload('headers', headersPayload(chain.slice(1, 2_000)));
      }
    },
    reason: 'headers-timeout',
    isHelpful: true,
  },
  'sends messages without end that nobody knows': afterHandshake(
    (connection) => flood(connection, encodeFrame(regtest.magic, 'surprise', new Uint8Array(300))),
    'headers-timeout',
  ),
  'sends pings without end and reads no pong': afterHandshake((connection) => {
    connection.socket.pause();
    return flood(connection, encodeFrame(regtest.magic, 'ping', new Uint8Array(8)));
  }, 'headers-timeout'),
  'asks for headers without end and reads none': afterHandshake((connection) => {
    connection.socket.pause();
    const payload = new Uint8Array(69);
    payload[4] = 1;
    return flood(connection, encodeFrame(regtest.magic, 'getheaders', payload));
  }, 'headers-timeout'),
};

/** Asks for nothing that an honest node would not: 50,000 pings, and then it behaves. */
export function pinging(chain: HeadersChain, count: number): Behaviour {
  return async (connection) => {
    await connection.shakeHands({ startHeight: chain.height });
    for (let i = 1; i <= count; i++) {
      connection.send(pingOf(BigInt(i)));
      if (i % 1_000 === 0) await connection.drained();
    }
    await answer(connection, chain);
  };
}

/** Writes the same message until the connection is over, as fast as it is taken. */
export async function flood(connection: WireConnection, frame: Uint8Array): Promise<void> {
  const many = Buffer.concat(Array.from({ length: MUCH }, () => frame));
  while (!connection.isOver) {
    connection.write(many);
    await connection.drained();
    // The other end lives in this process, too.
    await sleep(1);
  }
}

type Act = (connection: WireConnection, headers: Uint8Array) => void | Promise<void>;

function afterHandshake(act: Act, reason: DisconnectReason): HostilePeer {
  const behave = (chain: HeadersChain): Behaviour => {
    return async (connection) => {
      await connection.shakeHands({ startHeight: chain.height });
      await act(connection, chain.slice(1));
    };
  };
  return { behave, reason };
}

/** Once it was asked for headers it gets those that an honest peer would answer with. */
function whenAsked(act: Act, reason: DisconnectReason): HostilePeer {
  const behave = (chain: HeadersChain): Behaviour => {
    return async (connection) => {
      await connection.shakeHands({ startHeight: chain.height });
      const request = await connection.next('getheaders');
      if (request !== undefined) await act(connection, chain.answer(request.payload));
    };
  };
  return { behave, reason };
}

/** Answers with headers of which the hundredth was forged. */
function forging(forgery: Forgery, reason: DisconnectReason): HostilePeer {
  return whenAsked((connection, headers) => {
    const some = headers.slice(0, 80 * 110);
    connection.sendPayload('headers', headersPayload(forged(some, 99, forgery)));
  }, reason);
}
