/**
 * Transactions of a peer that sends them as fast as it can: fetched, decoded, hashed, classified, held and printed as JSON, to a program that reads it.
 * The peer, which made them all in advance, runs in a process of its own. Usage: node build/bench/mempool.js [COUNT ...]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { concat } from '../src/bytes/concat.ts';
import { sha256d } from '../src/bytes/hash.ts';
import { hashKey, type HashKey } from '../src/bytes/hash-key.ts';
import { LightClient, NETWORKS } from '../src/index.ts';
import { MessageStream } from '../src/transport/message-stream.ts';
import { V1Transport } from '../src/transport/v1.ts';
import { INVENTORY, type InventoryItem } from '../src/wire/inventory.ts';
import { type IdentifiedTx, identify } from '../src/wire/identified-tx.ts';
import type { Message } from '../src/wire/message.ts';
import { VERACK, versionOf, WTXIDRELAY } from '../test/support/messages.ts';
import { seededRandom } from '../test/support/false-time.ts';

const COUNTS = [50_000];
/** Transactions of one inv: as many as a node announces in one go when it has many. */
const INV_COUNT = 1_000;

interface Result {
  readonly count: number;
  readonly seconds: number;
  /** Time of all threads together. */
  readonly cpuSeconds: number;
  readonly heldBytes: number;
  readonly peakMegabytes: number;
}

const [role, ...args] = process.argv.slice(2);
if (role === 'serve') await serve(Number(args[0]));
else if (role === 'watch') await watch(args[0] as string, Number(args[1]));
else await main([role, ...args].filter((text) => text !== undefined).map(Number));

async function main(counts: readonly number[]): Promise<void> {
  console.log(`Node.js ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}`);
  for (const count of counts.length > 0 ? counts : COUNTS) await measure(count);
}

async function measure(count: number): Promise<void> {
  const server = spawn(process.execPath, [fileURLToPath(import.meta.url), 'serve', String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [address] = (await once(createInterface(server.stdout), 'line')) as [string];
    const watching = [...process.execArgv, fileURLToPath(import.meta.url), 'watch', address, String(count)];
    const client = spawn(process.execPath, watching, { stdio: ['ignore', 'pipe', 'pipe'] });
    let jsonBytes = 0;
    client.stdout.on('data', (chunk: Buffer) => (jsonBytes += chunk.length));
    const [line] = (await once(createInterface(client.stderr), 'line')) as [string];
    await once(client, 'close');
    report(JSON.parse(line) as Result, jsonBytes, timeHashing(count));
  } finally {
    server.kill();
  }
}

function report(result: Result, jsonBytes: number, hashing: number): void {
  const { count, seconds, cpuSeconds, heldBytes, peakMegabytes } = result;
  const perSecond = (time: number): string => Math.round(count / time).toLocaleString('en-US');
  console.log(`${count.toLocaleString('en-US')} transactions, two inputs and two outputs each`);
  console.log(
    `  from the first inv to the last JSON line  ${seconds.toFixed(2)} s, ${perSecond(seconds)} a second`,
  );
  console.log(
    `  processor time, all threads               ${cpuSeconds.toFixed(2)} s, ${perSecond(cpuSeconds)} a second and core`,
  );
  console.log(
    `  of that, hashing alone takes              ${hashing.toFixed(2)} s (ratio ${(cpuSeconds / hashing).toFixed(1)})`,
  );
  console.log(`  held, as counted                          ${(heldBytes / 1e6).toFixed(1)} MB`);
  console.log(`  peak memory                               ${peakMegabytes} MB`);
  console.log(`  JSON                                      ${(jsonBytes / 1e6).toFixed(1)} MB`);
}

/** The least that anybody must do: the checksum of each message, and both names. */
function timeHashing(count: number): number {
  const transactions = makeTransactions(Math.min(count, 5_000));
  const startMs = performance.now();
  for (const { raw, size } of transactions) {
    sha256d(raw);
    sha256d(raw);
    sha256d(raw.subarray(0, (size.weight - size.sizeBytes) / 3));
  }
  return ((performance.now() - startMs) / 1000) * (count / transactions.length);
}

function makeTransactions(count: number): IdentifiedTx[] {
  const random = seededRandom();
  const bytes = (length: number): Uint8Array => {
    const words = Array.from({ length: Math.ceil(length / 8) }, random);
    return new Uint8Array(BigUint64Array.from(words).buffer, 0, length);
  };
  const payment = (): Uint8Array => Uint8Array.of(0, 20, ...bytes(20));
  return Array.from({ length: count }, () =>
    identify({
      version: 2,
      lockTime: 0,
      inputs: [0, 1].map((vout) => ({
        previous: { txid: bytes(32), vout },
        script: new Uint8Array(0),
        sequence: 0xffff_fffd,
        witness: [bytes(71), bytes(33)],
      })),
      outputs: [50_000n, 70_000n].map((valueSats) => ({ valueSats, script: payment() })),
    }),
  );
}

async function serve(count: number): Promise<void> {
  const transactions = makeTransactions(count);
  const encoder = new MessageStream(new V1Transport(NETWORKS.regtest.magic));
  const frames = new Map<HashKey, Uint8Array>();
  for (const { wtxid, tx } of transactions)
    frames.set(hashKey(wtxid), encoder.send({ command: 'tx', payload: tx }));
  const items = transactions.map(({ wtxid }) => ({ type: INVENTORY.WTX, hash: wtxid }));
  const server = createServer((socket) => converse(socket, items, frames));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  console.log(`127.0.0.1:${(server.address() as { port: number }).port}`);
}

function converse(socket: Socket, items: readonly InventoryItem[], frames: Map<HashKey, Uint8Array>): void {
  const stream = new MessageStream(new V1Transport(NETWORKS.regtest.magic));
  const send = (message: Message): void => void socket.write(stream.send(message));
  let hasAnnounced = false;
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    for (const { command, payload } of stream.receive(chunk).messages) {
      if (command === 'version') [versionOf(), WTXIDRELAY, VERACK].forEach(send);
      else if (command === 'ping') send({ command: 'pong', payload: { nonce: payload.nonce ?? 0n } });
      else if (command === 'getheaders')
        send({ command: 'headers', payload: { headers: new Uint8Array(0) } });
      else if (command === 'getdata')
        socket.write(concat(payload.items.flatMap(({ hash }) => frames.get(hashKey(hash)) ?? [])));
      if (command !== 'getheaders' || hasAnnounced) continue;
      hasAnnounced = true;
      for (let i = 0; i < items.length; i += INV_COUNT)
        send({ command: 'inv', payload: { items: items.slice(i, i + INV_COUNT) } });
    }
  });
}

async function watch(address: string, count: number): Promise<void> {
  const client = new LightClient({ network: 'regtest', connect: [address], mempool: {} });
  let seen = 0;
  let startMs = 0;
  const cpuBefore = process.cpuUsage();
  client.onEvent((event) => {
    if (event.event === 'synced') startMs = performance.now();
    process.stdout.write(`${JSON.stringify(event)}\n`);
    if (event.event !== 'tx' || ++seen < count) return;
    const { user, system } = process.cpuUsage(cpuBefore);
    const result: Result = {
      count: seen,
      seconds: (performance.now() - startMs) / 1000,
      cpuSeconds: (user + system) / 1e6,
      heldBytes: client.mempool?.bytes ?? 0,
      peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1000),
    };
    console.error(JSON.stringify(result));
    void client.stop();
  });
  await client.start();
  await client.ended();
}
