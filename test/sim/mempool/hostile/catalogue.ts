/** All kinds of peers that are hostile to whoever watches unconfirmed transactions. */
import type { RelayOptions, RelayPeer } from '../relay-peer.ts';
import { BlockSpoiler } from './block-spoiler.ts';
import { DoubleSpender, Flooder, Pusher, RuleBreaker, WitnessTwister } from './forger.ts';
import { Dawdler, Denier, Drifter, Gravedigger, Hoarder } from './hoarder.ts';

export interface HostileKind {
  readonly name: string;
  readonly make: (options: RelayOptions) => RelayPeer;
  /** Whether a transaction may have to wait for it. */
  readonly holdsUp?: boolean;
  readonly twistsWitnesses?: boolean;
  /** Whether two of them say the same, which would be believed. */
  readonly agreesWithItsLike?: boolean;
}

const kind = (
  name: string,
  make: new (options: RelayOptions) => RelayPeer,
  traits: Omit<HostileKind, 'name' | 'make'> = {},
): HostileKind => ({ name, make: (options) => new make(options), ...traits });

export const HOSTILE_KINDS: readonly HostileKind[] = [
  kind('hoarder', Hoarder, { holdsUp: true }),
  kind('denier', Denier),
  kind('drifter', Drifter, { holdsUp: true }),
  kind('dawdler', Dawdler, { holdsUp: true }),
  kind('gravedigger', Gravedigger, { agreesWithItsLike: true }),
  kind('rule breaker', RuleBreaker),
  kind('witness twister', WitnessTwister, { twistsWitnesses: true }),
  kind('double spender', DoubleSpender),
  kind('flooder', Flooder),
  kind('pusher', Pusher),
  kind('block spoiler', BlockSpoiler),
];
