/** The line at the bottom of the screen while the mempool is watched. */

import { formatCount } from '../format.ts';
import { joinFitting } from '../status-line.ts';

export interface Status {
  /** Connections over which something can come. */
  readonly peers: number;
  readonly height: number;
  /** Transactions held now, and their memory. */
  readonly count: number;
  readonly bytes: number;
  readonly perSecond: number;
  /** Events that were left out. */
  readonly dropped: number;
}

/** As many of the numbers as fit, the least important first to go. */
export function statusText(status: Status, columns: number): string {
  const { peers, height, count, bytes, perSecond, dropped } = status;
  const megabytes = (bytes / 1e6).toFixed(1);
  const rate = `${formatCount(Number(perSecond.toFixed(perSecond < 100 ? 1 : 0)))} tx/s`;
  const parts = [
    `${peers} ${peers === 1 ? 'peer' : 'peers'}`,
    `height ${formatCount(height)}`,
    `${formatCount(count)} held`,
    rate,
    `${megabytes} MB`,
    ...(dropped > 0 ? [`${formatCount(dropped)} left out`] : []),
  ];
  return joinFitting(parts, columns);
}
