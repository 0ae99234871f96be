/** Tells who comes and goes, and not the same thing again and again. */

import type { PeerConnectedEvent, PeerDisconnectedEvent } from '../index.ts';
import { formatCount } from './format.ts';
import type { Output } from './output.ts';

/** Peers whose last complaint is kept in mind; with more than these the oldest is news again. */
const MAX_COMPLAINTS = 1_000;

export class PeerNews {
  readonly #output: Output;
  /** What was last said of each peer that could not be used: it is called again and again. */
  readonly #complaints = new Map<string, string>();
  /** Those that were said to be connected. */
  readonly #connected = new Set<string>();

  constructor(output: Output) {
    this.#output = output;
  }

  connected({ peer, direction, userAgent, height, version, services }: PeerConnectedEvent): void {
    this.#complaints.delete(peer);
    this.#connected.add(peer);
    const about = `(${userAgent}, height ${formatCount(height)})`;
    const isInbound = direction === 'inbound';
    this.#output.remark(
      'info',
      isInbound ? `${peer} connected to us ${about}` : `Connected to ${peer} ${about}`,
    );
    const offer = services.length === 0 ? 'no services' : services.join(', ');
    this.#output.remark('debug', `${peer} speaks version ${version} and offers ${offer}`);
  }

  disconnected({ peer, direction, kind, reason, detail }: PeerDisconnectedEvent): void {
    const wasConnected = this.#connected.delete(peer);
    const why = detail === '' ? `(${reason})` : `${detail} (${reason})`;
    if (direction === 'inbound') {
      // Anybody may call and say nothing, as often as he likes.
      this.#output.remark(wasConnected ? 'info' : 'debug', `${peer} is no longer connected to us: ${why}`);
      return;
    }
    const isMissed = reason === 'connect-failed' || reason === 'connect-timeout' || reason === 'proxy-failed';
    const complaint = `${isMissed ? 'No connection to' : 'Lost'} ${peer}: ${why}`;
    const isNews = this.#note(peer, complaint);
    // Of the many addresses that are found some are always dead.
    const isOfInterest = wasConnected || kind === 'manual';
    this.#output.remark(isNews && isOfInterest ? 'info' : 'debug', complaint);
  }

  /** Returns whether it is something else than last time. */
  #note(peer: string, complaint: string): boolean {
    const isNews = this.#complaints.get(peer) !== complaint;
    this.#complaints.delete(peer);
    this.#complaints.set(peer, complaint);
    const [oldest] = this.#complaints.keys();
    if (this.#complaints.size > MAX_COMPLAINTS && oldest !== undefined) this.#complaints.delete(oldest);
    return isNews;
  }
}
