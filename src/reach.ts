/** Which kinds of network can be called, and through what. */

import { parseEndpoint } from './endpoint.ts';
import { isReachedByProxyOnly } from './io/socks-proxy.ts';
import { type Endpoint, endpointText } from './protocol/peer.ts';
import { HOST_NETWORKS, type HostNetwork } from './wire/host.ts';

export interface ReachOptions {
  /** SOCKS5 proxy, HOST or HOST:PORT, that all connections are made through. No name is looked up past it. */
  readonly proxy?: string;
  /** Kinds of network to call, of those that nobody named. Default: IPv4 and IPv6, and onion with a proxy. */
  readonly onlyNet?: readonly HostNetwork[];
}

export interface Reach {
  readonly proxy: Endpoint | undefined;
  readonly reachable: ReadonlySet<HostNetwork>;
}

/** Port of a proxy that is named without one: that of Tor. */
const PROXY_PORT = 9_050;

/** @throws {TypeError} when the proxy is no address, or a network cannot be reached without one. */
export function resolveReach({ proxy: proxyText, onlyNet }: ReachOptions): Reach {
  const proxy = proxyText === undefined ? undefined : resolveEndpoint(proxyText, PROXY_PORT);
  for (const network of onlyNet ?? []) {
    if (!HOST_NETWORKS.includes(network))
      throw new TypeError(`${JSON.stringify(network)} is none of ${HOST_NETWORKS.join(', ')}`);
    if (proxy === undefined && (network === 'onion' || network === 'i2p'))
      throw new TypeError(`${network} addresses can be reached through a proxy only, and none is named`);
  }
  if (onlyNet?.length === 0) throw new TypeError('onlyNet names no network');
  return { proxy, reachable: new Set(onlyNet ?? byDefault(proxy !== undefined)) };
}

/** I2P and CJDNS are not for everybody who has a proxy, or an IPv6 address: they have to be asked for. */
function byDefault(hasProxy: boolean): readonly HostNetwork[] {
  return hasProxy ? ['ipv4', 'ipv6', 'onion'] : ['ipv4', 'ipv6'];
}

/** @throws {TypeError} when it is none. */
export function resolveEndpoint(text: string, defaultPort: number, lowestPort?: number): Endpoint {
  const endpoint = parseEndpoint(text, defaultPort, lowestPort);
  if (endpoint === undefined) throw new TypeError(`${JSON.stringify(text)} is no HOST:PORT`);
  return endpoint;
}

/**
 * Reads the addresses of peers that somebody named; those are called whatever kind of network they are in.
 *
 * @throws {TypeError} when one is none, or cannot be reached.
 */
export function resolvePeers(
  texts: readonly string[],
  defaultPort: number,
  { proxy }: Pick<Reach, 'proxy'>,
): Endpoint[] {
  return texts.map((text) => {
    const endpoint = resolveEndpoint(text, defaultPort);
    if (proxy === undefined && isReachedByProxyOnly(endpoint.host))
      throw new TypeError(`${endpointText(endpoint)} can be reached through a proxy only, and none is named`);
    return endpoint;
  });
}
