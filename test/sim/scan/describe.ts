/** What happens in a simulated scan, in words. */
import type { ScanNews } from '../../../src/protocol/scan/scan-contract.ts';
import { headerHash } from '../../../src/wire/header.ts';
import type { Message } from '../../../src/wire/message.ts';
import type { ScanPeer } from './peer.ts';

export function nameOf({ id, nature }: ScanPeer): string {
  return `${nature.name} (${id})`;
}

/** @param heightOf the height of a block, and where it is. */
export function describeMessage(
  { command, payload }: Message,
  heightOf: (hash: Uint8Array) => string,
): string {
  if (command === 'getcfheaders' || command === 'getcfilters')
    return `${command} ${payload.startHeight} to ${heightOf(payload.stopHash)}`;
  if (command === 'getcfcheckpt') return `${command} up to ${heightOf(payload.stopHash)}`;
  if (command === 'cfcheckpt')
    return `${payload.filterHeaders.length} checkpoints up to ${heightOf(payload.stopHash)}`;
  if (command === 'cfheaders')
    return `${payload.filterHashes.length} hashes up to ${heightOf(payload.stopHash)}`;
  if (command === 'cfilter') return `filter ${heightOf(payload.blockHash)}`;
  if (command === 'block') return `block ${heightOf(headerHash(payload.header))}`;
  if (command === 'getdata' || command === 'notfound')
    return `${command} ${payload.items.map(({ hash }) => heightOf(hash)).join(', ')}`;
  return command;
}

export function describeNews(event: ScanNews): string {
  switch (event.event) {
    case 'payments':
    case 'payments-removed':
      return `${event.event} ${event.found.height}${'isStored' in event && event.isStored ? ' (stored)' : ''}`;
    case 'scan-progress':
      return `progress ${event.height} of ${event.target}`;
    case 'scanned':
      return `scanned ${event.tip.height}, ${event.payments} payments, ${event.fetchedBlocks} blocks fetched`;
    case 'warning':
      return `${event.code}: ${event.message}`;
  }
}
