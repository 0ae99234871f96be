/** Databases that can be made anew: one that is of no use is moved aside, for whoever wants to know what happened. */

import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * Moves a folder aside.
 *
 * @returns where it is now: beside, with a number that is higher than that of all others.
 * @throws when the disk refuses.
 */
export function setAside(folder: string): string {
  const aside = asideFolder(folder, Math.max(0, ...numbersOf(folder)) + 1);
  renameSync(folder, aside);
  return aside;
}

/** Undoes {@link setAside}; what was made in the folder's place since is lost. */
export function putBack(aside: string, folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
  } catch {
    // Then it stays where it is.
  }
}

/** Deletes those of a folder's that were set aside, but for the last few. */
export function removeOldest(folder: string, keep: number): void {
  const oldest = numbersOf(folder)
    .toSorted((a, b) => b - a)
    .slice(keep);
  for (const number of oldest) {
    try {
      rmSync(asideFolder(folder, number), { recursive: true, force: true });
    } catch {
      // It takes some room, and does no harm.
    }
  }
}

function asideFolder(folder: string, number: number): string {
  return `${folder}-damaged-${number}`;
}

function numbersOf(folder: string): number[] {
  const prefix = `${basename(folder)}-damaged-`;
  return readdirSync(dirname(folder)).flatMap((name) => {
    const number = name.startsWith(prefix)
      ? /^[1-9]\d{0,8}$/.exec(name.slice(prefix.length))?.[0]
      : undefined;
    return number === undefined ? [] : [Number(number)];
  });
}
