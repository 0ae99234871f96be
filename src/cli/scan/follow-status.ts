/** The line at the bottom of the screen while a scan follows the tip. */

import { formatBtc, formatCount, formatNumberOf } from '../format.ts';
import { joinFitting } from '../status-line.ts';

export interface FollowStatus {
  /** Connections over which something can come. */
  readonly peers: number;
  /** All up to here was looked at. */
  readonly height: number;
  readonly balanceSats: number;
  readonly payments: number;
}

export function followText({ peers, height, balanceSats, payments }: FollowStatus, columns: number): string {
  const parts = [
    `height ${formatCount(height)}`,
    `balance ${formatBtc(balanceSats)} BTC`,
    formatNumberOf(payments, 'payment'),
    formatNumberOf(peers, 'peer'),
  ];
  return joinFitting(parts, columns);
}
