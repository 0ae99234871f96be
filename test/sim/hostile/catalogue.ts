/** All kinds of hostile peers. */
import { HonestPeer, type PeerOptions } from '../honest-peer.ts';
import type { Route } from '../line.ts';
import { AddressFlood } from './address-flood.ts';
import { Boaster } from './boaster.ts';
import { Chatter } from './chatter.ts';
import { Closer } from './closer.ts';
import { Creeper } from './creeper.ts';
import { Crier } from './crier.ts';
import { FaultyHeaders } from './faulty-headers.ts';
import { ForkFeeder } from './fork-feeder.ts';
import { Garbage } from './garbage.ts';
import { Liar } from './liar.ts';
import { Mirror } from './mirror.ts';
import { Mute } from './mute.ts';
import { Refuser } from './refuser.ts';
import { Repeater } from './repeater.ts';
import { RubbishAddresses } from './rubbish-addresses.ts';
import { SilentPeer } from './silent.ts';
import { Staller } from './staller.ts';

export interface HostileKind {
  readonly name: string;
  readonly make: (options: PeerOptions) => HonestPeer;
  /** Whether what it gives can be taken for a whole chain, though a worse one than the best. */
  readonly isBelievable: boolean;
  /** What its line is like, when that is what is wrong with it, or how it gets ahead of others. */
  readonly route?: Partial<Route>;
}

const kind = (
  name: string,
  make: new (options: PeerOptions) => HonestPeer,
  isBelievable: boolean = false,
): HostileKind => ({ name, make: (options) => new make(options), isBelievable });

export const HOSTILE_KINDS: readonly HostileKind[] = [
  kind('silent', SilentPeer),
  kind('closer', Closer),
  kind('liar', Liar, true),
  kind('fork feeder', ForkFeeder, true),
  kind('faulty headers', FaultyHeaders),
  kind('address flood', AddressFlood),
  kind('rubbish addresses', RubbishAddresses),
  kind('chatter', Chatter),
  kind('garbage', Garbage),
  kind('refuser', Refuser, true),
  kind('repeater', Repeater, true),
  kind('mirror', Mirror),
  kind('staller', Staller, true),
  kind('crier', Crier),
  kind('boaster', Boaster),
  // The client asks whoever answers pings first.
  { ...kind('mute and quick', Mute), route: { latencyMs: 1, jitterMs: 0 } },
  { ...kind('creeper', Creeper), route: { latencyMs: 1, jitterMs: 0 } },
  // Nothing is wrong with these but their lines.
  { ...kind('a byte a second', HonestPeer), route: { bytesPerSecond: 1 } },
  { ...kind('thirty bytes a second', HonestPeer), route: { bytesPerSecond: 30 } },
];
