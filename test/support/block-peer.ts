/** A peer on loopback that has headers and some of their blocks, and gives out both. */
import { toHex } from '../../src/bytes/hex.ts';
import type { Message } from '../../src/wire/message.ts';
import { concatenated } from './concatenated.ts';
import { HeadersChain } from './headers-chain.ts';
import { lastOf, mine } from './mine.ts';
import type { MinedBlock } from './transactions.ts';
import { type Behaviour, headersPayload, type WireConnection } from './wire-peer.ts';

/** Headers above genesis: those of some blocks, and empty ones on top. */
export function headersOver(blocks: readonly MinedBlock[], countAbove: number): Uint8Array {
  const own = concatenated(...blocks.map(({ bytes }) => bytes));
  return concatenated(own, mine(countAbove, { parent: lastOf(own) }));
}

/** Answers getheaders, and getdata with the blocks that it has; of others it says that they were not found. */
export function servingBlocks(headers: Uint8Array, blocks: readonly MinedBlock[]): Behaviour {
  const chain = new HeadersChain(headers);
  const known = new Map(blocks.map((block) => [toHex(block.hash), block]));
  const answer = (connection: WireConnection, { command, payload }: Message): void => {
    if (command === 'getheaders') connection.sendPayload('headers', headersPayload(chain.answer(payload)));
    if (command !== 'getdata') return;
    const missing = payload.items.filter(({ hash }) => !known.has(toHex(hash)));
    if (missing.length > 0) connection.send({ command: 'notfound', payload: { items: missing } });
    for (const { hash } of payload.items) {
      const block = known.get(toHex(hash));
      if (block !== undefined) connection.send(block.message);
    }
  };
  return async (connection) => {
    await connection.shakeHands({ startHeight: chain.height });
    let read = 0;
    const timer = setInterval(() => {
      while (read < connection.received.length) answer(connection, connection.received[read++] as Message);
      if (connection.isOver) clearInterval(timer);
    }, 2);
  };
}
