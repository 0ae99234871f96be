/**
 * Stands between a node that calls and a headlight that is called, and claims in headlight's name to have blocks. btcd
 * speaks of headers only with those who say that they do; what it is answered then is headlight's own.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { regtest } from '../../../src/networks/regtest.ts';
import type { Endpoint } from '../../../src/protocol/peer.ts';
import { MessageStream } from '../../../src/transport/message-stream.ts';
import { V1Transport } from '../../../src/transport/v1.ts';
import type { Message, MessageOf } from '../../../src/wire/message.ts';
import { FULL_NODE } from '../messages.ts';

export class ClaimingRelay {
  /** What the node asked for and was not given: it believes that there are blocks. */
  readonly kept: MessageOf<'getdata'>[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: Endpoint) {
    this.#server = createServer((caller) => {
      const called = connect({ host: target.host, port: target.port });
      this.#join(caller, called, (message) => this.#keepRequests(message));
      this.#join(called, caller, claimBlocks);
    });
  }

  static async start(t: Pick<TestContext, 'after'>, target: Endpoint): Promise<ClaimingRelay> {
    const relay = new ClaimingRelay(target);
    await new Promise<void>((resolve) => relay.#server.listen({ host: '127.0.0.1', port: 0 }, resolve));
    t.after(() => {
      relay.#server.close();
      for (const socket of relay.#sockets) socket.destroy();
    });
    return relay;
  }

  /** HOST:PORT. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  #keepRequests(message: Message): Message | undefined {
    if (message.command !== 'getdata') return message;
    this.kept.push(structuredClone(message));
    return undefined;
  }

  /** Passes messages on in one direction, as they are changed; what is changed to nothing is kept back. */
  #join(from: Socket, to: Socket, change: (message: Message) => Message | undefined): void {
    const stream = new MessageStream(new V1Transport(regtest.magic));
    this.#sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      for (const message of stream.receive(chunk).messages) {
        const changed = change(message);
        if (changed !== undefined) to.write(stream.send(changed));
      }
    });
    from.on('error', () => from.destroy());
    from.once('close', () => to.destroy());
  }
}

function claimBlocks(message: Message): Message {
  if (message.command !== 'version') return message;
  return { command: 'version', payload: { ...message.payload, services: FULL_NODE } };
}
