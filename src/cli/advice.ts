/** What to do about a failure, where the library's own words do not say it. */

import { ClientError, type ClientErrorCode, type Network, type StoreError } from '../offline.ts';
import { Failure } from './failure.ts';

const ADVICE: Partial<Record<ClientErrorCode, string>> = {
  'store-open-failed':
    'see that the folder can be written to and its disk is not full, or name another --datadir',
  'store-read-failed': 'if it stays so, move the folder away and sync again',
  'store-write-failed': 'what was stored before is kept: see that the disk has room, then run this again',
  'no-progress': 'try other peers, or a longer --timeout',
  'no-peer': 'name a peer that you know with --connect HOST:PORT',
  'listen-failed': 'name another address with --listen HOST:PORT',
  'filter-peers-missing':
    'name more peers that serve them with --add-peer, trust a node of your own alone with --filter-peers 1, ' +
    'or do without filters with --all-blocks',
  'filters-unavailable': 'what was looked at is kept: try other peers, or a longer --timeout',
  'blocks-unavailable': 'try other peers: those that prune have the latest blocks only',
  'low-work': 'try another peer, or --min-chainwork 0 for a test network of your own',
};

/** The words of an error with what to do about it. */
export function withAdvice({ code, message }: ClientError | StoreError): string {
  const advice = ADVICE[code];
  return advice === undefined ? message : `${message}; ${advice}`;
}

/** The library names the peer that failed; who named it is asked to look again. */
export function withAdviceOnPeers(error: unknown, { name }: Network): unknown {
  if (!(error instanceof ClientError) || error.code !== 'no-peer') return error;
  return new Failure(
    error.code,
    `${error.message}; check that the node there runs, is on ${name} and up to date`,
  );
}
