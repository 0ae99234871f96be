/** A peer that is headlight itself: calls nobody, serves the headers of a file on loopback, and says where. */
import { readFileSync } from 'node:fs';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HeaderChain, LightClient, NETWORKS } from '../../src/index.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import { optionsGiven, say } from './program.ts';

export interface ServeOptions {
  readonly network: 'regtest' | 'mainnet';
  /** 80 bytes each, from the header on that goes on from `start`. */
  readonly file: string;
  /** Height of an anchor that the chain begins at, when not at genesis. */
  readonly start?: number;
}

const BATCH_BYTES = HEADER_SIZE_BYTES * 100_000;

const { network, file, start } = optionsGiven() as ServeOptions;
const chain = await HeaderChain.open({ network: NETWORKS[network], datadir: undefined, create: true, start });
const headers = new Uint8Array(readFileSync(file));
// Known to be good: checking them here would only keep the bench waiting.
for (let offset = 0; offset < headers.length; offset += BATCH_BYTES) {
  const run = HeaderRun.fromBytes(headers.subarray(offset, offset + BATCH_BYTES));
  const fork = chain.tree.tip;
  chain.tree.restoreBest(run);
  const nothing = { removed: [], added: [], promoted: [], branched: [], forgotten: [] };
  await chain.store.commit({ ...nothing, fork, appended: run.bytes, tip: chain.tree.tip });
}
const server = new LightClient({
  chain,
  dial: false,
  listen: '127.0.0.1:0',
  minChainwork: 0n,
  maxInbound: 100,
});
await server.start();
say({ port: server.listening?.port });
