/** Opens a store whole, or only looks at it, and says what that took. */
import { HeaderChain, NETWORKS, readStatus } from '../../src/index.ts';
import { Meter, optionsGiven, say } from './program.ts';

export interface OpenOptions {
  readonly network: 'regtest' | 'mainnet';
  readonly datadir: string;
  /** Whether the record of the tip is all that is wanted, as by `headlight status`. */
  readonly looksOnly: boolean;
}

const { network: name, datadir, looksOnly } = optionsGiven() as OpenOptions;
const network = NETWORKS[name];
const meter = new Meter();
if (looksOnly) {
  await readStatus(network, datadir);
  say(meter.usage());
} else {
  const chain = await HeaderChain.open({ network, datadir, create: false });
  say(meter.usage());
  await chain.close();
}
