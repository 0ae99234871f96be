/** Which of the places that a scan came by are remembered: few, and the closer to where it is the denser. */

import type { Waypoint } from './scan-records.ts';

/**
 * Leaves out those without which a step back goes at most twice as far. About two are left each time that the distance from
 * the last one doubles.
 *
 * @param waypoints in ascending order.
 */
export function thinned(waypoints: readonly Waypoint[]): Waypoint[] {
  const last = waypoints.at(-1);
  if (last === undefined) return [];
  /** From the newest on. */
  const kept: Waypoint[] = [last];
  for (let i = waypoints.length - 2; i >= 0; i--) {
    const older = waypoints[i - 1];
    const newer = kept.at(-1) as Waypoint;
    const isNeeded = older === undefined || last.height - older.height > 2 * (last.height - newer.height);
    if (isNeeded) kept.push(waypoints[i] as Waypoint);
  }
  return kept.toReversed();
}
