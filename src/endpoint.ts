/** Addresses of peers as people write them. */

import { isIPv6 } from 'node:net';
import type { Endpoint } from './protocol/peer.ts';
import { hostText, parseHost } from './wire/host.ts';

/**
 * Parses `HOST`, `HOST:PORT`, an IPv6 address, or one in brackets with or without a port. The host may be a name, an
 * onion or an I2P address; one address has one text, however it was written.
 *
 * @param lowestPort 0 where that stands for any free port. I2P has no ports: its 0 is always taken (BIP 155).
 * @returns undefined when the text is nothing of the kind.
 */
export function parseEndpoint(text: string, defaultPort: number, lowestPort = 1): Endpoint | undefined {
  if (isIPv6(text)) return { host: canonical(text), port: defaultPort };
  const match = /^(?:\[(?<address>[^\]]+)\]|(?<name>[A-Za-z0-9._-]+))(?::(?<port>\d{1,5}))?$/.exec(text);
  const { address, name, port: portText } = match?.groups ?? {};
  const host = address ?? name;
  if (host === undefined || (address !== undefined && !isIPv6(address))) return undefined;
  const network = parseHost(host)?.network;
  // An onion that is none was mistyped, and nobody is to be asked for it as for a name.
  if (network !== 'onion' && /\.onion\.?$/i.test(host)) return undefined;
  const hasNoPorts = network === 'i2p';
  const port = portText === undefined ? (hasNoPorts ? 0 : defaultPort) : Number(portText);
  if (port < (hasNoPorts ? 0 : lowestPort) || port > 65_535) return undefined;
  return { host: canonical(host), port };
}

/** Names, and IPv6 with a zone, stay as they are. */
function canonical(text: string): string {
  const host = parseHost(text);
  return host === undefined ? text : hostText(host);
}

export { endpointText } from './protocol/peer.ts';
