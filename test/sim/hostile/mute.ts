/** Greets and answers pings, and whatever else it is asked for it keeps to itself. */
import { HonestPeer } from '../honest-peer.ts';

export class Mute extends HonestPeer {
  protected override answerGetHeaders(): void {}

  protected override answerGetAddr(): void {}

  protected override announce(): void {}
}
