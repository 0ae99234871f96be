/** The Bitcoin network. */

import { fromHex } from '../bytes/hex.ts';
import { AnchorTable } from './anchor-table.ts';
import { packedAnchors } from './anchors/mainnet.ts';
import type { Network } from './network.ts';

export const mainnet: Network = {
  name: 'mainnet',
  magic: fromHex('f9beb4d9'),
  port: 8333,
  dnsSeeds: [
    'dnsseed.bluematt.me',
    'seed.bitcoin.jonasschnelli.ch',
    'seed.btc.petertodd.net',
    'seed.bitcoin.sprovoost.nl',
    'dnsseed.emzy.de',
    'seed.bitcoin.wiz.biz',
    'seed.mainnet.achownodes.xyz',
  ],
  hasPrivateNodes: false,
  genesisHeaderHex:
    '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c',
  genesisHash: '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f',
  powLimit: 0x00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffn,
  powLimitBits: 0x1d00ffff,
  minDifficultyBlocks: false,
  noRetarget: false,
  bip94: false,
  bip54Height: undefined,
  versionHeights: { bip34: 227_931, bip66: 363_725, bip65: 388_381 },
  minChainwork: 0x1128750f82f4c366153a3a030n,
  presync: { commitmentPeriod: 641, bufferSize: 15_218 },
  anchors: AnchorTable.packed(packedAnchors),
  address: { p2pkh: 0x00, p2sh: 0x05, bech32: 'bc' },
  xpubVersion: 0x0488b21e,
};
