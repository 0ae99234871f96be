/** Adds to lists that may be of any length: as arguments of push() some hundred thousand items are too many. */

export function append<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}
