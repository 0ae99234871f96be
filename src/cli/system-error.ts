/** What the operating system said, in words for people. */

/** `no such file or directory (ENOENT)` of `ENOENT: no such file or directory, open '/x'`: the caller names the file. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const match = /^(?<code>E[A-Z0-9]+): (?<words>[^,]+)/.exec(error.message);
  return match?.groups === undefined ? error.message : `${match.groups['words']} (${match.groups['code']})`;
}

/** Whether an error comes from a call to the operating system, not from a mistake of ours. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined;
}
