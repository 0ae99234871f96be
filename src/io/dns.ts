/** Asks DNS seeds for addresses of nodes. */

import { Resolver } from 'node:dns/promises';
import { isRoutable } from '../protocol/peers/network-group.ts';
import { hostText, parseHost } from '../wire/host.ts';

/** A seed that is silent must not hold up the others. */
const LOOKUP_TIMEOUT_MS = 10_000;
/** Time for the first answer of one name server; a second attempt gets twice as much. */
const QUERY_TIMEOUT_MS = 2_500;
const QUERY_TRIES = 2;

/** Of Node.js's resolver what is used here; its `cancel` makes all queries under way fail. */
export type AddressResolver = Pick<Resolver, 'cancel'> & {
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
};

/**
 * Queries of its own over UDP. The system's `getaddrinfo` cannot be cancelled, and holds one of the four threads that
 * the disk needs as well.
 */
export function systemResolver(): AddressResolver {
  return new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
}

export interface LookUpOptions {
  /** Ends the work when it aborts. */
  readonly signal: AbortSignal;
  /** One for this name alone: it is cancelled when time is up. */
  readonly resolver: AddressResolver;
  readonly timeoutMs?: number;
}

/**
 * The public addresses that a name stands for; an error is a value, since a dead seed is an everyday thing. What one
 * family of addresses gave is good whatever became of the other.
 */
export async function lookUp(
  name: string,
  { signal, resolver, timeoutMs = LOOKUP_TIMEOUT_MS }: LookUpOptions,
): Promise<{ addresses: string[]; error?: string }> {
  if (signal.aborted) return { addresses: [] };
  const cancel = (): void => resolver.cancel();
  const timer = setTimeout(cancel, timeoutMs);
  signal.addEventListener('abort', cancel, { once: true });
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  clearTimeout(timer);
  signal.removeEventListener('abort', cancel);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (found.length > 0) return { addresses: found.flatMap(publicAddress) };
  const reasons = answers.map((answer) =>
    answer.status === 'rejected' ? wordsOf(answer.reason) : NO_ADDRESS,
  );
  // That a name has no address of one family says little when the other could not be asked for.
  return { addresses: [], error: reasons.find((words) => words !== NO_ADDRESS) ?? NO_ADDRESS };
}

/**
 * An address in its canonical text, or none: a seed must not send us into somebody's own network. What looks like CJDNS
 * is as well a private address of IPv6, and comes from no seed.
 */
function publicAddress(address: string): string[] {
  const host = parseHost(address);
  return host === undefined || host.network === 'cjdns' || !isRoutable(host) ? [] : [hostText(host)];
}

const NO_ADDRESS = 'the name has none';
const NO_ANSWER = 'the name service does not answer';

/** What the resolver's codes mean. */
const PLAIN_WORDS: Readonly<Record<string, string>> = {
  ECANCELLED: NO_ANSWER,
  ECONNREFUSED: 'no name service can be reached',
  ENODATA: NO_ADDRESS,
  ENOTFOUND: 'no such name',
  ESERVFAIL: 'the name service failed',
  ETIMEOUT: NO_ANSWER,
};

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return PLAIN_WORDS[(error as NodeJS.ErrnoException).code ?? ''] ?? error.message;
}
