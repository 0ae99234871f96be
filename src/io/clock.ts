/** The real clocks. */

import type { Now } from '../protocol/machine.ts';

export function systemClock(): Now {
  return { ms: performance.now(), unixSeconds: Math.floor(Date.now() / 1000) };
}
