/** A client that opens a store, comes to its peer's tip and stays there for a while; says what it took by then. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LightClient } from '../../src/index.ts';
import { optionsGiven, say } from './program.ts';

export interface FollowOptions {
  readonly datadir: string;
  readonly connect: readonly string[];
  readonly seconds: number;
}

/** Resident memory, MB. */
export interface FollowResult {
  readonly opened: number;
  readonly following: number;
  readonly peak: number;
}

const { seconds, ...options } = optionsGiven() as FollowOptions;
const client = new LightClient({ network: 'regtest', ...options });
await client.start();
const opened = residentMegabytes();
await client.synced();
await sleep(1000 * seconds);
const following = residentMegabytes();
await client.stop();
const peak = Math.round(process.resourceUsage().maxRSS / 1000);
say({ opened, following, peak } satisfies FollowResult);

function residentMegabytes(): number {
  return Math.round(process.memoryUsage().rss / 1e6);
}
