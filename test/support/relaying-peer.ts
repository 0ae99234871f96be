/** A peer on loopback with a chain of headers and transactions to tell of. */
import type { TestContext } from 'node:test';
import { identify, type IdentifiedTx } from '../../src/wire/identified-tx.ts';
import { INVENTORY } from '../../src/wire/inventory.ts';
import type { Message } from '../../src/wire/message.ts';
import { HeadersChain } from './headers-chain.ts';
import { payingTx } from './tx-events.ts';
import { headersPayload, type WireConnection, WirePeer } from './wire-peer.ts';

const POLL_MS = 2;

export class RelayingPeer {
  readonly wire: WirePeer;
  readonly chain: HeadersChain;
  readonly #transactions = new Map<string, IdentifiedTx>();
  readonly #greeted: WireConnection[] = [];
  /** Answers to pings that came. */
  pongs = 0;
  /** What was announced to it, txids in hexadecimal, wire order. */
  readonly heard: string[] = [];
  /** Transactions that it was given. */
  readonly given: Message[] = [];

  private constructor(wire: WirePeer, chain: HeadersChain) {
    this.wire = wire;
    this.chain = chain;
  }

  static async start(t: TestContext, headers: Uint8Array): Promise<RelayingPeer> {
    const chain = new HeadersChain(headers);
    const wire = await WirePeer.listen(t, async (connection) => {
      await connection.shakeHands({ startHeight: chain.height });
      peer.#serve(connection);
    });
    const peer: RelayingPeer = new RelayingPeer(wire, chain);
    return peer;
  }

  get address(): string {
    return this.wire.address;
  }

  /** Whether anybody is connected and has shaken hands. */
  get isWatched(): boolean {
    return this.#greeted.some(({ isOver }) => !isOver);
  }

  /** Tells all connected of transactions, and hands them out when asked. */
  announce(...transactions: readonly IdentifiedTx[]): void {
    for (const transaction of transactions) this.#transactions.set(keyOf(transaction.txid), transaction);
    const items = transactions.map(({ txid }) => ({ type: INVENTORY.TX, hash: txid }));
    this.send({ command: 'inv', payload: { items } });
  }

  /** Asks for a transaction, as after its announcement. */
  request(txid: Uint8Array): void {
    const items = [{ type: INVENTORY.WITNESS_TX, hash: txid }];
    this.send({ command: 'getdata', payload: { items } });
  }

  send(message: Message): void {
    for (const connection of this.#greeted) if (!connection.isOver) connection.send(message);
  }

  #serve(connection: WireConnection): void {
    this.#greeted.push(connection);
    let read = 0;
    const timer = setInterval(() => {
      while (read < connection.received.length)
        this.#answer(connection, connection.received[read++] as Message);
      if (connection.isOver) clearInterval(timer);
    }, POLL_MS);
  }

  #answer(connection: WireConnection, { command, payload }: Message): void {
    if (command === 'getheaders')
      connection.sendPayload('headers', headersPayload(this.chain.answer(payload)));
    if (command === 'inv') this.heard.push(...payload.items.map(({ hash }) => keyOf(hash)));
    if (command === 'tx') this.given.push({ command, payload });
    if (command === 'pong') this.pongs++;
    if (command !== 'getdata') return;
    for (const { hash } of payload.items) {
      const found = this.#transactions.get(keyOf(hash));
      if (found !== undefined) connection.send({ command: 'tx', payload: found.tx });
    }
  }
}

/** Transactions that differ, each paying to one output. */
export function someTransactions(count: number, firstNumber = 0): IdentifiedTx[] {
  return Array.from({ length: count }, (_, i) => identify(payingTx(firstNumber + i)));
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
