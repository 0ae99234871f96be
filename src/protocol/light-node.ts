/** The whole client as one machine: it owns the others and hands each of them what is theirs. */

import type { HeaderTree } from '../chain/header-tree.ts';
import { parseHost } from '../wire/host.ts';
import type { Message } from '../wire/message.ts';
import { HeaderSync } from './headers/header-sync.ts';
import type { HeaderSyncInput, HeaderSyncOutput } from './headers/sync-contract.ts';
import { earliest, type Machine, type Now, type Random } from './machine.ts';
import type { LightNodeInput, LightNodeOptions, LightNodeOutput } from './node-contract.ts';
import { describeGivingUp, describeNoProgress, type NodeFailure } from './node-failure.ts';
import { dialPlanOptions, headerSyncOptions, peerTableOptions } from './part-options.ts';
import type { ConnectionInfo, Disconnect, Endpoint, PeerId, PeerKind } from './peer.ts';
import { CALL_DONE, isNews, type Peer, PeerTable } from './peer-table.ts';
import { AddressGossip, type AddressGossipInput, type AddressGossipOutput } from './peers/address-gossip.ts';
import { DialPlan, type DialPlanInput, type DialPlanOutput } from './peers/dial-plan.ts';
import { COST_OF } from './peers/misbehaviour.ts';
import { isLoopback } from './peers/network-group.ts';
import { PeerMemory } from './peers/peer-memory.ts';
import { Server } from './serve/server.ts';
import type { SessionInput, SessionOutput } from './session/session.ts';
import { TipWatch } from './tip-watch.ts';

export type { LightNodeInput, LightNodeOptions, LightNodeOutput } from './node-contract.ts';

/** Time between two savings of what was learnt of peers. */
const SAVE_INTERVAL_MS = 60_000;
/** Peers that are called first after a restart. */
const ANCHOR_COUNT = 2;
/** Time that a call has that is only to fetch addresses. */
const FETCH_TIMEOUT_MS = 30_000;

export class LightNode implements Machine<LightNodeInput, LightNodeOutput> {
  readonly #options: LightNodeOptions;
  readonly #tree: HeaderTree;
  readonly #memory: PeerMemory;
  readonly #headerSync: HeaderSync;
  readonly #dialPlan: DialPlan;
  readonly #gossip: AddressGossip;
  readonly #server: Server;
  readonly #tipWatch = new TipWatch();
  readonly #peers: PeerTable;
  #now: Now = { ms: 0, unixSeconds: 0 };
  #lastPeerId = 0;
  #progressDueMs: number | undefined;
  #saveDueMs: number | undefined;
  /** Why the synchronisation last did not get on. */
  #complaint: { readonly endpoint: Endpoint; readonly last: Disconnect } | undefined;
  #isFinished = false;

  /** @param memory what is known of peers; by default nothing. */
  constructor(tree: HeaderTree, options: LightNodeOptions, random: Random, memory?: PeerMemory) {
    const { network, connect, usesGossip } = options;
    const separatesPrivate = network.hasPrivateNodes;
    this.#options = options;
    this.#tree = tree;
    this.#memory = memory ?? PeerMemory.restore([], { separatesPrivate }, random, this.#now);
    this.#peers = new PeerTable(peerTableOptions(options), random);
    this.#headerSync = new HeaderSync(tree, headerSyncOptions(options), {
      latencyMsOf: (peer) => this.#peers.get(peer)?.session.latencyMs,
      canReplace: () => options.isDialling && this.#dialPlan.canReplace(this.#now),
      areOthersComing: () => this.#dialPlan.isCalling,
    });
    this.#dialPlan = new DialPlan(dialPlanOptions(options), this.#memory, random);
    // Who is to call nobody but the peers that were named need not hear of others.
    const isAsking = usesGossip && connect.length === 0;
    this.#gossip = new AddressGossip({ usesGossip: isAsking, separatesPrivate }, this.#memory, random);
    this.#server = new Server(tree, !options.isDialling);
  }

  /** A name for a connection that is about to be made or was accepted. */
  newPeerId(): PeerId {
    return ++this.#lastPeerId;
  }

  connections(now: Now): ConnectionInfo[] {
    const about = (peer: PeerId): Pick<ConnectionInfo, 'provenHeight' | 'isSyncPeer'> => ({
      provenHeight: this.#headerSync.provenHeight(peer),
      isSyncPeer: this.#headerSync.syncPeer === peer,
    });
    return this.#peers.list(about, now);
  }

  handle(input: LightNodeInput, now: Now): LightNodeOutput[] {
    this.#now = now;
    if (input.type === 'stopping') return this.#save();
    if (this.#isFinished) return [];
    const outputs = this.#take(input, now);
    // What became of other connections may be what a synchronisation waits for.
    if (!this.#isFinished && this.#headerSync.isSettling) outputs.push(...this.#sync({ type: 'tick' }, now));
    // Whatever else was to be done for the same reason is not worth doing any more.
    return this.#isFinished
      ? outputs.slice(0, outputs.findIndex((output) => output.do === 'finish') + 1)
      : outputs;
  }

  #take(input: Exclude<LightNodeInput, { type: 'stopping' }>, now: Now): LightNodeOutput[] {
    switch (input.type) {
      case 'started':
        if (this.#options.isDialling && !this.#options.follow) {
          this.#progressDueMs = now.ms + this.#options.progressTimeoutMs;
        }
        this.#saveDueMs = now.ms + SAVE_INTERVAL_MS;
        return this.#plan({ type: 'started' }, now);
      case 'accepted':
        return this.#accept(input.peer, input.endpoint, now);
      case 'connected':
        return this.#session(input.peer, { type: 'connected' }, now);
      case 'received':
        return this.#session(input.peer, { type: 'received', message: input.message }, now);
      case 'lost':
        return this.#remove(input.peer, input.disconnect, now);
      case 'looked-up':
        return this.#takeAddresses(input, now);
      case 'listening':
        // Who hides behind a proxy tells nobody where it is.
        if (!this.#options.usesProxy)
          this.#gossip.handle({ type: 'listening', endpoint: input.endpoint }, now);
        return this.#plan({ type: 'listening' }, now);
      case 'tick':
        return this.#tick(now);
    }
  }

  #takeAddresses(input: LightNodeInput & { type: 'looked-up' }, now: Now): LightNodeOutput[] {
    const { name, addresses } = input;
    const planned = this.#plan({ type: 'looked-up', name, addresses }, now);
    const isAskedAgain = planned.some((output) => output.do === 'look-up');
    return isAskedAgain ? planned : [...warnOfSeed(input), ...planned];
  }

  deadline(): number | undefined {
    if (this.#isFinished) return undefined;
    const peers = Array.from(this.#peers.values(), ({ session, endsMs }) =>
      earliest(session.deadline(), endsMs),
    );
    const due = earliest(
      ...peers,
      this.#headerSync.deadline(),
      this.#dialPlan.deadline(),
      this.#gossip.deadline(),
      this.#tipWatch.deadline(),
      this.#progressDueMs,
      this.#saveDueMs,
    );
    return due === Number.POSITIVE_INFINITY ? undefined : due;
  }

  #tick(now: Now): LightNodeOutput[] {
    if (this.#progressDueMs !== undefined && now.ms >= this.#progressDueMs) {
      const { progressTimeoutMs } = this.#options;
      return this.#finish(describeNoProgress(progressTimeoutMs, this.#tree.tip.height, this.#complaint));
    }
    const peers = Array.from(this.#peers.keys());
    return peers
      .flatMap((peer) => this.#tickPeer(peer, now))
      .concat(
        this.#sync({ type: 'tick' }, now),
        this.#watchTip(now),
        this.#plan({ type: 'tick' }, now),
        this.#gossipAbout({ type: 'tick' }, now),
        this.#saveWhenDue(now),
      );
  }

  #tickPeer(id: PeerId, now: Now): LightNodeOutput[] {
    const endsMs = this.#peers.get(id)?.endsMs;
    if (endsMs !== undefined && now.ms >= endsMs) return this.#hangUp(id, CALL_DONE, now);
    return this.#session(id, { type: 'tick' }, now);
  }

  #watchTip(now: Now): LightNodeOutput[] {
    const { outboundCount, isDialling } = this.#options;
    switch (isDialling ? this.#tipWatch.tick(this.#headerSync.grownMs, now) : undefined) {
      case 'call-one-more':
        return this.#plan({ type: 'one-more-wanted', isWanted: true }, now);
      case 'part-with-one': {
        // First the plan, or it would replace the one that goes.
        const planned = this.#plan({ type: 'one-more-wanted', isWanted: false }, now);
        const surplus = this.#peers.surplus(outboundCount);
        if (surplus === undefined) return planned;
        const detail = 'more peers are connected than wanted, and this one brought nothing new';
        return [...planned, ...this.#hangUp(surplus, { reason: 'surplus', detail }, now)];
      }
      case undefined:
        return [];
    }
  }

  #accept(id: PeerId, endpoint: Endpoint, now: Now): LightNodeOutput[] {
    const admission = this.#peers.admit(endpoint.host, (host) => this.#memory.discouraged.has(host, now));
    if (admission.kind === 'refuse') return [{ do: 'hang-up', peer: id }];
    const outputs = admission.kind === 'evict' ? this.#hangUp(admission.peer, admission.disconnect, now) : [];
    this.#peers.open(id, endpoint, 'inbound', { startHeight: this.#tree.tip.height, now });
    return outputs.concat(this.#session(id, { type: 'connected' }, now));
  }

  #session(id: PeerId, input: SessionInput, now: Now): LightNodeOutput[] {
    const outputs = this.#peers.get(id)?.session.handle(input, now) ?? [];
    return outputs.flatMap((output) => this.#fromSession(id, output, now));
  }

  #fromSession(id: PeerId, output: SessionOutput, now: Now): LightNodeOutput[] {
    const peer = this.#peers.get(id);
    if (peer === undefined) return [];
    switch (output.do) {
      case 'send':
        return [{ do: 'send', peer: id, message: output.message }];
      case 'hang-up':
        return this.#hangUp(id, output.disconnect, now);
      case 'establish':
        peer.isEstablished = true;
        return this.#welcome(id, peer, output, now);
      case 'pass-on':
        return this.#route(id, peer, output.message, now);
    }
  }

  /** The handshake is over: each machine that the peer concerns is told. */
  #welcome(
    peer: PeerId,
    { endpoint, kind }: Peer,
    { info, wantsAddrV2, seesUsAt }: SessionOutput & { do: 'establish' },
    now: Now,
  ): LightNodeOutput[] {
    const outputs: LightNodeOutput[] = isNews(kind)
      ? [{ do: 'report', event: { event: 'peer-connected', endpoint, kind, info } }]
      : [];
    const isInbound = kind === 'inbound';
    if (!isInbound)
      outputs.push(...this.#plan({ type: 'established', endpoint, services: info.services }, now));
    if (kind === 'feeler') return [...outputs, ...this.#hangUp(peer, CALL_DONE, now)];
    const greeted = { peer, endpoint, kind, wantsAddrV2, seesUsAt };
    outputs.push(...this.#gossipAbout({ type: 'peer-ready', ...greeted }, now));
    if (kind === 'address-fetch') {
      this.#peers.update(peer, { endsMs: now.ms + FETCH_TIMEOUT_MS });
      return outputs;
    }
    if (this.#peers.surplus(this.#options.outboundCount) !== undefined) this.#tipWatch.beginTrial(now);
    outputs.push(...this.#server.join(peer, isInbound));
    return outputs.concat(this.#sync({ type: 'peer-ready', peer, info, isInbound }, now));
  }

  /** Hands a message to the one machine that it concerns. Those that concern none yet are passed over. */
  #route(peer: PeerId, { kind }: Peer, message: Message, now: Now): LightNodeOutput[] {
    const { command } = message;
    if (command === 'addr' || command === 'addrv2')
      return this.#gossipAbout({ type: 'told', peer, message }, now);
    if (command === 'getaddr') return this.#gossipAbout({ type: 'asked', peer }, now);
    return isNews(kind) ? this.#routeOfChain(peer, message, now) : [];
  }

  #routeOfChain(peer: PeerId, message: Message, now: Now): LightNodeOutput[] {
    const { command, payload } = message;
    if (command === 'headers') return this.#sync({ type: 'headers', peer, headers: payload.headers }, now);
    if (command === 'inv') return this.#sync({ type: 'inv', peer, items: payload.items }, now);
    if (command === 'getheaders') return this.#server.answerGetHeaders(peer, payload);
    if (command === 'getdata') return this.#server.answerGetData(peer, payload.items);
    if (command === 'sendheaders') this.#server.takeSendHeaders(peer);
    return [];
  }

  #sync(input: HeaderSyncInput, now: Now): LightNodeOutput[] {
    const from = 'peer' in input ? input.peer : undefined;
    return this.#headerSync.handle(input, now).flatMap((output) => this.#fromSync(output, from, now));
  }

  #fromSync(output: HeaderSyncOutput, from: PeerId | undefined, now: Now): LightNodeOutput[] {
    if (from !== undefined) this.#noteUse(from, output, now);
    switch (output.do) {
      case 'hang-up':
        return this.#hangUp(output.peer, output.disconnect, now);
      case 'complain': {
        const endpoint = this.#peers.get(output.peer)?.endpoint;
        if (endpoint !== undefined) this.#complaint = { endpoint, last: output.disconnect };
        return [];
      }
      case 'persist':
        return [output, ...this.#server.announce(output.change, from)];
      case 'report':
        if (output.event.event !== 'synced') return [output];
        if (!this.#options.follow) return [output, ...this.#finish()];
        if (this.#options.isDialling) this.#tipWatch.start(now);
        return [output, ...this.#server.announceTip()];
      case 'send':
        return [output];
    }
  }

  #noteUse(id: PeerId, output: HeaderSyncOutput, now: Now): void {
    // A peer is asked to announce what is new when it has given all that it has.
    const isAllGiven = output.do === 'send' && output.message.command === 'sendheaders';
    if (output.do === 'persist') this.#peers.update(id, { wasUseful: true, lastUsefulMs: now.ms });
    else if (isAllGiven) this.#peers.update(id, { wasUseful: true });
    else return;
    if (this.#progressDueMs !== undefined) this.#progressDueMs = now.ms + this.#options.progressTimeoutMs;
  }

  #hangUp(id: PeerId, disconnect: Disconnect, now: Now): LightNodeOutput[] {
    const outputs = [{ do: 'hang-up', peer: id } as const, ...this.#remove(id, disconnect, now)];
    const caller = this.#peers.takeCallToOurselves();
    const isOther = caller !== undefined && caller !== id;
    if (disconnect.reason !== 'self-connection' || !isOther) return outputs;
    return outputs.concat(this.#hangUp(caller, disconnect, now));
  }

  #remove(id: PeerId, disconnect: Disconnect, now: Now): LightNodeOutput[] {
    const peer = this.#peers.get(id);
    if (peer === undefined) return [];
    this.#peers.delete(id);
    const { endpoint, kind, isEstablished, wasUseful } = peer;
    if (COST_OF[disconnect.reason] === 'discourage') this.#discourage(endpoint.host, kind, now);
    const outputs: LightNodeOutput[] = isNews(kind)
      ? [{ do: 'report', event: { event: 'peer-disconnected', endpoint, kind, disconnect } }]
      : [];
    this.#gossipAbout({ type: 'peer-lost', peer: id }, now);
    this.#server.leave(id);
    // The plan comes first: whoever takes the peer's place decides whether others are waited for.
    const planned =
      kind === 'inbound' ? [] : this.#plan({ type: 'lost', endpoint, disconnect, wasUseful }, now);
    const synced = isEstablished && isNews(kind) ? this.#sync({ type: 'peer-lost', peer: id }, now) : [];
    return [...outputs, ...synced, ...planned];
  }

  /** Never one that the user named; nor this machine, from where all kinds of callers come. */
  #discourage(hostText: string, kind: PeerKind, now: Now): void {
    const host = parseHost(hostText);
    if (kind === 'manual' || host === undefined || isLoopback(host)) return;
    this.#memory.discouraged.add(hostText, now);
  }

  #gossipAbout(input: AddressGossipInput, now: Now): LightNodeOutput[] {
    return this.#gossip.handle(input, now).flatMap((output) => this.#fromGossip(output, now));
  }

  #fromGossip(output: AddressGossipOutput, now: Now): LightNodeOutput[] {
    switch (output.do) {
      case 'send':
        return [output];
      case 'hang-up':
        return this.#hangUp(output.peer, output.disconnect, now);
      case 'learnt': {
        const isFetch = this.#peers.get(output.peer)?.kind === 'address-fetch';
        if (isFetch && output.count > 0) this.#peers.update(output.peer, { wasUseful: true });
        const told = this.#plan({ type: 'addresses-told' }, now);
        // A single address is the peer's own: the answer is yet to come.
        return isFetch && output.count > 1 ? [...told, ...this.#hangUp(output.peer, CALL_DONE, now)] : told;
      }
    }
  }

  #plan(input: DialPlanInput, now: Now): LightNodeOutput[] {
    if (!this.#options.isDialling) return [];
    return this.#dialPlan.handle(input, now).flatMap((output) => this.#fromPlan(output, now));
  }

  #fromPlan(output: DialPlanOutput, now: Now): LightNodeOutput[] {
    switch (output.do) {
      case 'look-up':
        return [output];
      case 'dial': {
        const peer = this.newPeerId();
        this.#peers.open(peer, output.endpoint, output.kind, { startHeight: this.#tree.tip.height, now });
        return [{ do: 'dial', peer, endpoint: output.endpoint }];
      }
      case 'give-up':
        return this.#finish(describeGivingUp(output.tried, this.#options));
    }
  }

  #saveWhenDue(now: Now): LightNodeOutput[] {
    if (this.#saveDueMs === undefined || now.ms < this.#saveDueMs) return [];
    this.#saveDueMs = now.ms + SAVE_INTERVAL_MS;
    return this.#save();
  }

  #save(): LightNodeOutput[] {
    const anchors = this.#peers.longestOutbound(ANCHOR_COUNT);
    // Without a line those of the last time are still the best guess.
    if (anchors.length > 0) this.#memory.setAnchors(anchors);
    const change = this.#memory.takeChanges();
    return change === undefined ? [] : [{ do: 'save-peers', change }];
  }

  #finish(failure?: NodeFailure): LightNodeOutput[] {
    this.#isFinished = true;
    return [failure === undefined ? { do: 'finish' } : { do: 'finish', failure }];
  }
}

function warnOfSeed({ name, error }: LightNodeInput & { type: 'looked-up' }): LightNodeOutput[] {
  if (error === undefined) return [];
  const message = `DNS seed ${name} gave no address: ${error}`;
  return [{ do: 'report', event: { event: 'warning', code: 'seed-failed', message } }];
}
