/** Service bits in a letter each, for tables. */

const LETTERS: Readonly<Record<string, string>> = {
  NETWORK: 'n',
  BLOOM: 'b',
  WITNESS: 'w',
  COMPACT_FILTERS: 'c',
  NETWORK_LIMITED: 'l',
  P2P_V2: '2',
};

/** What the letters mean. */
export const SERVICES_LEGEND =
  'services: n network, b bloom, w witness, c compact filters, l limited, 2 v2 transport, + others';

/** @param services names of the bits. */
export function serviceLetters(services: readonly string[]): string {
  const letters = services.map((name) => LETTERS[name] ?? '+');
  return Array.from(new Set(letters)).join('');
}
