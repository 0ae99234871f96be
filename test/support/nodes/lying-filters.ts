/**
 * Stands between a headlight and a bitcoind, passes on what they say, and answers questions about filters itself out of a
 * table that a lie has made. Without a lie it only passes on. It knows how much is on its way, so that a test can wait until
 * nobody has anything more to say.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { segmentLast } from '../../../src/filters/filter-segment.ts';
import { filterHash, filterHeader, NO_FILTER_HEADER } from '../../../src/filters/index.ts';
import { regtest } from '../../../src/networks/regtest.ts';
import { MessageStream } from '../../../src/transport/message-stream.ts';
import { V1Transport } from '../../../src/transport/v1.ts';
import type { Command, Message, MessageOf } from '../../../src/wire/message.ts';
import type { Callable } from './regtest-node.ts';
import type { TrueBlock, TrueFilters } from './true-filters.ts';

type Question = MessageOf<'getcfcheckpt' | 'getcfheaders' | 'getcfilters'>;

/** What a lie can change or keep back. */
export type Answer = MessageOf<'cfcheckpt' | 'cfheaders' | 'cfilter' | 'block'>;

export interface Lie {
  /** The filter that it tells the hash of, and headers that fit. Default: the true one. */
  readonly filterOf?: (block: TrueBlock) => Uint8Array;
  /** What becomes of each answer. Default: it is sent as it is. */
  readonly answer?: (answer: Answer) => readonly Message[] | 'hang-up';
}

/** Which message answers which, one each, but for those that ask for several things. */
const ANSWERED_BY: Partial<Record<Command, Command>> = {
  getheaders: 'headers',
  getdata: 'block',
  ping: 'pong',
  getcfcheckpt: 'cfcheckpt',
  getcfheaders: 'cfheaders',
  getcfilters: 'cfilter',
};

export class LyingFilters {
  /** Commands of all that it was asked, in order. */
  readonly asked: Command[] = [];
  readonly #truth: TrueFilters;
  readonly #lie: Lie | undefined;
  readonly #server: Server;
  readonly #lines = new Set<Line>();
  /** Those that it has spoken of so far, from genesis on, and their headers. */
  readonly #filters: Uint8Array[] = [];
  readonly #headers: Uint8Array[] = [];

  private constructor(truth: TrueFilters, node: Callable, lie: Lie | undefined) {
    this.#truth = truth;
    this.#lie = lie;
    this.#server = createServer((caller) => {
      const line: Line = new Line(caller, connect(node.p2pPort, node.host), {
        fromClient: (message) => this.#fromClient(line, message),
        fromNode: (message) => this.#fromNode(line, message),
        closed: () => this.#lines.delete(line),
      });
      this.#lines.add(line);
    });
  }

  /** @param truth the filters of all blocks that the node has. */
  static async start(
    t: Pick<TestContext, 'after'>,
    truth: TrueFilters,
    node: Callable,
    lie?: Lie,
  ): Promise<LyingFilters> {
    const relay = new LyingFilters(truth, node, lie);
    await new Promise<void>((resolve) => relay.#server.listen({ host: '127.0.0.1', port: 0 }, resolve));
    t.after(() => {
      relay.#server.close();
      for (const line of relay.#lines) line.close();
    });
    return relay;
  }

  /** HOST:PORT. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Whether it or its node owes an answer, other than those that the lie keeps back. */
  get isBusy(): boolean {
    return Array.from(this.#lines).some(({ owes }) => owes);
  }

  /** Resolves when those who called have taken in all that was sent, and what they said to that has come. */
  async settle(): Promise<void> {
    await Promise.all(Array.from(this.#lines, (line) => line.settle()));
  }

  #fromClient(line: Line, message: Message): void {
    this.asked.push(message.command);
    if (this.#lie !== undefined && isQuestion(message)) {
      // A copy: the bytes of a message are only lent.
      void this.#answer(line, structuredClone(message), this.#lie);
      return;
    }
    const answeredBy = ANSWERED_BY[message.command];
    if (answeredBy !== undefined) line.expect(answeredBy, this.#countOf(message));
    line.toNode(message);
  }

  #fromNode(line: Line, message: Message): void {
    line.expect(message.command, -1);
    if (message.command === 'notfound') line.expect('block', -message.payload.items.length);
    if (message.command === 'block') this.#send(line, message);
    else line.toClient(message);
  }

  /** How many answers a message asks for. */
  #countOf(message: Message): number {
    if (message.command === 'getdata') return message.payload.items.length;
    if (message.command !== 'getcfilters') return 1;
    const { startHeight, stopHash } = message.payload;
    return (this.#truth.heightOf(stopHash) ?? -1) - startHeight + 1;
  }

  async #answer(line: Line, { command, payload }: Question, lie: Lie): Promise<void> {
    const { stopHash } = payload;
    if (this.#truth.heightOf(stopHash) === undefined) await this.#truth.grow();
    const stop = this.#truth.heightOf(stopHash);
    if (stop === undefined) return;
    const told = this.#told(stop, lie);
    switch (command) {
      case 'getcfcheckpt': {
        const filterHeaders = told.headers.filter(
          (_, height) => height > 0 && segmentLast(height) === height,
        );
        return this.#send(line, {
          command: 'cfcheckpt',
          payload: { filterType: 0, stopHash, filterHeaders },
        });
      }
      case 'getcfheaders': {
        const { startHeight } = payload;
        const previousHeader = told.headers[startHeight - 1] ?? NO_FILTER_HEADER;
        const filterHashes = told.filters.slice(startHeight).map(filterHash);
        const answer = { filterType: 0, stopHash, previousHeader, filterHashes };
        return this.#send(line, { command: 'cfheaders', payload: answer });
      }
      case 'getcfilters':
        for (let height = payload.startHeight; height <= stop; height++) {
          const { hash: blockHash } = this.#truth.blocks[height] as TrueBlock;
          const filter = told.filters[height] as Uint8Array;
          this.#send(line, { command: 'cfilter', payload: { filterType: 0, blockHash, filter } });
        }
    }
  }

  /** The filters that it speaks of, and their headers, of all blocks up to a height. */
  #told(
    stop: number,
    { filterOf = ({ filter }) => filter }: Lie,
  ): { filters: Uint8Array[]; headers: Uint8Array[] } {
    const filters = this.#filters;
    const headers = this.#headers;
    for (const block of this.#truth.blocks.slice(filters.length, stop + 1)) {
      const filter = filterOf(block);
      filters.push(filter);
      headers.push(filterHeader(filterHash(filter), headers.at(-1) ?? NO_FILTER_HEADER));
    }
    return { filters: filters.slice(0, stop + 1), headers: headers.slice(0, stop + 1) };
  }

  #send(line: Line, answer: Answer): void {
    const answers = this.#lie?.answer?.(answer) ?? [answer];
    if (answers === 'hang-up') line.close();
    else for (const message of answers) line.toClient(message);
  }
}

interface LineListener {
  readonly fromClient: (message: Message) => void;
  readonly fromNode: (message: Message) => void;
  readonly closed: () => void;
}

/** One who called, and the connection to the node that was made for it. */
class Line {
  readonly #client: Socket;
  readonly #node: Socket;
  readonly #clientStream = new MessageStream(new V1Transport(regtest.magic));
  readonly #nodeStream = new MessageStream(new V1Transport(regtest.magic));
  readonly #owed = new Map<Command, number>();
  readonly #settling = new Map<bigint, () => void>();
  #lastNonce = 0n;

  constructor(client: Socket, node: Socket, listener: LineListener) {
    this.#client = client;
    this.#node = node;
    client.on('data', (chunk: Buffer) => {
      for (const message of this.#clientStream.receive(chunk).messages)
        if (!this.#isSettled(message)) listener.fromClient(message);
    });
    node.on('data', (chunk: Buffer) => {
      for (const message of this.#nodeStream.receive(chunk).messages) listener.fromNode(message);
    });
    for (const socket of [client, node]) {
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        this.close();
        listener.closed();
      });
    }
  }

  get owes(): boolean {
    return Array.from(this.#owed.values()).some((count) => count > 0);
  }

  /** More answers are to come, or fewer. */
  expect(command: Command, count: number): void {
    this.#owed.set(command, Math.max(0, (this.#owed.get(command) ?? 0) + count));
  }

  toClient(message: Message): void {
    if (!this.#client.destroyed) this.#client.write(this.#clientStream.send(message));
  }

  toNode(message: Message): void {
    if (!this.#node.destroyed) this.#node.write(this.#nodeStream.send(message));
  }

  /** The client answers in order: when it answers this, it has seen all that came before. */
  async settle(): Promise<void> {
    if (this.#client.destroyed) return;
    const nonce = ++this.#lastNonce;
    const settled = new Promise<void>((resolve) => this.#settling.set(nonce, resolve));
    this.toClient({ command: 'ping', payload: { nonce } });
    await settled;
  }

  close(): void {
    this.#client.destroy();
    this.#node.destroy();
    for (const resolve of this.#settling.values()) resolve();
    this.#settling.clear();
  }

  #isSettled({ command, payload }: Message): boolean {
    const resolve = command === 'pong' ? this.#settling.get(payload.nonce) : undefined;
    if (command === 'pong') this.#settling.delete(payload.nonce);
    resolve?.();
    return resolve !== undefined;
  }
}

function isQuestion(message: Message): message is Question {
  const { command } = message;
  return command === 'getcfcheckpt' || command === 'getcfheaders' || command === 'getcfilters';
}
