/** What tells one Bitcoin network from another, as plain data: adding a network is adding a file like mainnet.ts. */

import type { AnchorTable } from './anchor-table.ts';

export type NetworkName = 'mainnet' | 'testnet3' | 'testnet4' | 'signet' | 'regtest';

/** Parameters of a network (Core: src/kernel/chainparams.cpp). */
export interface Network {
  readonly name: NetworkName;
  /** First four bytes of every v1 message, in wire order. */
  readonly magic: Uint8Array;
  /** Port that nodes listen on unless told otherwise. */
  readonly port: number;
  /** Names whose DNS answers are addresses of nodes. */
  readonly dnsSeeds: readonly string[];
  /** Whether its nodes are at private addresses: then these are told and called like any other. */
  readonly hasPrivateNodes: boolean;
  /** The 80 bytes of the first header, hexadecimal. */
  readonly genesisHeaderHex: string;
  /** Hash of the first header, display order. */
  readonly genesisHash: string;
  /** The easiest target allowed. */
  readonly powLimit: bigint;
  /** {@link powLimit} in compact form: truncated, so a little harder. */
  readonly powLimitBits: number;
  /** Whether a block may take the easiest target when it comes over 20 minutes after its parent. */
  readonly minDifficultyBlocks: boolean;
  /** Whether the target never changes. */
  readonly noRetarget: boolean;
  /** BIP 94: retarget from the period's first block, and no time warp between periods. */
  readonly bip94: boolean;
  /** Height from which BIP 54's two timestamp rules hold; undefined where they do not. */
  readonly bip54Height: number | undefined;
  /** Heights from which a header's version must be at least 2 (BIP 34), 3 (BIP 66) and 4 (BIP 65). */
  readonly versionHeights: { readonly bip34: number; readonly bip66: number; readonly bip65: number };
  /** Chainwork of a block in the recent past: a chain with less is not the network's (Core: nMinimumChainWork). */
  readonly minChainwork: bigint;
  /**
   * How a chain of unknown work is looked at before it is stored: one bit is remembered every so many headers, and so many
   * headers wait until the bits above them were compared (Core: contrib/devtools/headerssync-params.py).
   */
  readonly presync: { readonly commitmentPeriod: number; readonly bufferSize: number };
  /** Hashes of its best chain that are built in; undefined where it has none. */
  readonly anchors?: AnchorTable;
  /** First byte of a base58 address that pays to a key's hash and to a script's, and what a bech32 address begins with. */
  readonly address: { readonly p2pkh: number; readonly p2sh: number; readonly bech32: string };
  /** First four bytes of an extended public key as a number (BIP 32): those of xpub, or of tpub. */
  readonly xpubVersion: number;
}
