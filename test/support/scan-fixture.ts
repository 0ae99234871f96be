/** A scan whose peers a test plays itself, on a chain of made blocks. */
import assert from 'node:assert/strict';
import type { PeerId } from '../../src/protocol/peer.ts';
import { FilterScan } from '../../src/protocol/scan/filter-scan.ts';
import type {
  ScanChange,
  FilterServer,
  ScanInput,
  ScanMessage,
  ScanNews,
  ScanOptions,
  ScanOutput,
} from '../../src/protocol/scan/scan-contract.ts';
import type { Message } from '../../src/wire/message.ts';
import { FalseClock } from './false-time.ts';
import { BlockDraft, type Coin, type ScanBlock } from './scan-blocks.ts';
import { MadeBestChain } from './scan-chain.ts';
import { madeScript, type MadeScript } from './scan-scripts.ts';

/** What is looked for. */
export const OURS: MadeScript = madeScript('p2wpkh', 1);
/** What is not. */
export const THEIRS: MadeScript = madeScript('p2wpkh', 2);
/** An amount that a payment has, satoshis. */
export const PAID = 1_000;

let salt = 0;

/** The block after another; one that pays to {@link OURS} if so wished. */
export function blockOn(parent: ScanBlock | undefined, pays = false): ScanBlock {
  const draft = new BlockDraft(parent);
  const coin = { ...nowhere(draft.height), owner: THEIRS, valueSats: BigInt(PAID), height: -1 };
  if (pays) draft.add({ spends: [coin], pays: [[OURS, PAID]] });
  return draft.finish(THEIRS, ++salt);
}

function nowhere(height: number): Pick<Coin, 'txid' | 'vout'> {
  return { txid: Uint8Array.from({ length: 32 }, (_, i) => (i < 4 ? height >> (8 * i) : 0x77)), vout: 0 };
}

/** @param payments heights of blocks that pay to {@link OURS}. */
export function chainTo(height: number, payments: readonly number[] = [], parent?: ScanBlock): ScanBlock {
  let tip = parent;
  while (tip === undefined || tip.height < height)
    tip = blockOn(tip, payments.includes((tip?.height ?? -1) + 1));
  return tip;
}

export type ScanSettings = Partial<Omit<ScanOptions, 'scripts'>> & {
  /** Peers that serve filters and have blocks; by default 1 and 2. */
  readonly servers?: readonly PeerId[];
  /** Peers that only have blocks. */
  readonly holders?: readonly PeerId[];
};

export class ScanBench {
  readonly clock = new FalseClock();
  readonly chain: MadeBestChain;
  readonly scan: FilterScan;
  servers: FilterServer[];
  holders: PeerId[];
  areOthersComing = false;
  /** All that was put out and not taken yet. */
  #outputs: ScanOutput[] = [];

  constructor(tip: ScanBlock, { servers = [1, 2], holders = [], ...options }: ScanSettings = {}) {
    this.chain = new MadeBestChain(tip);
    this.servers = servers.map((peer) => ({ peer, provenHeight: tip.height }));
    this.holders = [...servers, ...holders];
    this.scan = new FilterScan(
      {
        scripts: [OURS.script],
        fromHeight: 0,
        usesFilters: true,
        opinionsNeeded: 2,
        maxUnbacked: 100,
        follow: false,
        stallTimeoutMs: 60_000,
        savedSegments: new Map(),
        ...options,
      },
      {
        chain: this.chain,
        holdersOf: () => this.holders,
        filterServers: () => this.servers,
        areOthersComing: () => this.areOthersComing,
      },
    );
  }

  handle(input: ScanInput): this {
    this.#outputs.push(...this.scan.handle(input, this.clock.now));
    return this;
  }

  open(): this {
    return this.handle({ type: 'synced' });
  }

  /** Time passes, with all ticks that are due. */
  pass(ms: number): this {
    const endMs = this.clock.ms + ms;
    for (let due = this.scan.deadline(); due !== undefined && due <= endMs; due = this.scan.deadline()) {
      this.clock.advanceTo(due);
      this.handle({ type: 'tick' });
      const next = this.scan.deadline();
      assert.ok(next === undefined || next > this.clock.ms, 'it is not due again at the same moment');
    }
    this.clock.advanceTo(endMs);
    return this;
  }

  lose(peer: PeerId): this {
    this.servers = this.servers.filter((server) => server.peer !== peer);
    this.holders = this.holders.filter((other) => other !== peer);
    return this.handle({ type: 'peer-lost', peer });
  }

  join(peer: PeerId, provenHeight: number = this.chain.tip.height): this {
    this.servers = [...this.servers, { peer, provenHeight }];
    this.holders = [...this.holders, peer];
    return this.handle({ type: 'tick' });
  }

  /** The best chain ends with another block, which all peers have shown. */
  moveTo(tip: ScanBlock): this {
    const change = this.chain.moveTo(tip);
    this.servers = this.servers.map(({ peer }) => ({ peer, provenHeight: tip.height }));
    return this.handle({ type: 'chain-changed', change });
  }

  say(peer: PeerId, message: ScanMessage): this {
    return this.handle({ type: 'message', peer, message });
  }

  /** The filter of a block, or another one. */
  sendFilter(peer: PeerId, height: number, filter: Uint8Array = this.chain.at(height).filter): this {
    const payload = { filterType: 0, blockHash: this.chain.at(height).hash, filter };
    return this.say(peer, { command: 'cfilter', payload });
  }

  sendFilters(peer: PeerId, first: number, last: number): this {
    for (let height = first; height <= last; height++) this.sendFilter(peer, height);
    return this;
  }

  /** @param twisted hashes to put in the place of the true ones, by height. */
  sendHashes(
    peer: PeerId,
    first: number,
    last: number,
    twisted: Readonly<Record<number, Uint8Array>> = {},
  ): this {
    const filterHashes = this.#range(first, last).map((block) => twisted[block.height] ?? block.filterHash);
    const previousHeader = this.chain.at(first).parent?.filterHeader ?? new Uint8Array(32);
    const payload = { filterType: 0, stopHash: this.chain.at(last).hash, previousHeader, filterHashes };
    return this.say(peer, { command: 'cfheaders', payload });
  }

  sendBlock(peer: PeerId, height: number): this {
    return this.say(peer, { command: 'block', payload: this.chain.at(height).block });
  }

  /** Answers whatever the peers are asked, truly, until nothing more is asked. What is about another chain is passed over. */
  serve(): this {
    for (let requests = this.requests(); requests.length > 0; requests = this.requests())
      for (const { peer, message } of requests) this.#answer(peer, message);
    return this;
  }

  #answer(peer: PeerId, { command, payload }: Message): void {
    if (command === 'getdata') {
      for (const { hash } of payload.items) {
        const height = this.chain.heightOf(hash);
        if (height !== undefined) this.sendBlock(peer, height);
      }
      return;
    }
    const isOfFilters = command === 'getcfheaders' || command === 'getcfilters' || command === 'getcfcheckpt';
    assert.ok(isOfFilters, command);
    const stop = this.chain.heightOf(payload.stopHash);
    if (stop === undefined) return;
    if (command === 'getcfcheckpt') this.sendCheckpoints(peer, stop);
    else if (command === 'getcfheaders') this.sendHashes(peer, payload.startHeight, stop);
    else this.sendFilters(peer, payload.startHeight, stop);
  }

  sendCheckpoints(peer: PeerId, stopHeight: number): this {
    const filterHeaders = [];
    for (let height = 1_000; height <= stopHeight; height += 1_000)
      filterHeaders.push(this.chain.at(height).filterHeader);
    const payload = { filterType: 0, stopHash: this.chain.at(stopHeight).hash, filterHeaders };
    return this.say(peer, { command: 'cfcheckpt', payload });
  }

  /** What peers are asked, since this was last called; nothing else of what was put out is lost. */
  requests(): { readonly peer: PeerId; readonly message: Message }[] {
    const requests = this.#outputs.filter(isRequest);
    this.#outputs = this.#outputs.filter((output) => !isRequest(output));
    return requests;
  }

  /** The same as text: who is asked for what. */
  asked(): string[] {
    return this.requests().map(({ peer, message: { command, payload } }) => {
      const heightOf = (hash: Uint8Array): number | undefined => this.chain.heightOf(hash);
      if (command === 'getdata')
        return `${peer}: blocks ${payload.items.map(({ hash }) => heightOf(hash)).join(' ')}`;
      if (command === 'getcfcheckpt') return `${peer}: checkpoints to ${heightOf(payload.stopHash)}`;
      if (command !== 'getcfheaders' && command !== 'getcfilters') return `${peer}: ${command}`;
      const what = command === 'getcfheaders' ? 'hashes' : 'filters';
      return `${peer}: ${what} ${payload.startHeight} to ${heightOf(payload.stopHash)}`;
    });
  }

  /** All else that was put out since this was last called. */
  taken(): Exclude<ScanOutput, { do: 'send' }>[] {
    const others = this.#outputs.filter(isOther);
    this.#outputs = this.#outputs.filter((output) => !isOther(output));
    return others;
  }

  /** What was told since it was last asked for, but progress. */
  told(): Exclude<ScanNews, { event: 'scan-progress' }>[] {
    return this.taken().flatMap((output) =>
      output.do === 'report' && output.event.event !== 'scan-progress' ? [output.event] : [],
    );
  }

  #range(first: number, last: number): ScanBlock[] {
    return Array.from({ length: last - first + 1 }, (_, i) => this.chain.at(first + i));
  }
}

function isRequest(output: ScanOutput): output is ScanOutput & { do: 'send' } {
  return output.do === 'send';
}

function isOther(output: ScanOutput): output is Exclude<ScanOutput, { do: 'send' }> {
  return output.do !== 'send';
}

/** The sums that were told, if they were. */
export function scannedIn(told: readonly ScanNews[]): (ScanNews & { event: 'scanned' }) | undefined {
  return told.find((event) => event.event === 'scanned');
}

/** Heights of payments that were told, and of those that were taken back. */
export function paymentsIn(told: readonly ScanNews[]): string[] {
  return told.flatMap((event) => {
    if (event.event === 'payments') return [`+${event.found.height}${event.isStored ? ' stored' : ''}`];
    return event.event === 'payments-removed' ? [`-${event.found.height}`] : [];
  });
}

export function changesIn(outputs: readonly ScanOutput[]): ScanChange[] {
  return outputs.flatMap((output) => (output.do === 'save-scan' ? [output.change] : []));
}

/** The code that a scan ends with. */
export function failureIn(outputs: readonly ScanOutput[]): string | undefined {
  return outputs.find((output) => output.do === 'finish')?.failure?.code;
}
