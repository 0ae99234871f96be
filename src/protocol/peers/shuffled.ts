/** Random order from a handed-in source of chance. */

import type { Random } from '../machine.ts';

/** The same items in an order of which each is equally likely (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Number(random() % BigInt(i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
