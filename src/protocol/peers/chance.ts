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

/** A pause of a length that nobody can foresee, so much in the mean: the time to the next of events that come by chance. */
export function randomPauseMs(meanMs: number, random: Random): number {
  return -Math.log(1 - fraction(random)) * meanMs;
}
