/** Lots drawn from the source of chance that is handed in. */

import type { Random } from '../machine.ts';

/** A whole number from 0 on, below `count`, each as likely as the others. */
export function below(count: number, random: Random): number {
  return Number(random() % BigInt(count));
}

/** A number from 0 on, below 1: of a lot that wins with probability `p` it is below `p`. */
export function fraction(random: Random): number {
  return Number(random() >> 11n) / 2 ** 53;
}
