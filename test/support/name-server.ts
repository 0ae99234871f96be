/** A name server on loopback that says what a test tells it to, or nothing. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import type { TestContext } from 'node:test';
import type { AddressResolver } from '../../src/io/dns.ts';

const TYPE_A = 1;
const ANSWER_FLAGS = 0x8180;
const HEADER_SIZE_BYTES = 12;

/** What is said of a name's addresses of one family: the addresses' bytes, an error's number, or nothing at all. */
export type FamilyAnswer = readonly (readonly number[])[] | number | 'silence';

export interface NameServer {
  /** Asks this server and no other. */
  newResolver(options?: { timeout: number; tries: number }): AddressResolver;
  /** Questions that came. */
  readonly questionCount: () => number;
}

/** Answers until the test is over: one thing to all questions for IPv4 addresses, another to those for IPv6. */
export async function nameServer(
  t: Pick<TestContext, 'after'>,
  ipv4: FamilyAnswer,
  ipv6: FamilyAnswer,
): Promise<NameServer> {
  const socket = createSocket('udp4');
  let count = 0;
  socket.on('message', (query, { port }) => {
    count++;
    const nameEnd = query.indexOf(0, HEADER_SIZE_BYTES) + 1;
    const answer = query.readUInt16BE(nameEnd) === TYPE_A ? ipv4 : ipv6;
    if (answer !== 'silence') socket.send(reply(query.subarray(0, nameEnd + 4), answer), port, '127.0.0.1');
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  const server = `127.0.0.1:${socket.address().port}`;
  return {
    questionCount: () => count,
    newResolver: (options) => {
      const resolver = new Resolver(options);
      resolver.setServers([server]);
      return resolver;
    },
  };
}

/** @param question header and question of the query, without what may follow. */
function reply(question: Buffer, answer: Exclude<FamilyAnswer, 'silence'>): Buffer {
  const head = Buffer.from(question);
  const addresses = typeof answer === 'number' ? [] : answer;
  head.writeUInt16BE(ANSWER_FLAGS | (typeof answer === 'number' ? answer : 0), 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const type = head.readUInt16BE(head.length - 4);
  // A pointer to the name in the question, type, class, sixty seconds to live, length.
  const records = addresses.map((bytes) =>
    Buffer.from([0xc0, HEADER_SIZE_BYTES, 0, type, 0, 1, 0, 0, 0, 60, 0, bytes.length, ...bytes]),
  );
  return Buffer.concat([head, ...records]);
}
