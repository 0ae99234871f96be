/** The networks by name. Adding one is a file like mainnet.ts and a row here. */

import { mainnet } from './mainnet.ts';
import type { Network, NetworkName } from './network.ts';
import { regtest } from './regtest.ts';
import { signet } from './signet.ts';
import { testnet3 } from './testnet3.ts';
import { testnet4 } from './testnet4.ts';

export const NETWORKS: Readonly<Record<NetworkName, Network>> = {
  mainnet,
  testnet3,
  testnet4,
  signet,
  regtest,
};

/** Names that bitcoind has for the same networks. */
const ALIASES: Readonly<Record<string, NetworkName>> = {
  main: 'mainnet',
  test: 'testnet3',
  testnet: 'testnet3',
};

/** The network of that name, or of the name bitcoind has for it; undefined when there is none. */
export function networkByName(name: string): Network | undefined {
  const full = ALIASES[name] ?? name;
  return Object.hasOwn(NETWORKS, full) ? NETWORKS[full as NetworkName] : undefined;
}
