/** Calls each of many addresses once and tells who is there: what a seeder's crawler does. */

import type { Network } from '../../networks/network.ts';
import { earliest, type Now, type Random } from '../machine.ts';
import type { LightNodeInput, LightNodeOutput } from '../node-contract.ts';
import type { ConnectionInfo, Disconnect, Endpoint, PeerId, PeerInfo } from '../peer.ts';
import { Session, SESSION_DEFAULTS, type SessionOutput } from '../session/session.ts';
import { AddressIntake } from './address-intake.ts';
import type { FoundAddress } from './known-address.ts';

export interface ProberOptions {
  readonly network: Network;
  readonly userAgent: string;
  readonly addresses: readonly Endpoint[];
  /** Connections at a time. */
  readonly parallelCount: number;
  readonly handshakeTimeoutMs: number;
  /** Whether to ask those who are there for further addresses. */
  readonly usesGossip: boolean;
}

/** Time that a peer has to answer the first ping, and getaddr. */
const ANSWER_TIMEOUT_MS = 5_000;

interface Probe {
  readonly endpoint: Endpoint;
  readonly session: Session;
  readonly intake: AddressIntake;
  readonly startedMs: number;
  info: PeerInfo | undefined;
  /** When it is over, whatever the peer still owes; undefined during the handshake. */
  endsMs: number | undefined;
  found: FoundAddress[];
  hasAnswered: boolean;
}

export class Prober {
  readonly #options: ProberOptions;
  readonly #random: Random;
  readonly #probes = new Map<PeerId, Probe>();
  #nextIndex = 0;
  #lastPeerId = 0;
  #isFinished = false;

  constructor(options: ProberOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  newPeerId(): PeerId {
    return ++this.#lastPeerId;
  }

  connections(now: Now): ConnectionInfo[] {
    return Array.from(this.#probes, ([peer, { endpoint, session, startedMs }]) => ({
      peer,
      endpoint,
      kind: 'feeler',
      info: session.info,
      ageMs: now.ms - startedMs,
      latencyMs: session.latencyMs,
      provenHeight: undefined,
      isSyncPeer: false,
    }));
  }

  handle(input: LightNodeInput, now: Now): LightNodeOutput[] {
    if (this.#isFinished) return [];
    return this.#take(input, now).concat(this.#fill(now));
  }

  deadline(): number | undefined {
    const due = Array.from(this.#probes.values(), ({ session, endsMs }) =>
      earliest(session.deadline(), endsMs),
    );
    const next = earliest(...due);
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  #take(input: LightNodeInput, now: Now): LightNodeOutput[] {
    switch (input.type) {
      case 'connected':
        return this.#session(input.peer, (probe) => probe.session.handle({ type: 'connected' }, now), now);
      case 'received': {
        const { peer, message } = input;
        return this.#session(peer, (probe) => probe.session.handle({ type: 'received', message }, now), now);
      }
      case 'lost':
        return this.#end(input.peer, input.disconnect);
      case 'tick':
        return Array.from(this.#probes.keys()).flatMap((peer) => this.#tick(peer, now));
      case 'accepted':
        return [{ do: 'hang-up', peer: input.peer }];
      case 'started':
      case 'stopping':
      case 'listening':
      case 'looked-up':
      case 'submitted':
      case 'block-wanted':
        return [];
    }
  }

  #fill(now: Now): LightNodeOutput[] {
    const { addresses, parallelCount } = this.#options;
    const outputs: LightNodeOutput[] = [];
    while (this.#probes.size < parallelCount && this.#nextIndex < addresses.length) {
      const endpoint = addresses[this.#nextIndex++] as Endpoint;
      const peer = this.newPeerId();
      this.#probes.set(peer, this.#newProbe(endpoint, now));
      outputs.push({ do: 'dial', peer, endpoint });
    }
    if (this.#probes.size > 0) return outputs;
    this.#isFinished = true;
    return [...outputs, { do: 'finish' }];
  }

  #newProbe(endpoint: Endpoint, now: Now): Probe {
    const { userAgent, handshakeTimeoutMs, network } = this.#options;
    const handshake = {
      isOutbound: true,
      needsServices: false,
      userAgent,
      startHeight: 0,
      wantsTxs: false,
      nonce: this.#random(),
      isOwnNonce: () => false,
    };
    const session = new Session({ ...SESSION_DEFAULTS, handshakeTimeoutMs }, handshake, this.#random);
    const intake = new AddressIntake({ separatesPrivate: network.hasPrivateNodes });
    const fresh = { info: undefined, endsMs: undefined, found: [], hasAnswered: false };
    return { endpoint, session, intake, startedMs: now.ms, ...fresh };
  }

  #session(id: PeerId, act: (probe: Probe) => SessionOutput[], now: Now): LightNodeOutput[] {
    const probe = this.#probes.get(id);
    if (probe === undefined) return [];
    const outputs = act(probe).flatMap((output) => this.#fromSession(id, probe, output, now));
    return outputs.concat(this.#isComplete(probe) ? this.#hangUp(id, undefined) : []);
  }

  #fromSession(peer: PeerId, probe: Probe, output: SessionOutput, now: Now): LightNodeOutput[] {
    switch (output.do) {
      case 'send':
        return [{ do: 'send', peer, message: output.message }];
      case 'hang-up':
        return this.#hangUp(peer, output.disconnect);
      case 'establish': {
        probe.info = output.info;
        probe.endsMs = now.ms + ANSWER_TIMEOUT_MS;
        if (!this.#options.usesGossip) return [];
        probe.intake.askedForAddresses();
        return [{ do: 'send', peer, message: { command: 'getaddr', payload: {} } }];
      }
      case 'pass-on': {
        const { message } = output;
        if (message.command !== 'addr' && message.command !== 'addrv2') return [];
        const { found } = probe.intake.take(message, now, this.#random);
        probe.found = probe.found.concat(found);
        // A single address is the peer's own: the answer is yet to come.
        probe.hasAnswered ||= message.payload.addresses.length > 1;
        return [];
      }
    }
  }

  /** Whether all that was asked has been answered. */
  #isComplete({ info, session, hasAnswered }: Probe): boolean {
    return (
      info !== undefined && session.latencyMs !== undefined && (hasAnswered || !this.#options.usesGossip)
    );
  }

  #tick(id: PeerId, now: Now): LightNodeOutput[] {
    const probe = this.#probes.get(id);
    if (probe?.endsMs !== undefined && now.ms >= probe.endsMs) return this.#hangUp(id, undefined);
    return this.#session(id, ({ session }) => session.handle({ type: 'tick' }, now), now);
  }

  #hangUp(id: PeerId, disconnect: Disconnect | undefined): LightNodeOutput[] {
    return this.#probes.has(id) ? [{ do: 'hang-up', peer: id }, ...this.#end(id, disconnect)] : [];
  }

  /** @param disconnect what went wrong; undefined when nothing did. */
  #end(id: PeerId, disconnect: Disconnect | undefined): LightNodeOutput[] {
    const probe = this.#probes.get(id);
    if (probe === undefined) return [];
    this.#probes.delete(id);
    const { endpoint, info, session, found } = probe;
    const event = {
      event: 'peer-probed',
      endpoint,
      info,
      latencyMs: session.latencyMs,
      disconnect,
      found,
    } as const;
    return [{ do: 'report', event }];
  }
}
