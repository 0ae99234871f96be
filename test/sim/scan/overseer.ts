/** Sees all that a scan asks for and tells, and knows what is true: each broken promise is a violation. */
import { toHex } from '../../../src/bytes/hex.ts';
import { type BlockPayments, totalSats } from '../../../src/ledger/payment.ts';
import type { NodeFailure } from '../../../src/protocol/node-failure.ts';
import type { PeerId } from '../../../src/protocol/peer.ts';
import type { ScanChange, ScanNews, ScanOptions } from '../../../src/protocol/scan/scan-contract.ts';
import type { Message } from '../../../src/wire/message.ts';
import type { MadeBestChain } from '../../support/scan-chain.ts';
import type { ScanBlock } from '../../support/scan-blocks.ts';
import { linesOf, Truths } from '../../support/scan-truth.ts';
import { Violation } from '../client.ts';
import type { ScanPeer } from './peer.ts';

/** BIP 157. */
const MAX_FILTERS = 1_000;
const MAX_HASHES = 2_000;
/** Requests for filters and what is said of them in one round trip: three runs, four stretches, and what is in dispute. */
const MAX_REQUESTS = 150;
/** Blocks that are asked for and have not come, all peers taken together. */
const MAX_BLOCKS_IN_FLIGHT = 16;

type Scanned = ScanNews & { event: 'scanned' };

export class Overseer {
  /** How often each thing was seen. */
  readonly counts = {
    scanned: 0,
    payments: 0,
    removed: 0,
    resumed: 0,
    liars: 0,
    silent: 0,
    badBlocks: 0,
    disputed: 0,
    unbacked: 0,
    failed: 0,
  };
  readonly #options: Pick<ScanOptions, 'fromHeight' | 'scripts' | 'follow'>;
  readonly #chain: MadeBestChain;
  readonly #truths: Truths;
  #told: BlockPayments[] = [];
  #balanceSats = 0n;
  #hasBegun = false;
  #progress = -1;
  /** Moments at which each peer was asked for something, in its last round trip. */
  readonly #requestsMs = new Map<PeerId, number[]>();
  readonly #blocksInFlight = new Map<string, Set<PeerId>>();
  lastScanned: Scanned | undefined;
  #scannedHash = '';
  /** Who told a lie that the block shows, and about which block, on the chain as it is now. */
  readonly #lies = new Map<ScanPeer, ScanBlock>();

  constructor(options: Pick<ScanOptions, 'fromHeight' | 'scripts' | 'follow'>, chain: MadeBestChain) {
    this.#options = options;
    this.#chain = chain;
    this.#truths = new Truths(options.fromHeight, options.scripts);
  }

  /** A new run begins: nothing was told in it yet. */
  begin(): void {
    this.#checkKept();
    this.#told = [];
    this.#balanceSats = 0n;
    this.#hasBegun = false;
    this.#progress = -1;
    this.lastScanned = undefined;
    this.#requestsMs.clear();
    this.#blocksInFlight.clear();
    this.#lies.clear();
  }

  /** The blocks above a height left the best chain. */
  chainChanged(forkHeight: number): void {
    this.#checkKept();
    this.#progress = Math.min(this.#progress, forkHeight);
    this.#blocksInFlight.clear();
    this.#lies.clear();
  }

  peerLost(id: PeerId): void {
    for (const owing of this.#blocksInFlight.values()) owing.delete(id);
  }

  blockCame(hash: Uint8Array): void {
    this.#blocksInFlight.delete(toHex(hash));
  }

  sent(peer: ScanPeer, id: PeerId, message: Message, ms: number): void {
    const provenHeight = peer.provenHeight(this.#chain.last);
    if (message.command !== 'getdata') this.#countRequest(id, ms, 2 * peer.nature.latencyMs);
    const { command, payload } = message;
    if (command === 'getdata') {
      for (const { hash } of payload.items) this.#askForBlock(id, hash, provenHeight);
    } else if (command === 'getcfcheckpt') {
      this.#checkStop(payload.stopHash, provenHeight, command);
    } else if (command === 'getcfheaders' || command === 'getcfilters') {
      const count = this.#checkStop(payload.stopHash, provenHeight, command) - payload.startHeight + 1;
      if (count < 1 || count > (command === 'getcfilters' ? MAX_FILTERS : MAX_HASHES))
        throw new Violation(`${command} for ${count} blocks`);
    } else throw new Violation(`a scan sends ${command}`);
  }

  #countRequest(id: PeerId, ms: number, roundTripMs: number): void {
    const recent = (this.#requestsMs.get(id) ?? []).filter((atMs) => atMs > ms - roundTripMs);
    this.#requestsMs.set(id, [...recent, ms]);
    if (recent.length >= MAX_REQUESTS) throw new Violation(`peer ${id} is asked too often`);
  }

  #checkStop(hash: Uint8Array, provenHeight: number, command: string): number {
    const height = this.#chain.heightOf(hash);
    if (height === undefined || height > provenHeight)
      throw new Violation(`${command} up to height ${height} of a peer that has shown ${provenHeight}`);
    return height;
  }

  #askForBlock(id: PeerId, hash: Uint8Array, provenHeight: number): void {
    this.#checkStop(hash, provenHeight, 'getdata');
    const key = toHex(hash);
    const owing = this.#blocksInFlight.get(key) ?? new Set();
    this.#blocksInFlight.set(key, owing.add(id));
    const inFlight = [...this.#blocksInFlight.values()].filter(({ size }) => size > 0).length;
    if (inFlight > MAX_BLOCKS_IN_FLIGHT) throw new Violation(`${inFlight} blocks are asked for at a time`);
  }

  saved({ added, scanned }: ScanChange, blocks: readonly BlockPayments[]): void {
    if (scanned === undefined) return;
    const block = this.#chain.at(scanned.height);
    if (toHex(block.hash) !== toHex(scanned.hash))
      throw new Violation('another block is saved than that of the chain');
    if (added.some(({ height }) => height > scanned.height))
      throw new Violation('blocks are saved that were not looked at');
    this.#compare('what is saved', blocks, this.#truths.of(block).lines);
  }

  /** @returns whether the scan has got on. */
  told(event: ScanNews): boolean {
    switch (event.event) {
      case 'payments':
        this.counts.payments++;
        if (event.isStored) this.counts.resumed++;
        this.#tellPayments(event);
        return true;
      case 'payments-removed':
        this.counts.removed++;
        this.#tellRemoved(event);
        return true;
      case 'scan-progress':
        this.#hasBegun = true;
        return this.#tellProgress(event);
      case 'scanned':
        this.counts.scanned++;
        this.#tellScanned(event);
        return true;
      case 'warning':
        if (event.code === 'filters-disputed') this.counts.disputed++;
        if (event.code === 'filters-unbacked') this.counts.unbacked++;
        return false;
    }
  }

  #tellProgress({ height, target }: ScanNews & { event: 'scan-progress' }): boolean {
    if (height < this.#progress) throw new Violation(`progress from ${this.#progress} to ${height}`);
    if (target !== this.#chain.tip.height) throw new Violation(`a target of ${target}`);
    const isFurther = height > this.#progress;
    this.#progress = height;
    return isFurther;
  }

  #tellPayments({ found, balanceSats, isStored }: ScanNews & { event: 'payments' }): void {
    const last = this.#told.at(-1)?.height ?? -1;
    if (found.height <= last) throw new Violation(`payments at ${found.height} after those at ${last}`);
    if (this.#chain.heightOf(found.hash) !== found.height)
      throw new Violation(`payments in a block that is not at height ${found.height} of the best chain`);
    if (isStored && this.#hasBegun) throw new Violation('what is stored is told too late');
    if (balanceSats !== this.#balanceSats)
      throw new Violation(
        `a balance of ${balanceSats} before height ${found.height}, not ${this.#balanceSats}`,
      );
    this.#told.push(found);
    this.#balanceSats += netOf(found);
  }

  #tellRemoved({ found, balanceSats }: ScanNews & { event: 'payments-removed' }): void {
    if (this.#told.pop() !== found)
      throw new Violation(`payments at ${found.height} are not the last that were told`);
    if (balanceSats !== this.#balanceSats)
      throw new Violation(
        `a balance of ${balanceSats} with height ${found.height}, not ${this.#balanceSats}`,
      );
    this.#balanceSats -= netOf(found);
  }

  #tellScanned(event: Scanned): void {
    const { last } = this.#chain;
    if (toHex(event.tip.hash) !== toHex(last.hash)) throw new Violation('scanned up to what is not the tip');
    const { lines, ...sums } = this.#truths.of(last);
    this.#compare('what was told', this.#told, lines);
    for (const [name, value] of Object.entries(sums)) {
      const told = event[name as keyof typeof sums];
      if (told !== value) throw new Violation(`${name} is told to be ${told}, and is ${value}`);
    }
    this.lastScanned = event;
    this.#scannedHash = toHex(event.tip.hash);
  }

  /** What was told may be read later, when the chain is another. */
  #checkKept(): void {
    if (this.lastScanned !== undefined && toHex(this.lastScanned.tip.hash) !== this.#scannedHash)
      throw new Violation('the tip that was told has changed');
  }

  #compare(what: string, blocks: readonly BlockPayments[], lines: readonly string[]): void {
    const found = blocks.flatMap(linesOf);
    const missing = lines.find((line) => !found.includes(line));
    if (missing !== undefined) throw new Violation(`${what} lacks ${missing}`);
    const surplus = found.find((line) => !lines.includes(line));
    if (surplus !== undefined) throw new Violation(`${what} has ${surplus}`);
    if (found.join('\n') !== lines.join('\n')) throw new Violation(`${what} is in another order`);
  }

  hungUp(peer: ScanPeer, reason: string, detail: string): void {
    const isBlame = reason !== 'filters-timeout';
    if (peer.nature.isHonest && isBlame)
      throw new Violation(`honest ${peer.nature.name} is hung up on: ${reason}: ${detail}`);
    if (peer.nature.isSteady)
      throw new Violation(`steady ${peer.nature.name} is hung up on: ${reason}: ${detail}`);
    if (reason === 'bad-block') this.counts.badBlocks++;
    else if (isBlame) this.counts.liars++;
    else this.counts.silent++;
  }

  /** A peer says of a block what the block contradicts. */
  lied(peer: ScanPeer, block: ScanBlock): void {
    this.#lies.set(peer, block);
  }

  /** All is over, and somebody honest was asked too. Where blocks did not show who lies they are not asked any more. */
  checkLiars(): void {
    if (this.counts.disputed > 0) return;
    for (const [{ id, isBanned, nature }, { height }] of this.#lies) {
      const isPlain = nature.filters === 'plain' && nature.latencyMs < 500 && nature.staysMs === undefined;
      // Who comes late has no say in what is decided.
      const isThere = nature.joinsMs === 0 && nature.showsAfterMs === 0;
      if (!isBanned && id !== undefined && isPlain && isThere)
        throw new Violation(`${nature.name} (${id}) lied about height ${height} and is still there`);
    }
  }

  finished(failure: NodeFailure | undefined): void {
    if (failure !== undefined) this.counts.failed++;
    if (this.#options.follow) throw new Violation(`a scan that follows ends: ${failure?.code}`);
    if (failure === undefined && this.lastScanned === undefined)
      throw new Violation('it ends and tells nothing');
  }
}

function netOf({ payments }: BlockPayments): bigint {
  return payments.reduce((sum, { received, spent }) => sum + totalSats(received) - totalSats(spent), 0n);
}
