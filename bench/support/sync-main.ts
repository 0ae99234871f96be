/** A client that fetches a chain once, and says what that took. */
import { HeaderChain, LightClient, NETWORKS } from '../../src/index.ts';
import { Meter, optionsGiven, say, type Usage } from './program.ts';

export interface SyncOptions {
  readonly network: 'regtest' | 'mainnet';
  readonly datadir: string;
  /** HOST:PORT of each peer. */
  readonly connect: readonly string[];
  readonly start?: number;
  readonly anchors?: boolean;
}

export interface SyncResult extends Usage {
  readonly height: number;
  /** Peers of which something came. */
  readonly peers: number;
}

const { start, ...options } = optionsGiven() as SyncOptions;
const { network, datadir, anchors } = options;
// A store is begun with the help of anchors; from then on it can be filled without.
if (start !== undefined && anchors === false)
  await (await HeaderChain.open({ network: NETWORKS[network], datadir, create: true, start })).close();
const meter = new Meter();
const client = new LightClient({
  ...options,
  ...(start === undefined || anchors === false ? {} : { start }),
  minChainwork: 0n,
  follow: false,
  maxPeers: Math.max(1, options.connect.length),
});
let peers = 0;
client.onEvent((event) => {
  if (event.event === 'peer-connected') peers++;
});
await client.start();
await client.ended();
say({ ...meter.usage(), height: client.tip?.height ?? 0, peers } satisfies SyncResult);
