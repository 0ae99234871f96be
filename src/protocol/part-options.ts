/** What each part of a node is set to, out of what the node is set to. */

import { HEADER_SYNC_DEFAULTS, type HeaderSyncOptions } from './headers/sync-contract.ts';
import type { LightNodeOptions } from './node-contract.ts';
import type { PeerTableOptions } from './peer-table.ts';
import type { DialPlanOptions } from './peers/dial-plan.ts';
import { SESSION_DEFAULTS } from './session/session.ts';

export function peerTableOptions(options: LightNodeOptions): PeerTableOptions {
  return {
    userAgent: options.userAgent,
    times: { ...SESSION_DEFAULTS, ...definedOnly(options) },
    limits: options,
    wantsTxs: options.mempool !== undefined,
    separatesPrivate: options.network.hasPrivateNodes,
  };
}

export function headerSyncOptions(options: LightNodeOptions): HeaderSyncOptions {
  const times = { ...HEADER_SYNC_DEFAULTS, ...definedOnly(options) };
  const { headersTimeoutMs, refreshIntervalMs, impatientTimeoutMs } = times;
  return {
    minChainwork: options.minChainwork,
    anchors: options.anchors,
    headersTimeoutMs,
    impatientTimeoutMs: Math.min(headersTimeoutMs, impatientTimeoutMs),
    refreshIntervalMs,
  };
}

export function dialPlanOptions(options: LightNodeOptions): Omit<DialPlanOptions, 'preferredServices'> {
  const { network, usesDnsSeeds, connect, addPeers, outboundCount, follow, reachable, usesProxy } = options;
  return {
    connect,
    addPeers,
    dnsSeeds: usesDnsSeeds ? network.dnsSeeds : [],
    port: network.port,
    outboundCount,
    isPersistent: follow,
    reachable,
    usesProxy,
    separatesPrivate: network.hasPrivateNodes,
  };
}

/** Without the keys whose value is undefined, which would hide a default. */
function definedOnly<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const defined = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [K in keyof T]: Exclude<T[K], undefined> };
}
