/** The default signet (BIP 325). Its blocks are signed, but not in the header: a header shows its little work only. */

import { fromHex } from '../bytes/hex.ts';
import { AnchorTable } from './anchor-table.ts';
import { packedAnchors } from './anchors/signet.ts';
import type { Network } from './network.ts';

export const signet: Network = {
  name: 'signet',
  magic: fromHex('0a03cf40'),
  port: 38333,
  dnsSeeds: ['seed.signet.bitcoin.sprovoost.nl', 'seed.signet.achownodes.xyz'],
  hasPrivateNodes: false,
  genesisHeaderHex:
    '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a008f4d5fae77031e8ad22203',
  genesisHash: '00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6',
  powLimit: 0x00000377ae000000000000000000000000000000000000000000000000000000n,
  powLimitBits: 0x1e0377ae,
  minDifficultyBlocks: false,
  noRetarget: false,
  bip94: false,
  bip54Height: undefined,
  versionHeights: { bip34: 1, bip66: 1, bip65: 1 },
  minChainwork: 0xb463ea0a4b8n,
  presync: { commitmentPeriod: 620, bufferSize: 15_724 },
  anchors: AnchorTable.packed(packedAnchors),
  address: { p2pkh: 0x6f, p2sh: 0xc4, bech32: 'tb' },
  xpubVersion: 0x043587cf,
};
