/** What the process says when it ends. */

export const EXIT = {
  done: 0,
  failed: 1,
  wrongUsage: 2,
  /** Ended by Ctrl-C, with everything saved. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
