/** A connection to a peer on loopback, and what was told of it. */

import type { TestContext } from 'node:test';
import { Connection, type DialOptions } from '../../src/io/connection.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { Outcome } from '../../src/outcome.ts';
import type { Disconnect, Endpoint } from '../../src/protocol/peer.ts';
import { MessageStream } from '../../src/transport/message-stream.ts';
import { V1Transport } from '../../src/transport/v1.ts';
import type { Message } from '../../src/wire/message.ts';

export class Dialled {
  readonly connection: Connection;
  /** `connected`, the commands of messages, and the reason of the end, in the order in which they were told. */
  readonly told: string[] = [];
  readonly received: Message[] = [];
  disconnect: Disconnect | undefined;
  readonly #connected = new Outcome<void>();
  readonly #lost = new Outcome<Disconnect>();

  constructor(t: Pick<TestContext, 'after'>, endpoint: Endpoint, options?: DialOptions) {
    const stream = new MessageStream(new V1Transport(regtest.magic));
    const listener = {
      connected: (): void => {
        this.told.push('connected');
        this.#connected.resolve();
      },
      received: (message: Message): void => {
        this.told.push(message.command);
        // A copy: byte strings are only good until the next chunk.
        this.received.push(structuredClone(message));
      },
      lost: (disconnect: Disconnect): void => {
        this.told.push(disconnect.reason);
        this.disconnect = disconnect;
        this.#lost.resolve(disconnect);
      },
    };
    this.connection = Connection.dial(endpoint, stream, listener, options);
    t.after(() => this.connection.close());
  }

  get connected(): Promise<void> {
    return this.#connected.promise();
  }

  get lost(): Promise<Disconnect> {
    return this.#lost.promise();
  }
}
