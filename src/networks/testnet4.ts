/** The fourth test network (BIP 94). */

import { fromHex } from '../bytes/hex.ts';
import { AnchorTable } from './anchor-table.ts';
import { packedAnchors } from './anchors/testnet4.ts';
import type { Network } from './network.ts';

export const testnet4: Network = {
  name: 'testnet4',
  magic: fromHex('1c163f28'),
  port: 48333,
  dnsSeeds: ['seed.testnet4.bitcoin.sprovoost.nl', 'seed.testnet4.wiz.biz'],
  hasPrivateNodes: false,
  genesisHeaderHex:
    '0100000000000000000000000000000000000000000000000000000000000000000000004e7b2b9128fe0291db0693af2ae418b767e657cd407e80cb1434221eaea7a07a046f3566ffff001dbb0c7817',
  genesisHash: '00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043',
  powLimit: 0x00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffn,
  powLimitBits: 0x1d00ffff,
  minDifficultyBlocks: true,
  noRetarget: false,
  bip94: true,
  bip54Height: undefined,
  versionHeights: { bip34: 1, bip66: 1, bip65: 1 },
  minChainwork: 0x9a0fe15d0177d086304n,
  presync: { commitmentPeriod: 606, bufferSize: 16_092 },
  anchors: AnchorTable.packed(packedAnchors),
  address: { p2pkh: 0x6f, p2sh: 0xc4, bech32: 'tb' },
  xpubVersion: 0x043587cf,
};
