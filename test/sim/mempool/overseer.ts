/** Stands around a client, sees all that it is told and does, and knows what is true: each broken promise is a violation. */
import { toHex } from '../../../src/bytes/hex.ts';
import type { LightNode, LightNodeInput, LightNodeOutput } from '../../../src/protocol/light-node.ts';
import type { Now } from '../../../src/protocol/machine.ts';
import type { SeenTx } from '../../../src/protocol/mempool/mempool-news.ts';
import type { PoolEntry } from '../../../src/protocol/mempool/pool-entry.ts';
import { type ConnectionInfo, endpointText, type PeerId } from '../../../src/protocol/peer.ts';
import { headerHash } from '../../../src/wire/header.ts';
import { identify } from '../../../src/wire/identified-tx.ts';
import type { MessageOf } from '../../../src/wire/message.ts';
import { type ClientNode, Violation } from '../client.ts';
import { Departures, type Removed } from './departures.ts';
import { outPointText, type RealTx } from './ledger.ts';
import { Promises } from './promises.ts';
import { type Connection, faultOf, type Truth } from './truth.ts';

/** From so many on it surely listens to more than one peer. */
const MANY_CONNECTIONS = 3;

type Event = (LightNodeOutput & { do: 'report' })['event'];

export class Overseer implements ClientNode {
  /** How often each thing was seen. */
  readonly counts = {
    told: 0,
    madeUp: 0,
    returned: 0,
    confirmed: 0,
    replaced: 0,
    conflict: 0,
    evicted: 0,
    dropped: 0,
  };
  /** When the client was at the tip first. */
  openedMs: number | undefined;
  readonly #light: LightNode;
  readonly #truth: Truth;
  readonly #connections = new Map<PeerId, Connection>();
  readonly #promises: Promises;
  readonly #departures: Departures;
  /** What is in the list, by what was told. */
  readonly #listed = new Set<string>();
  /** All that ever was, and what it spends. */
  readonly #told = new Map<string, readonly string[]>();
  /** How each that is not in the list left it. */
  readonly #ends = new Map<string, Removed>();
  /** What each block took from the list. */
  readonly #confirmedBy = new Map<string, string[]>();
  /** Blocks that the client has as they should be, or has done with. */
  readonly #settled = new Set<string>();
  /** Blocks of the client's best chain, by what they hold. */
  readonly #blockOf = new Map<string, string>();
  #hasLeftBlocks = false;
  #evicted: { tx: RealTx; peerCount: number }[] = [];

  constructor(light: LightNode, truth: Truth) {
    this.#light = light;
    this.#truth = truth;
    this.#promises = new Promises(truth, this.#connections);
    this.#departures = new Departures(truth);
  }

  get slowestMs(): number {
    return this.#promises.slowestMs;
  }

  newPeerId(): PeerId {
    return this.#light.newPeerId();
  }

  connections(now: Now): ConnectionInfo[] {
    return this.#light.connections(now);
  }

  deadline(): number | undefined {
    return this.#light.deadline();
  }

  handle(input: LightNodeInput, now: Now): LightNodeOutput[] {
    const culprit = this.#hear(input, now);
    const outputs = this.#light.handle(input, now);
    this.#checkReturned(outputs);
    for (const output of outputs) this.#note(output, now);
    if (culprit !== undefined) {
      this.counts.dropped++;
      if (!outputs.some((output) => output.do === 'hang-up' && output.peer === culprit.peer))
        throw new Violation(`peer ${culprit.peer} sent ${culprit.fault} and was not dropped`);
    }
    const bytes = this.#light.mempool?.bytes ?? 0;
    if (bytes > this.#truth.maxBytes) throw new Violation(`the list takes ${bytes} bytes`);
    this.#departures.checkEvicted(this.#evicted, () => this.#holdsWeak());
    this.#evicted = [];
    this.#checkPromises(now);
    return outputs;
  }

  /**
   * Compares what was told with what is there, and with what honest nodes have.
   *
   * @param present keys of what all honest nodes have.
   */
  checkEnd(present: ReadonlySet<string>, now: Now): void {
    this.#checkPromises(now);
    const entries = this.#entries();
    const held = new Set(entries.map(({ txid }) => toHex(txid)));
    for (const key of this.#listed) if (!held.has(key)) throw new Violation(`${key} left silently`);
    for (const entry of entries) this.#checkHeld(entry, present);
    for (const key of this.#truth.hasRoom ? this.#promises.due() : [])
      if (!held.has(key)) throw new Violation(`${key} is not in the list at the end`);
  }

  #checkHeld({ txid, wtxid }: PoolEntry, present: ReadonlySet<string>): void {
    const key = toHex(txid);
    if (!this.#listed.has(key)) throw new Violation(`${key} came silently`);
    const real = this.#truth.ledger.get(key);
    if (real === undefined) return;
    // Where fees cannot be compared the most words win, and hostile peers may speak for what nobody has any more.
    const needed = Math.max(2, 1 + this.#truth.hostileCount);
    const isKnown = (other: string): boolean =>
      this.#told.has(other) && this.#promises.standingBy(other) >= needed;
    const isTold = (other: string): boolean =>
      this.#told.has(other) && !this.#promises.isStale(other) && this.#ends.get(other)?.reason !== 'evicted';
    if (!present.has(key) && !this.#promises.isStale(key))
      this.#departures.checkLeftOver(real, present, { isTold, isKnown });
    const isTwisted = toHex(wtxid) !== toHex(real.tx.wtxid);
    // Whoever has the right one must have it still: it may have been held up until it was of no use.
    if (isTwisted && this.#truth.knowsWitnesses && isKnown(key) && present.has(key))
      throw new Violation(`${key} is shown with a made-up witness`);
  }

  /** Returns who must be hung up on for it. */
  #hear(input: LightNodeInput, now: Now): { peer: PeerId; fault: string } | undefined {
    if (input.type === 'accepted') this.#connect(input.peer, input.endpoint.host, false);
    if (input.type === 'lost') this.#connections.delete(input.peer);
    if (input.type !== 'received') return undefined;
    const { peer, message } = input;
    const connection = this.#connections.get(peer);
    if (connection === undefined) return undefined;
    const { ledger } = this.#truth;
    const fault = faultOf(message, connection, { ledger, settled: this.#settled });
    if (message.command === 'inv') this.#promises.hearInv(peer, connection, message.payload.items, now.ms);
    else if (message.command === 'tx')
      this.#promises.hearTx(toHex(identify(message.payload).txid), connection);
    else if (message.command === 'block') this.#hearBlock(message, connection);
    return fault === undefined ? undefined : { peer, fault };
  }

  #hearBlock(message: MessageOf<'block'>, { asked }: Connection): void {
    const hash = headerHash(message.payload.header);
    const block = toHex(hash);
    const body = this.#truth.ledger.bodyOf(hash);
    if (body?.message !== message || !asked.has(block) || this.#settled.has(block)) return;
    this.#settled.add(block);
    for (const { txid } of body.transactions) this.#blockOf.set(toHex(txid), block);
  }

  #note(output: LightNodeOutput, now: Now): void {
    if (output.do === 'dial') this.#connect(output.peer, output.endpoint.host, true);
    else if (output.do === 'hang-up') this.#connections.delete(output.peer);
    else if (output.do === 'report') this.#noteEvent(output.event, now);
    else if (output.do === 'send' && output.message.command === 'getdata')
      for (const { hash } of output.message.payload.items)
        this.#connections.get(output.peer)?.asked.add(toHex(hash));
  }

  #noteEvent(event: Event, now: Now): void {
    if (event.event === 'synced') this.openedMs = now.ms;
    else if (event.event === 'tx') this.#noteTx(toHex(event.tx.txid), event.tx);
    else if (event.event === 'tx-removed') this.#noteRemoved(toHex(event.txid), event);
    else if (event.event === 'tx-updated') {
      const key = toHex(event.standing.txid);
      if (!this.#listed.has(key)) throw new Violation(`news of ${key}, which is not in the list`);
    } else if (event.event === 'peer-disconnected') {
      const { reason, detail } = event.disconnect;
      const isBlamed = reason === 'bad-transaction' || reason === 'bad-block';
      if (isBlamed && this.#truth.honest.has(event.endpoint.host))
        throw new Violation(`honest ${endpointText(event.endpoint)} was blamed: ${reason}: ${detail}`);
    }
  }

  #noteTx(key: string, { tx, isReturned }: SeenTx): void {
    if (this.#listed.has(key)) throw new Violation(`${key} was told twice`);
    const isReal = this.#truth.ledger.get(key) !== undefined;
    if (this.#blockOf.has(key)) throw new Violation(`${key} was told, and is confirmed`);
    const end = this.#ends.get(key);
    if (isReturned !== (end?.reason === 'confirmed'))
      throw new Violation(`${key} is ${isReturned ? '' : 'not '}said to be back, after ${end?.reason}`);
    if (isReal && end !== undefined && !this.#mayComeAgain(end))
      throw new Violation(`${key} was told again after ${end.reason}`);
    this.#listed.add(key);
    this.#told.set(
      key,
      tx.inputs.map(({ previous }) => outPointText(previous)),
    );
    this.counts[isReturned ? 'returned' : isReal ? 'told' : 'madeUp']++;
  }

  /**
   * What was contradicted by a block that was left may be right again. What lost its place is told again when two peers
   * announce it after that, and one of them may only be behind; it must not win by that, which is checked elsewhere.
   */
  #mayComeAgain({ reason }: Removed): boolean {
    return reason !== 'conflict' || this.#hasLeftBlocks;
  }

  #noteRemoved(key: string, event: Removed): void {
    if (!this.#listed.delete(key)) throw new Violation(`${key} left, and was not there`);
    this.#ends.set(key, event);
    const { reason, peerCount } = event;
    if (reason === 'expired') throw new Violation(`${key} expired`);
    this.counts[reason]++;
    if (reason === 'confirmed') {
      const block = this.#departures.checkConfirmed(key, event);
      this.#confirmedBy.set(block, [...(this.#confirmedBy.get(block) ?? []), key]);
    }
    const tx = this.#truth.ledger.get(key);
    if (tx === undefined) return;
    if (reason === 'evicted') this.#evicted.push({ tx, peerCount });
    if (reason === 'conflict') this.#departures.checkConflict(tx, event);
    if (reason === 'replaced') this.#checkReplaced(tx, event);
  }

  #checkReplaced(tx: RealTx, { replacedBy }: Removed): void {
    const key = replacedBy === undefined ? '' : toHex(replacedBy);
    const standsBy = (other: string): number => this.#promises.standingBy(other);
    this.#departures.checkReplaced(tx, { key, spends: this.#told.get(key) ?? [] }, standsBy);
  }

  /** When blocks leave the best chain, what they took from the list comes back at once. */
  #checkReturned(outputs: readonly LightNodeOutput[]): void {
    const returned = new Set(
      outputs.flatMap((output) =>
        output.do === 'report' && output.event.event === 'tx' && output.event.tx.isReturned
          ? [toHex(output.event.tx.txid)]
          : [],
      ),
    );
    const left = outputs.flatMap((output) =>
      output.do === 'persist' ? output.change.removed.map((hash) => toHex(hash)) : [],
    );
    for (const block of left) {
      this.#hasLeftBlocks = true;
      this.#settled.add(block);
      for (const [key, other] of this.#blockOf) if (other === block) this.#blockOf.delete(key);
      for (const key of this.#confirmedBy.get(block) ?? [])
        if (!returned.has(key)) throw new Violation(`${key} did not come back`);
      this.#confirmedBy.delete(block);
    }
  }

  #checkPromises(now: Now): void {
    if (this.openedMs !== undefined)
      this.#promises.check((key) => this.#told.has(key), this.openedMs, now.ms);
  }

  /** Whether there is anything that only one of many peers announced. */
  #holdsWeak(): boolean {
    const connections = [...this.#connections.values()];
    const isOneOfMany = connections.length >= MANY_CONNECTIONS && connections.every(({ isOurs }) => isOurs);
    return isOneOfMany && this.#entries().some(({ announcers }) => announcers.length < 2);
  }

  #entries(): PoolEntry[] {
    return [...(this.#light.mempool?.entries() ?? [])];
  }

  #connect(peer: PeerId, host: string, isOurs: boolean): void {
    this.#connections.set(peer, { host, isOurs, asked: new Set() });
  }
}
