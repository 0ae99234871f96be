/** What the rules say about headers that came in a run. */

import type { HeaderRule } from './check-header.ts';
import type { HeaderRun } from './header-run.ts';

/** A header of a run that breaks a rule. */
export interface HeaderFault {
  /** Its position in the run. */
  readonly index: number;
  readonly rule: HeaderRule;
  /** The numbers that show it. */
  readonly detail: string;
}

/** What the rules say about a run whose parent is known. */
export interface Verdict {
  readonly run: HeaderRun;
  /** How many of the first headers the tree has already. */
  readonly known: number;
  /** How many of the first headers keep every rule, those already known included. */
  readonly valid: number;
  /** What is wrong with the header after these; undefined when they are all. */
  readonly fault: HeaderFault | undefined;
  /** Height of the last valid header; of the run's parent when there is none. */
  readonly height: number;
  /** Chainwork of the last valid header; of the run's parent when there is none. */
  readonly chainwork: bigint;
}
