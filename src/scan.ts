/** Payments of some scripts as an async iterator: a client that only scans. */

import type { ClientEvent } from './client-events.ts';
import { LightClient } from './light-client.ts';
import type { LightClientOptions } from './light-client-options.ts';
import type { ScanEvent } from './scan-events.ts';
import type { ScanOptions } from './scan-options.ts';

/** Where to connect and what to look for. */
export type ScanClientOptions = Omit<LightClientOptions, 'scan' | 'mempool'> & ScanOptions;

const OF_SCAN: ReadonlySet<ClientEvent['event']> = new Set<ScanEvent['event']>([
  'payment',
  'payment-removed',
  'scan-progress',
  'scanned',
]);

/**
 * Syncs the headers, finds all payments of some scripts and tells them in the order of the chain (BIP 157, BIP 158). Peers see
 * which blocks are fetched, and nothing else. It ends at the tip unless `follow` is true, and when the reader breaks off.
 *
 * ```ts
 * for await (const event of scan({ network: 'mainnet', addresses: ['bc1q…'], fromHeight: 900_000 }))
 *   if (event.event === 'payment') console.log(event.height, event.netSats, event.balanceSats);
 * ```
 *
 * @param options those of a client and those of a scan; `follow` is false by default.
 * @throws {TypeError | RangeError} for options that are wrong, and {ClientError} when it fails.
 */
export async function* scan(options: ScanClientOptions): AsyncGenerator<ScanEvent, void, undefined> {
  const { addresses, scripts, descriptors, fromHeight, filterPeers, allBlocks, resume, ...others } = options;
  const wanted = { addresses, scripts, descriptors, fromHeight, filterPeers, allBlocks, resume };
  const defined = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  const client = new LightClient({ follow: false, ...others, scan: defined });
  const events = client.events();
  try {
    await client.start();
    for await (const event of events) if (isOfScan(event)) yield event;
    await client.ended();
  } finally {
    await client.stop();
  }
}

function isOfScan(event: ClientEvent): event is ScanEvent {
  return OF_SCAN.has(event.event);
}
