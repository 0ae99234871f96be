/** Options of a node under test: what most tests have no opinion on. */
import { regtest } from '../../src/networks/regtest.ts';
import type { LightNodeOptions } from '../../src/protocol/light-node.ts';

export function nodeOptions(options: Partial<LightNodeOptions> = {}): LightNodeOptions {
  const defaults: LightNodeOptions = {
    network: regtest,
    userAgent: '/test/',
    connect: [],
    addPeers: [],
    usesDnsSeeds: true,
    usesGossip: true,
    reachable: new Set(['ipv4', 'ipv6'] as const),
    usesProxy: false,
    maxInbound: 64,
    maxInboundPerAddress: 4,
    isDialling: true,
    outboundCount: 1,
    follow: false,
    minChainwork: 0n,
    anchors: undefined,
    progressTimeoutMs: 60_000,
  };
  return { ...defaults, ...options };
}
