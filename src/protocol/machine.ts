/** What every protocol machine is: inputs are events of the past, outputs are requests, and time is handed in. */

/** The two clocks. */
export interface Now {
  /** Monotonic, milliseconds from anywhere: for intervals and deadlines. */
  readonly ms: number;
  /** The wall clock, Unix seconds: for what headers are compared with. */
  readonly unixSeconds: number;
}

/** Chance, handed in: a whole 64-bit number, unpredictable in earnest and seeded in simulations. */
export type Random = () => bigint;

/** A machine without I/O, clock or chance of its own. */
export interface Machine<Input, Output> {
  /** Takes in what happened and answers with what to do about it, in this order. */
  handle(input: Input, now: Now): Output[];
  /** When to hand in a `tick` at the latest, in {@link Now.ms}; undefined when only events matter. */
  deadline(): number | undefined;
}

/** The earliest of some deadlines. */
export function earliest(...deadlines: readonly (number | undefined)[]): number | undefined {
  // Asked after every message: no list of its own.
  let first: number | undefined;
  for (const deadline of deadlines) {
    if (deadline !== undefined && (first === undefined || deadline < first)) first = deadline;
  }
  return first;
}
