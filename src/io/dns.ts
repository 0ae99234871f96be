/** Asks DNS seeds for addresses of nodes. */

import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A seed that is silent must not hold up the others. */
const LOOKUP_TIMEOUT_MS = 10_000;

/** The addresses that a name stands for; an error is a value, since a dead seed is an everyday thing. */
export async function lookUp(name: string): Promise<{ addresses: string[]; error?: string }> {
  const giveUp = new AbortController();
  const timeout = sleep(LOOKUP_TIMEOUT_MS, undefined, { signal: giveUp.signal, ref: false }).then(
    () => ({ addresses: [], error: `no answer in ${LOOKUP_TIMEOUT_MS / 1000} s` }),
    () => ({ addresses: [] }),
  );
  try {
    const answer = lookup(name, { all: true }).then((found) => ({
      addresses: found.map(({ address }) => address),
    }));
    return await Promise.race([answer, timeout]);
  } catch (error) {
    return { addresses: [], error: error instanceof Error ? error.message : String(error) };
  } finally {
    giveUp.abort();
  }
}
