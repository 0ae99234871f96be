/** Addresses of peers as people write them. */

import { isIPv6 } from 'node:net';
import type { Endpoint } from './protocol/peer.ts';

/**
 * Parses `HOST`, `HOST:PORT`, an IPv6 address, or one in brackets with or without a port.
 *
 * @param lowestPort 0 where that stands for any free port.
 * @returns undefined when the text is nothing of the kind.
 */
export function parseEndpoint(text: string, defaultPort: number, lowestPort = 1): Endpoint | undefined {
  if (isIPv6(text)) return { host: text, port: defaultPort };
  const match = /^(?:\[(?<address>[^\]]+)\]|(?<name>[A-Za-z0-9._-]+))(?::(?<port>\d{1,5}))?$/.exec(text);
  const { address, name, port: portText } = match?.groups ?? {};
  const host = address ?? name;
  const port = portText === undefined ? defaultPort : Number(portText);
  if (host === undefined || (address !== undefined && !isIPv6(address)) || port < lowestPort || port > 65_535)
    return undefined;
  return { host, port };
}

export { endpointText } from './protocol/peer.ts';
