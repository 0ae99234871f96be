/**
 * The plainest client that keeps every rule: one peer, one request in flight, and the next leaves when the answer is checked
 * and safe on disk. What all else is measured against.
 */
import { connect, type Socket } from 'node:net';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HeaderChain, NETWORKS } from '../../src/index.ts';
import { MessageStream } from '../../src/transport/message-stream.ts';
import { V1Transport } from '../../src/transport/v1.ts';
import type { Message } from '../../src/wire/message.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../src/wire/messages/headers.ts';
import { NO_STOP } from '../../src/wire/messages/locator-request.ts';
import { PROTOCOL_VERSION } from '../../src/wire/protocol-version.ts';
import { VERACK, versionOf } from '../../test/support/messages.ts';
import { Meter, optionsGiven, say } from './program.ts';
import type { SyncOptions, SyncResult } from './sync-main.ts';

const { network: name, datadir, connect: peers, start } = optionsGiven() as SyncOptions;
const network = NETWORKS[name];
const meter = new Meter();
const chain = await HeaderChain.open({ network, datadir, create: true, start });
const port = Number(peers[0]?.split(':').at(-1));
await fetchAll(connect({ host: '127.0.0.1', port }));
const { height } = chain.tree.tip;
await chain.close();
say({ ...meter.usage(), height, peers: 1 } satisfies SyncResult);

async function fetchAll(socket: Socket): Promise<void> {
  const stream = new MessageStream(new V1Transport(network.magic));
  const send = (message: Message): void => void socket.write(stream.send(message));
  socket.setNoDelay(true);
  send(versionOf({ startHeight: chain.tree.tip.height }));
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    for (const { command, payload } of stream.receive(chunk).messages) {
      if (command === 'version') send(VERACK);
      if (command === 'verack') send(nextRequest());
      if (command !== 'headers') continue;
      const run = HeaderRun.fromBytes(payload.headers);
      await take(run);
      if (run.count < MAX_HEADERS_PER_MESSAGE) return;
      send(nextRequest());
    }
  }
}

async function take(run: HeaderRun): Promise<void> {
  const verdict = chain.tree.check(run, Math.floor(Date.now() / 1000));
  const change = verdict && chain.tree.connect(verdict);
  if (verdict?.fault !== undefined || change === undefined) throw new Error(verdict?.fault?.detail);
  await chain.store.commit(change);
}

function nextRequest(): Message {
  const locator = chain.tree.locator(chain.tree.tip.hash);
  return { command: 'getheaders', payload: { version: PROTOCOL_VERSION, locator, stop: NO_STOP } };
}
