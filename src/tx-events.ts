/** Puts what the node says of transactions into its public form. */

import { toDisplayHex, toHex } from './bytes/hex.ts';
import type { Stamp } from './client-events.ts';
import { endpointText } from './endpoint.ts';
import type {
  FamilyInfo,
  SendEvent,
  TxEvent,
  TxInputInfo,
  TxOutputInfo,
  TxRemovedEvent,
  TxStanding,
  TxUpdatedEvent,
} from './mempool-events.ts';
import type { Network, NetworkName } from './networks/network.ts';
import type { Family } from './protocol/mempool/families.ts';
import type { SeenTx, SendNews, TxNews, TxStanding as Standing } from './protocol/mempool/mempool-news.ts';
import { addressOf } from './script/address.ts';
import { outputType } from './script/classify.ts';
import { opReturnText } from './script/op-return.ts';
import type { Tx, TxOutput } from './wire/tx.ts';

/** Sequence numbers below this say that the transaction may be replaced (BIP 125). */
const FIRST_FINAL_SEQUENCE = 0xffff_fffe;

export function toTxEvent(seen: SeenTx, stamp: Stamp, network: Network): TxEvent {
  return new SeenTransaction(seen, stamp, network);
}

/** Its fields are what JSON shows; what is for programs of this process only stands behind getters. */
class SeenTransaction implements TxEvent {
  readonly event = 'tx';
  readonly time: string;
  readonly network: NetworkName;
  readonly txid: string;
  readonly wtxid: string;
  readonly firstSeen: string;
  readonly size: number;
  readonly vsize: number;
  readonly weight: number;
  readonly version: number;
  readonly lockTime: number;
  readonly signalsRbf: boolean;
  readonly inputs: readonly TxInputInfo[];
  readonly outputs: readonly TxOutputInfo[];
  readonly outputTotalSats: number;
  readonly feeSats: number | null;
  readonly feeRate: number | null;
  readonly ancestors: FamilyInfo | null;
  readonly descendants: FamilyInfo | null;
  readonly peers: number;
  readonly conflictsWith: readonly string[];
  readonly replaces: readonly string[];
  readonly isReturned: boolean;
  readonly #raw: Uint8Array;
  readonly #tx: Tx;

  constructor(seen: SeenTx, { time, network: networkName }: Stamp, network: Network) {
    const { tx, size } = seen;
    const standing = describeStanding(seen);
    this.time = time;
    this.network = networkName;
    this.txid = standing.txid;
    this.wtxid = standing.wtxid;
    this.firstSeen = new Date(1000 * seen.firstSeenSeconds).toISOString();
    this.size = size.sizeBytes;
    this.vsize = size.vsize;
    this.weight = size.weight;
    this.version = tx.version;
    this.lockTime = tx.lockTime;
    this.signalsRbf = tx.inputs.some(({ sequence }) => sequence < FIRST_FINAL_SEQUENCE);
    this.inputs = tx.inputs.map(({ previous, sequence }) => ({
      txid: toDisplayHex(previous.txid),
      vout: previous.vout,
      sequence,
    }));
    this.outputs = tx.outputs.map((output, n) => describeOutput(output, n, network));
    this.outputTotalSats = this.outputs.reduce((sum, { valueSats }) => sum + valueSats, 0);
    this.feeSats = standing.feeSats;
    this.feeRate = standing.feeRate;
    this.ancestors = standing.ancestors;
    this.descendants = standing.descendants;
    this.peers = standing.peers;
    this.conflictsWith = standing.conflictsWith;
    this.replaces = seen.replaces.map(toDisplayHex);
    this.isReturned = seen.isReturned;
    this.#raw = seen.raw;
    this.#tx = tx;
  }

  get raw(): Uint8Array {
    return this.#raw;
  }

  get transaction(): Tx {
    return this.#tx;
  }
}

export function toTxUpdatedEvent(standing: Standing, stamp: Stamp): TxUpdatedEvent {
  return { event: 'tx-updated', ...stamp, ...describeStanding(standing) };
}

export function toTxRemovedEvent(news: TxNews & { event: 'tx-removed' }, stamp: Stamp): TxRemovedEvent {
  const { txid, reason, block, replacedBy, peerCount } = news;
  return {
    event: 'tx-removed',
    ...stamp,
    txid: toDisplayHex(txid),
    reason,
    block: block === undefined ? null : toDisplayHex(block.hash),
    height: block?.height ?? null,
    replacedBy: replacedBy === undefined ? null : toDisplayHex(replacedBy),
    peers: peerCount,
  };
}

export function toSendEvent({ txid, state, endpoint, peerCount, block }: SendNews, stamp: Stamp): SendEvent {
  return {
    event: 'send',
    ...stamp,
    txid: toDisplayHex(txid),
    state,
    peer: endpoint === undefined ? null : endpointText(endpoint),
    peers: peerCount,
    block: block === undefined ? null : toDisplayHex(block.hash),
    height: block?.height ?? null,
  };
}

export function describeStanding(standing: Standing): TxStanding {
  const { txid, wtxid, size, feeSats, ancestors, descendants, peerCount, conflictsWith } = standing;
  return {
    txid: toDisplayHex(txid),
    wtxid: toDisplayHex(wtxid),
    feeSats: feeSats ?? null,
    feeRate: feeSats === undefined ? null : Math.round((1000 * feeSats) / size.vsize) / 1000,
    ancestors: describeFamily(ancestors),
    descendants: describeFamily(descendants),
    peers: peerCount,
    conflictsWith: conflictsWith.map(toDisplayHex),
  };
}

function describeFamily(family: Family | undefined): FamilyInfo | null {
  if (family === undefined) return null;
  const { count, vsize, feeSats } = family;
  return { count, vsize, feeSats: feeSats ?? null };
}

function describeOutput({ valueSats, script }: TxOutput, n: number, network: Network): TxOutputInfo {
  const type = outputType(script);
  const text = type === 'op-return' ? opReturnText(script) : undefined;
  return {
    n,
    valueSats: Number(valueSats),
    type,
    address: addressOf(script, network) ?? null,
    scriptHex: toHex(script),
    ...(text === undefined ? {} : { text }),
  };
}
