/** The third test network: blocks of the easiest target after 20 minutes, and the block storms that follow. */

import { fromHex } from '../bytes/hex.ts';
import { AnchorTable } from './anchor-table.ts';
import { packedAnchors } from './anchors/testnet3.ts';
import type { Network } from './network.ts';

export const testnet3: Network = {
  name: 'testnet3',
  magic: fromHex('0b110907'),
  port: 18333,
  dnsSeeds: [
    'testnet-seed.bitcoin.jonasschnelli.ch',
    'seed.tbtc.petertodd.net',
    'testnet-seed.bluematt.me',
    'seed.testnet.achownodes.xyz',
  ],
  hasPrivateNodes: false,
  genesisHeaderHex:
    '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4adae5494dffff001d1aa4ae18',
  genesisHash: '000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943',
  powLimit: 0x00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffn,
  powLimitBits: 0x1d00ffff,
  minDifficultyBlocks: true,
  noRetarget: false,
  bip94: false,
  bip54Height: undefined,
  versionHeights: { bip34: 21_111, bip66: 330_776, bip65: 581_885 },
  minChainwork: 0x17dde1c649f3708d14b6n,
  presync: { commitmentPeriod: 673, bufferSize: 14_460 },
  anchors: AnchorTable.packed(packedAnchors),
  address: { p2pkh: 0x6f, p2sh: 0xc4, bech32: 'tb' },
  xpubVersion: 0x043587cf,
};
