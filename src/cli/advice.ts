/** What to do about a failure, where the library's own words do not say it. */

import type { ClientError, ClientErrorCode, StoreError } from '../index.ts';

const ADVICE: Partial<Record<ClientErrorCode, string>> = {
  'store-open-failed':
    'see that the folder can be written to and its disk is not full, or name another --datadir',
  'store-read-failed': 'if it stays so, move the folder away and sync again',
  'store-write-failed': 'what was stored before is kept: see that the disk has room, then run this again',
  'no-progress': 'try other peers, or a longer --timeout',
  'no-peer': 'name a peer that you know with --connect HOST:PORT',
  'listen-failed': 'name another address with --listen HOST:PORT',
  'low-work': 'try another peer, or --min-chainwork 0 for a test network of your own',
};

/** The words of an error with what to do about it. */
export function withAdvice({ code, message }: ClientError | StoreError): string {
  const advice = ADVICE[code];
  return advice === undefined ? message : `${message}; ${advice}`;
}
