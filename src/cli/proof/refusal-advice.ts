/** What to do about a proof that was refused. */

import type { ProofRefusal } from '../../offline.ts';

const DISTRUST = 'do not rely on it: ask for it again, or make one with "headlight proof make"';
const UNPARSED = "it is to be what bitcoind's gettxoutproof shows, and whole";
const OTHER_NETWORK = 'see that --network is the right one';
const NEEDS_COINBASE =
  'add --coinbase with the block\'s first transaction, to a proof that has it too (gettxoutproof of both, or "headlight ' +
  'proof make --with-coinbase")';

const ADVICE: Partial<Record<ProofRefusal, string>> = {
  'unexpected-end': UNPARSED,
  'trailing-bytes': UNPARSED,
  'over-limit': UNPARSED,
  'non-minimal': UNPARSED,
  'bad-value': UNPARSED,
  'bad-target': OTHER_NETWORK,
  'high-hash': OTHER_NETWORK,
  'block-unknown': `${OTHER_NETWORK}, and ask for a new proof: the block may be one that the chain has left`,
  'block-stale': 'ask for a new proof: the transaction may be in another block now, or in none',
  'block-not-synced': 'run "headlight sync", and try again',
  'block-before-start':
    'use a store that begins lower: another --datadir, and "headlight sync" with a lower --start',
  'tx-not-proven': `see that the two belong together; for --coinbase the proof must have that transaction too`,
  'tx-64-bytes': NEEDS_COINBASE,
  'tree-ambiguous': `do not rely on it, or ${NEEDS_COINBASE}`,
};

export function adviceOn(code: ProofRefusal): string {
  return ADVICE[code] ?? DISTRUST;
}
