/** The whole client as one machine: it owns the others and hands each of them what is theirs. */

import type { HeaderTree } from '../chain/header-tree.ts';
import type { InventoryItem } from '../wire/inventory.ts';
import type { Message } from '../wire/message.ts';
import { ChainUsers, type ChainUserInput } from './chain-users.ts';
import { HeaderSync } from './headers/header-sync.ts';
import type { HeaderSyncInput, HeaderSyncOutput } from './headers/sync-contract.ts';
import { earliest, type Machine, type Now, type Random } from './machine.ts';
import type { Mempool } from './mempool/mempool.ts';
import type { LightNodeInput, LightNodeOptions, LightNodeOutput } from './node-contract.ts';
import { describeGivingUp, describeSeedTrouble, type NodeFailure } from './node-failure.ts';
import { dialPlanOptions, headerSyncOptions, peerTableOptions } from './part-options.ts';
import type { ConnectionInfo, Disconnect, Endpoint, PeerId } from './peer.ts';
import { CALL_DONE, isNews, type Peer, PeerTable } from './peer-table.ts';
import { PeerRenewal } from './peer-renewal.ts';
import { ANCHOR_COUNT, PeerSaving } from './peer-saving.ts';
import { AddressGossip, type AddressGossipInput, type AddressGossipOutput } from './peers/address-gossip.ts';
import { DialPlan, type DialPlanInput, type DialPlanOutput } from './peers/dial-plan.ts';
import { COST_OF } from './peers/misbehaviour.ts';
import { PeerMemory, type RecordChange } from './peers/peer-memory.ts';
import { Server } from './serve/server.ts';
import type { SessionInput, SessionOutput } from './session/session.ts';
import { SyncPatience } from './sync-patience.ts';

export type { LightNodeInput, LightNodeOptions, LightNodeOutput } from './node-contract.ts';

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
  readonly #users: ChainUsers;
  readonly #renewal: PeerRenewal;
  readonly #patience: SyncPatience;
  readonly #saving: PeerSaving;
  readonly #peers: PeerTable;
  #now: Now = { ms: 0, unixSeconds: 0 };
  #lastPeerId = 0;
  #isFinished = false;

  /** @param memory what is known of peers; by default nothing. */
  constructor(tree: HeaderTree, options: LightNodeOptions, random: Random, memory?: PeerMemory) {
    const { network, connect, usesGossip } = options;
    const separatesPrivate = network.hasPrivateNodes;
    this.#options = options;
    this.#tree = tree;
    this.#memory = memory ?? PeerMemory.restore([], { separatesPrivate }, random, this.#now);
    this.#peers = new PeerTable(peerTableOptions(options), random);
    this.#patience = new SyncPatience(options.progressTimeoutMs);
    this.#saving = new PeerSaving(this.#memory, () => this.#peers.longestOutbound(ANCHOR_COUNT));
    const surroundings = {
      latencyMsOf: (peer: PeerId) => this.#peers.get(peer)?.session.latencyMs,
      canReplace: () => options.isDialling && this.#dialPlan.canReplace(this.#now),
      areOthersComing: () => this.#dialPlan.isCalling,
    };
    this.#headerSync = new HeaderSync(tree, headerSyncOptions(options), surroundings, random);
    this.#renewal = new PeerRenewal(options, this.#peers);
    const preferredServices = (): bigint => this.#renewal.preferredServices;
    this.#dialPlan = new DialPlan({ ...dialPlanOptions(options), preferredServices }, this.#memory, random);
    // Who is to call nobody but the peers that were named need not hear of others.
    const isAsking = usesGossip && connect.length === 0;
    this.#gossip = new AddressGossip({ usesGossip: isAsking, separatesPrivate }, this.#memory, random);
    this.#server = new Server(tree, !options.isDialling);
    const sharedHeightOf = (peer: PeerId): number | undefined => this.#headerSync.sharedHeight(peer);
    const holdersOf = (height: number): PeerId[] =>
      this.#peers.holdersOf(height, tree.tip.height, sharedHeightOf);
    const filterServers = () => this.#peers.filterServers(sharedHeightOf);
    const areOthersComing = (): boolean =>
      surroundings.areOthersComing() || (this.#renewal.isSearching && surroundings.canReplace());
    this.#users = new ChainUsers(options, { chain: tree, holdersOf, filterServers, areOthersComing }, random);
  }

  /** A name for a connection that is about to be made or was accepted. */
  newPeerId(): PeerId {
    return ++this.#lastPeerId;
  }

  /** The unconfirmed transactions that are held; undefined where none are watched. */
  get mempool(): Mempool | undefined {
    return this.#users.mempool;
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
    if (input.type === 'stopping')
      return this.#perform(this.#users.stop(), now).concat(saved(this.#saving.take()));
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
        if (this.#options.isDialling && !this.#options.follow) this.#patience.start(now);
        this.#saving.start(now);
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
      case 'submitted':
      case 'block-wanted':
        return this.#tellUsers(input, now);
      case 'tick':
        return this.#tick(now);
    }
  }

  #takeAddresses(input: LightNodeInput & { type: 'looked-up' }, now: Now): LightNodeOutput[] {
    const { name, addresses, error } = input;
    const planned = this.#plan({ type: 'looked-up', name, addresses }, now);
    const isAskedAgain = planned.some((output) => output.do === 'look-up');
    return isAskedAgain ? planned : [...describeSeedTrouble(name, error), ...planned];
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
      this.#renewal.deadline(),
      this.#users.deadline(),
      this.#patience.deadline(),
      this.#saving.deadline(),
    );
    return due === Number.POSITIVE_INFINITY ? undefined : due;
  }

  #tick(now: Now): LightNodeOutput[] {
    const failure = this.#patience.failure(this.#tree.tip.height, now);
    if (failure !== undefined) return this.#finish(failure);
    const peers = Array.from(this.#peers.keys());
    return peers
      .flatMap((peer) => this.#tickPeer(peer, now))
      .concat(
        this.#sync({ type: 'tick' }, now),
        this.#renewPeers(now),
        this.#plan({ type: 'tick' }, now),
        this.#gossipAbout({ type: 'tick' }, now),
        this.#tellUsers({ type: 'tick' }, now),
        saved(this.#saving.tick(now)),
      );
  }

  #tickPeer(id: PeerId, now: Now): LightNodeOutput[] {
    const endsMs = this.#peers.get(id)?.endsMs;
    if (endsMs !== undefined && now.ms >= endsMs) return this.#hangUp(id, CALL_DONE, now);
    return this.#session(id, { type: 'tick' }, now);
  }

  #renewPeers(now: Now): LightNodeOutput[] {
    return this.#renewal
      .tick(this.#headerSync.grownMs, now)
      .flatMap(({ isOneMoreWanted: isWanted, parting }) => [
        // First the plan, or it would replace the one that goes.
        ...(isWanted === undefined ? [] : this.#plan({ type: 'one-more-wanted', isWanted }, now)),
        ...(parting === undefined ? [] : this.#hangUp(parting.peer, parting.disconnect, now)),
      ]);
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
    { info, wantsAddrV2, seesUsAt, usesWtxid, wantsTxs }: SessionOutput & { do: 'establish' },
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
    this.#renewal.welcome(now);
    outputs.push(...this.#server.join(peer, isInbound));
    const { services } = info;
    const relay = { endpoint, services, usesWtxid, wantsTxs, isInbound };
    outputs.push(...this.#tellUsers({ type: 'peer-ready', peer, ...relay }, now));
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
    if (command === 'inv') {
      const announced = this.#sync({ type: 'inv', peer, items: payload.items }, now);
      return announced.concat(this.#tellUsers({ type: 'message', peer, message }, now));
    }
    if (command === 'getheaders') return this.#server.answerGetHeaders(peer, payload);
    if (command === 'getdata') return this.#answerGetData(peer, payload.items, now);
    if (command === 'sendheaders') this.#server.takeSendHeaders(peer);
    return this.#tellUsers({ type: 'message', peer, message }, now);
  }

  #answerGetData(peer: PeerId, items: readonly InventoryItem[], now: Now): LightNodeOutput[] {
    const { outputs, missing } = this.#users.answerGetData(peer, items);
    return [...this.#perform(outputs, now), ...this.#server.answerGetData(peer, missing)];
  }

  #tellUsers(input: ChainUserInput, now: Now): LightNodeOutput[] {
    return this.#perform(this.#users.handle(input, now), now);
  }

  /** Parts ask for what the node asks for; only who hangs up has to say why. */
  #perform(outputs: readonly PartOutput[], now: Now): LightNodeOutput[] {
    return outputs.flatMap((output) => {
      if (output.do === 'finish') return this.#finish(output.failure);
      return 'disconnect' in output ? this.#hangUp(output.peer, output.disconnect, now) : [output];
    });
  }

  #sync(input: HeaderSyncInput, now: Now): LightNodeOutput[] {
    const wasSynced = this.#headerSync.isSynced;
    const outputs = this.#headerSync.handle(input, now);
    // What new blocks hold is told after the blocks, but they hear of the change before anything else can reach them. What came
    // before `synced` is history; what was left matters even then.
    const told = outputs.flatMap((output) =>
      output.do === 'persist' && (wasSynced || output.change.removed.length > 0)
        ? this.#tellUsers({ type: 'chain-changed', change: output.change }, now)
        : [],
    );
    const done = outputs.flatMap((output) => this.#fromSync(output, now));
    // Whoever has shown a header may be asked about its block.
    return done.concat(told, wasSynced ? this.#tellUsers({ type: 'tick' }, now) : []);
  }

  #fromSync(output: HeaderSyncOutput, now: Now): LightNodeOutput[] {
    this.#noteUse(output, now);
    switch (output.do) {
      case 'hang-up':
        return this.#hangUp(output.peer, output.disconnect, now);
      case 'complain': {
        const endpoint = this.#peers.get(output.peer)?.endpoint;
        if (endpoint !== undefined) this.#patience.complain(endpoint, output.disconnect);
        return [];
      }
      case 'persist':
        return [
          { do: 'persist', change: output.change },
          ...this.#server.announce(output.change, output.from),
        ];
      case 'report':
        if (output.event.event !== 'synced') return [output];
        this.#patience.end();
        if (!this.#options.follow && this.#options.scan === undefined) return [output, ...this.#finish()];
        this.#renewal.start(now);
        return [
          output,
          ...this.#server.announceTip(),
          ...this.#tellUsers({ type: 'synced', tip: this.#tree.tip }, now),
        ];
      case 'send':
        return [output];
    }
  }

  #noteUse(output: HeaderSyncOutput, now: Now): void {
    // A peer is asked to announce what is new when it has given all that it has.
    const isAllGiven = output.do === 'send' && output.message.command === 'sendheaders';
    const isCounting = output.do === 'report' && output.event.event === 'progress';
    if (output.do === 'persist') this.#peers.update(output.from, { wasUseful: true, lastUsefulMs: now.ms });
    else if (isAllGiven) this.#peers.update(output.peer, { wasUseful: true });
    else if (!isCounting) return;
    this.#patience.noteProgress(now);
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
    if (COST_OF[disconnect.reason] === 'discourage') this.#memory.discourage(endpoint.host, kind, now);
    const outputs: LightNodeOutput[] = isNews(kind)
      ? [{ do: 'report', event: { event: 'peer-disconnected', endpoint, kind, disconnect } }]
      : [];
    this.#gossipAbout({ type: 'peer-lost', peer: id }, now);
    this.#server.leave(id);
    // The plan comes first: whoever takes the peer's place decides whether others are waited for.
    const planned =
      kind === 'inbound' ? [] : this.#plan({ type: 'lost', endpoint, disconnect, wasUseful }, now);
    const synced = isEstablished && isNews(kind) ? this.#sync({ type: 'peer-lost', peer: id }, now) : [];
    const asked = this.#tellUsers({ type: 'peer-lost', peer: id }, now);
    return [...outputs, ...synced, ...planned, ...asked];
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

  #finish(failure?: NodeFailure): LightNodeOutput[] {
    this.#isFinished = true;
    return [failure === undefined ? { do: 'finish' } : { do: 'finish', failure }];
  }
}

/** What a part of the node asks for. */
type PartOutput =
  LightNodeOutput | { readonly do: 'hang-up'; readonly peer: PeerId; readonly disconnect: Disconnect };

function saved(change: RecordChange | undefined): LightNodeOutput[] {
  return change === undefined ? [] : [{ do: 'save-peers', change }];
}
