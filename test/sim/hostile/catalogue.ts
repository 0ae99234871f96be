/** All kinds of hostile peers. */
import { HonestPeer, type PeerOptions } from '../honest-peer.ts';
import type { Route } from '../line.ts';
import { Accomplice } from './accomplice.ts';
import { AddressFlood } from './address-flood.ts';
import { Boaster } from './boaster.ts';
import { Chatter } from './chatter.ts';
import { Closer } from './closer.ts';
import { Creeper } from './creeper.ts';
import { Crier } from './crier.ts';
import { Dawdler } from './dawdler.ts';
import { Echo } from './echo.ts';
import { FaultyHeaders } from './faulty-headers.ts';
import { Forger } from './forger.ts';
import { ForkFeeder } from './fork-feeder.ts';
import { FromGenesis } from './from-genesis.ts';
import { Garbage } from './garbage.ts';
import { JustBelow } from './just-below.ts';
import { Liar } from './liar.ts';
import { Mirror } from './mirror.ts';
import { Mute } from './mute.ts';
import { Refuser } from './refuser.ts';
import { Repeater } from './repeater.ts';
import { RubbishAddresses } from './rubbish-addresses.ts';
import { Shuffler } from './shuffler.ts';
import { SilentPeer } from './silent.ts';
import { Staller } from './staller.ts';
import { Truncator } from './truncator.ts';
import { Turncoat } from './turncoat.ts';
import { TwoFaced } from './two-faced.ts';
import { Unlinked } from './unlinked.ts';
import { Vanisher } from './vanisher.ts';
import { WrongRange } from './wrong-range.ts';

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
  kind('turncoat', Turncoat, true),
  kind('truncator', Truncator, true),
  kind('echo', Echo, true),
  kind('dawdler', Dawdler, true),
  kind('wrong range', WrongRange, true),
  kind('shuffler', Shuffler, true),
  kind('vanisher', Vanisher, true),
  kind('from genesis', FromGenesis, true),
  kind('two-faced', TwoFaced, true),
  kind('just below', JustBelow, true),
  kind('unlinked', Unlinked),
  kind('forger', Forger, true),
  kind('accomplice', Accomplice, true),
  // The client asks whoever answers pings first.
  { ...kind('mute and quick', Mute), route: { latencyMs: 1, jitterMs: 0 } },
  { ...kind('creeper', Creeper), route: { latencyMs: 1, jitterMs: 0 } },
  // Nothing is wrong with these but their lines.
  { ...kind('a byte a second', HonestPeer), route: { bytesPerSecond: 1 } },
  { ...kind('thirty bytes a second', HonestPeer), route: { bytesPerSecond: 30 } },
];
