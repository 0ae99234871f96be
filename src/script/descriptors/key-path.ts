/** Steps from one key to another (BIP 32), as descriptors write them; and paths that are several at once (BIP 389). */

import { HARDENED } from './extended-key.ts';
import { badSyntax } from './refusal.ts';

/** Steps are numbers, with {@link HARDENED} added to the hardened ones. */
export interface KeyPath {
  readonly before: readonly number[];
  /** The values of the step that has several; none where there is no such step. */
  readonly values: readonly number[];
  /** The steps behind that one. */
  readonly after: readonly number[];
  /** What the last step is: nothing more, or any child, or any hardened child. */
  readonly last: 'fixed' | 'any' | 'any-hardened';
}

/** A number and perhaps a mark. */
const STEP = /^(\d+)(['h]?)$/;
const SEVERAL = /^<(.*)>$/;

/** The steps behind an extended key. */
export function parseKeyPath(elements: readonly string[]): KeyPath {
  const last = lastOf(elements.at(-1));
  const steps = last === 'fixed' ? elements : elements.slice(0, -1);
  const several = steps.findIndex((step) => SEVERAL.test(step));
  if (several === -1) return { before: steps.map(parseStep), values: [], after: [], last };
  const before = steps.slice(0, several).map(parseStep);
  // A second step with several values is refused here, being no number.
  const after = steps.slice(several + 1).map(parseStep);
  const values = (steps[several] as string).slice(1, -1).split(';').map(parseStep);
  if (values.length < 2) throw badSyntax('a step with several values that has but one');
  if (new Set(values).size < values.length) throw badSyntax('a step that has the same value twice');
  return { before, values, after, last };
}

/** The number of a step, which has an apostrophe or an h behind it if it is hardened, and never an H, as for nodes. */
export function parseStep(text: string): number {
  const match = STEP.exec(text);
  const number = Number(match?.[1] ?? HARDENED);
  if (match === null || number >= HARDENED) throw badSyntax('a step of a path that is no number below 2^31');
  return match[2] === '' ? number : number + HARDENED;
}

function lastOf(element: string | undefined): KeyPath['last'] {
  if (element === '*') return 'any';
  return element === "*'" || element === '*h' ? 'any-hardened' : 'fixed';
}
