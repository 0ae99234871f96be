/** A SOCKS5 proxy on loopback that remembers what it was asked, and does with it what a test says. */

import { connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const NOTHING_ACCEPTABLE = 0xff;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;

/** What a client asked for: a connection, in RFC 1928's words. */
export interface SocksRequest {
  readonly kind: 'ipv4' | 'name' | 'ipv6';
  /** As it came: IPv6 in eight groups of hexadecimal digits. */
  readonly host: string;
  readonly port: number;
  /** Undefined when none were wanted. */
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** A port of loopback to connect to, the number of a refusal (RFC 1928, section 6), or nothing at all. */
export type SocksAnswer = { readonly port: number } | { readonly refusal: number } | 'silence';

export interface SocksServerOptions {
  /** What is done about a request; by default it is connected to the same port of loopback. */
  readonly answer?: (request: SocksRequest) => SocksAnswer;
  /** Which way of signing in is chosen when it is offered; by default none is needed. */
  readonly wants?: 'nothing' | 'password';
  /** Whether the user may go on. */
  readonly admits?: (user: string, password: string) => boolean;
  /** Called with each connection in place of all the above. */
  readonly instead?: (client: Socket) => void;
}

export class SocksServer {
  readonly requests: SocksRequest[] = [];
  /** Ways of signing in that each client offered, by RFC 1928's numbers. */
  readonly offers: number[][] = [];
  readonly clients: Socket[] = [];
  readonly #server: Server;
  readonly #options: SocksServerOptions;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, options: SocksServerOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** Works until the test is over. */
  static async listen(t: Pick<TestContext, 'after'>, options: SocksServerOptions = {}): Promise<SocksServer> {
    const server = createServer();
    const proxy = new SocksServer(server, options);
    server.on('connection', (client) => proxy.#serve(client));
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
    t.after(() => {
      server.close();
      for (const socket of proxy.#sockets) socket.destroy();
    });
    return proxy;
  }

  get endpoint(): { host: string; port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as { port: number }).port };
  }

  /** Sockets that are open now, to clients and to where those wanted to go. */
  get openCount(): number {
    return this.#sockets.size;
  }

  #serve(client: Socket): void {
    this.clients.push(client);
    this.#keep(client);
    if (this.#options.instead !== undefined) {
      this.#options.instead(client);
      return;
    }
    this.#negotiate(client).catch(() => client.destroy());
  }

  async #negotiate(client: Socket): Promise<void> {
    const bytes = new ByteQueue(client);
    const [, methodCount = 0] = await bytes.take(2);
    const offered = Array.from(await bytes.take(methodCount));
    this.offers.push(offered);
    const wanted = this.#options.wants === 'password' ? USER_AND_PASSWORD : NO_AUTHENTICATION;
    const method = offered.includes(wanted) ? wanted : NOTHING_ACCEPTABLE;
    client.write(Uint8Array.of(VERSION, method));
    if (method === NOTHING_ACCEPTABLE) return;
    const user = method === USER_AND_PASSWORD ? await this.#signIn(client, bytes) : undefined;
    const [, , , type = 0] = await bytes.take(4);
    const request = { ...(await readAddress(bytes, type)), user: user?.name, password: user?.password };
    this.requests.push(request);
    const { answer = ({ port }: SocksRequest): SocksAnswer => ({ port }) } = this.#options;
    this.#answer(client, answer(request), bytes);
  }

  async #signIn(client: Socket, bytes: ByteQueue): Promise<{ name: string; password: string }> {
    const [, nameLength = 0] = await bytes.take(2);
    const name = (await bytes.take(nameLength)).toString('latin1');
    const [passwordLength = 0] = await bytes.take(1);
    const password = (await bytes.take(passwordLength)).toString('latin1');
    const { admits = (): boolean => true } = this.#options;
    const isAdmitted = admits(name, password);
    client.write(Uint8Array.of(1, isAdmitted ? 0 : 1));
    if (!isAdmitted) throw new Error('not admitted');
    return { name, password };
  }

  #answer(client: Socket, answer: SocksAnswer, bytes: ByteQueue): void {
    if (answer === 'silence') return;
    if ('refusal' in answer) {
      client.end(replyWith(answer.refusal));
      return;
    }
    const target = connect({ host: '127.0.0.1', port: answer.port });
    this.#keep(target);
    client.on('close', () => target.destroy());
    target.on('close', () => client.destroy());
    target.on('connect', () => {
      client.write(replyWith(0));
      bytes.release();
      client.pipe(target);
      target.pipe(client);
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** An answer that names 0.0.0.0:0 as the end of the connection, as most proxies do. */
export function replyWith(code: number): Uint8Array {
  return Uint8Array.of(VERSION, code, 0, IPV4, 0, 0, 0, 0, 0, 0);
}

async function readAddress(
  bytes: ByteQueue,
  type: number,
): Promise<Pick<SocksRequest, 'kind' | 'host' | 'port'>> {
  const kind = ({ [IPV4]: 'ipv4', [NAME]: 'name', [IPV6]: 'ipv6' } as const)[type];
  if (kind === undefined) throw new Error(`an address of type ${type}`);
  const length = kind === 'name' ? ((await bytes.take(1))[0] as number) : kind === 'ipv4' ? 4 : 16;
  const address = await bytes.take(length);
  const port = (await bytes.take(2)).readUInt16BE();
  switch (kind) {
    case 'name':
      return { kind, host: address.toString('latin1'), port };
    case 'ipv4':
      return { kind, host: address.join('.'), port };
    case 'ipv6':
      return { kind, host: (address.toString('hex').match(/.{4}/g) ?? []).join(':'), port };
  }
}

/** Bytes of a socket, so many at a time; rejects when the socket is closed before. */
class ByteQueue {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  readonly #take = (chunk: Buffer): void => {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#wake();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#take);
    socket.on('close', () => this.#wake());
  }

  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) {
      if (this.#socket.destroyed) throw new Error('closed');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  /** Reads no more; what is left can be read from the socket again. */
  release(): void {
    this.#socket.pause();
    this.#socket.off('data', this.#take);
    if (this.#bytes.length > 0) this.#socket.unshift(this.#bytes);
  }
}
