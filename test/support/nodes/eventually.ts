/** Waiting for what a real node does in its own time. */
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 30_000;
const POLL_MS = 20;

/** Resolves when it holds; rejects, with what was waited for, when that takes too long. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`after ${patienceMs} ms not yet: ${what}`);
    await sleep(POLL_MS);
  }
}
