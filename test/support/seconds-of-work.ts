/** What a piece of work costs, whatever else the machine is busy with. */

/** Seconds that our own process was at work, on all cores together: a clock would count the work of others too. */
export function secondsOfWork(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}
