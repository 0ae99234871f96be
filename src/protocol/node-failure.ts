/** How a synchronisation that was given up is told. */

import type { Network } from '../networks/network.ts';
import type { HeaderEvent } from './events.ts';
import { type Disconnect, endpointText } from './peer.ts';
import type { Attempt } from './peers/candidates.ts';

/** Why a synchronisation or a scan was given up; each code has a heading in docs/errors.md. */
export interface NodeFailure {
  readonly code:
    | 'no-peer'
    | 'low-work'
    | 'no-progress'
    | 'filter-peers-missing'
    | 'filters-unavailable'
    | 'blocks-unavailable'
    | 'invalid-block';
  readonly message: string;
}

/** @param tried everybody who was called, and what became of it. */
export function describeGivingUp(
  tried: readonly Attempt[],
  { network }: { readonly network: Network },
): NodeFailure {
  const last = tried.at(-1);
  if (last === undefined) return { code: 'no-peer', message: `no peer is known for ${network.name}` };
  const isLowWork = tried.every((attempt) => attempt.last.reason === 'low-work');
  const others = tried.length === 1 ? '' : `none of ${tried.length} peers could be used; the last was `;
  return {
    code: isLowWork ? 'low-work' : 'no-peer',
    message: `${others}${endpointText(last.endpoint)}: ${describe(last.last)}`,
  };
}

/** @param complaint why the peer that was asked did not get us on. */
export function describeNoProgress(
  timeoutMs: number,
  height: number,
  complaint: Attempt | undefined,
): NodeFailure {
  const why =
    complaint === undefined ? '' : `; ${endpointText(complaint.endpoint)}: ${describe(complaint.last)}`;
  return {
    code: 'no-progress',
    message: `no new header came for ${timeoutMs / 1000} s (at height ${height})${why}`,
  };
}

/** @param error why a DNS seed gave no address; undefined when it did. */
export function describeSeedTrouble(
  name: string,
  error: string | undefined,
): { readonly do: 'report'; readonly event: HeaderEvent }[] {
  if (error === undefined) return [];
  const message = `DNS seed ${name} gave no address: ${error}`;
  return [{ do: 'report', event: { event: 'warning', code: 'seed-failed', message } }];
}

function describe({ reason, detail }: Disconnect): string {
  return detail === '' ? reason : `${detail} (${reason})`;
}
