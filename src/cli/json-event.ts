/** The JSON lines that commands make themselves, in the form of the library's events. */

import type { NetworkName } from '../index.ts';

/** An event with its name, the time, and the network where there is one. */
export function jsonEvent(event: string, network: NetworkName | undefined, fields: object): object {
  const time = new Date().toISOString();
  return network === undefined ? { event, time, ...fields } : { event, time, network, ...fields };
}
