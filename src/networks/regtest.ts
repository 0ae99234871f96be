/** The network of one machine: any hash under half of all will do, and no target ever changes. */

import { fromHex } from '../bytes/hex.ts';
import type { Network } from './network.ts';

export const regtest: Network = {
  name: 'regtest',
  magic: fromHex('fabfb5da'),
  port: 18444,
  dnsSeeds: [],
  hasPrivateNodes: true,
  genesisHeaderHex:
    '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4adae5494dffff7f2002000000',
  genesisHash: '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206',
  powLimit: 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffn,
  powLimitBits: 0x207fffff,
  minDifficultyBlocks: true,
  noRetarget: true,
  bip94: false,
  bip54Height: undefined,
  versionHeights: { bip34: 1, bip66: 1, bip65: 1 },
  minChainwork: 0n,
  presync: { commitmentPeriod: 275, bufferSize: 7017 },
  address: { p2pkh: 0x6f, p2sh: 0xc4, bech32: 'bcrt' },
  xpubVersion: 0x043587cf,
};
