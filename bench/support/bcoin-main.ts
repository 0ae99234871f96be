/** bcoin's SPV node, from a folder that it was installed in: fetches a chain of regtest up to a height, and says what that took. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Meter, optionsGiven, say } from './program.ts';

export interface BcoinOptions {
  /** The folder whose node_modules it is in. */
  readonly folder: string;
  /** Where it keeps its chain. */
  readonly prefix: string;
  /** Of a peer on 127.0.0.1 that offers bloom filters and blocks. */
  readonly port: number;
  readonly height: number;
}

/** As much of it as is used here. */
interface Bcoin {
  readonly SPVNode: new (options: object) => SpvNode;
}

interface SpvNode {
  readonly chain: { readonly height: number; on(event: 'connect', listener: () => void): void };
  ensure(): Promise<void>;
  open(): Promise<void>;
  connect(): Promise<void>;
  startSync(): void;
}

const { folder, prefix, port, height } = optionsGiven() as BcoinOptions;
const bcoin = createRequire(join(folder, 'package.json'))('bcoin') as Bcoin;
const node = new bcoin.SPVNode({
  network: 'regtest',
  prefix,
  memory: false,
  logConsole: false,
  listen: false,
  only: `127.0.0.1:${port}`,
  noHttp: true,
});
await node.ensure();
await node.open();
const meter = new Meter();
node.chain.on('connect', () => {
  if (node.chain.height !== height) return;
  say({ ...meter.usage(), height });
  // It has no end by itself, and what it would tidy up is thrown away.
  process.exit();
});
await node.connect();
node.startSync();
