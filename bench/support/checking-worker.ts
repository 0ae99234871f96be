/** The worker thread of worker.ts: takes the bytes of messages, and gives back headers with their last hash, or a height. */
import { parentPort, workerData } from 'node:worker_threads';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { Chain, Decoder, Prover } from './checking.ts';

/** How much of the work is the worker's. */
export type Share = 'proof' | 'all';

export interface Proven {
  readonly headers: Uint8Array;
  readonly lastHash: Uint8Array;
}

const share = workerData as Share;
const port = parentPort;
if (port === null) throw new Error('this is a worker thread');
const decoder = new Decoder();
const prover = new Prover();
const chain = new Chain();

port.on('message', (chunks: readonly Uint8Array[]) => {
  const headers = decoder.decode(chunks);
  if (share === 'all') {
    port.postMessage(chain.take(HeaderRun.fromBytes(headers)));
    return;
  }
  const lastHash = prover.prove(headers);
  const proven: Proven = { headers, lastHash };
  port.postMessage(proven, [headers.buffer as ArrayBuffer, lastHash.buffer as ArrayBuffer]);
});
port.postMessage('ready');
