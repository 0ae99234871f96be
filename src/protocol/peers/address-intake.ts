/**
 * What one peer tells of other nodes, as far as it is believed: not too much, and with times that can be true (Core:
 * src/net_processing.cpp, ProcessAddrs; BIP 155).
 */

import { type Host, hostOfAddressV2, hostOfIp, hostText } from '../../wire/host.ts';
import type { MessageOf } from '../../wire/message.ts';
import type { Now, Random } from '../machine.ts';
import type { Disconnect } from '../peer.ts';
import { isDialable, keyOf } from './book-entry.ts';
import { type FoundAddress, MAX_AHEAD_SECONDS } from './known-address.ts';
import { shuffled } from './shuffled.ts';

/** Addresses taken of one peer: so many a second, and so many at once (Core: MAX_ADDR_PROCESSING_TOKEN_BUCKET). */
const ADDRESSES_PER_SECOND = 0.1;
const MAX_ADDRESSES_AT_ONCE = 1_000;
/** A peer that connects may tell its own address at once. */
const FIRST_ADDRESSES = 1;
/** What a peer may tell in answer to getaddr. */
const ADDRESSES_PER_ANSWER = 1_000;
/**
 * Messages in so many seconds, and so many at once. Nodes tell news in one message each 30 seconds or so; who needs one
 * for each address costs us more than the addresses are worth.
 */
const SECONDS_PER_MESSAGE = 10;
const MAX_MESSAGES_AT_ONCE = 20;
/** Times before this are no times; the network is younger. */
const EARLIEST_SECONDS = 100_000_000;
/** How long ago an address with an impossible time counts as seen. */
const DEFAULT_AGE_SECONDS = 5 * 86_400;

export interface AddressIntakeOptions {
  /** Whether nodes of this network live at private addresses; else such addresses are passed over. */
  readonly separatesPrivate: boolean;
}

export interface Intake {
  readonly found: readonly FoundAddress[];
  /** When the peer is to go. */
  readonly offence?: Disconnect;
}

/** An address before it is looked at: as both messages have it. */
interface Told {
  readonly host: Host | undefined;
  readonly port: number;
  readonly services: bigint;
  readonly time: number;
}

/** One for each peer. */
export class AddressIntake {
  readonly #options: AddressIntakeOptions;
  /** What may be taken right now, in addresses and in messages; parts of one add up. */
  #addresses = FIRST_ADDRESSES;
  #messages = MAX_MESSAGES_AT_ONCE;
  #messageCount = 0;
  #first: Now | undefined;
  #last: Now | undefined;

  constructor(options: AddressIntakeOptions) {
    this.#options = options;
  }

  /** We sent getaddr: the answer is not to be cut short. */
  askedForAddresses(): void {
    this.#addresses += ADDRESSES_PER_ANSWER;
  }

  /** The addresses of a message that are worth remembering. Those over the limit are passed over, which is no offence. */
  take(message: MessageOf<'addr'> | MessageOf<'addrv2'>, now: Now, random: Random): Intake {
    const told = toldIn(message);
    if (told.length === 0) return { found: [] };
    this.#refill(now);
    this.#messageCount++;
    if (this.#messages < 1) return { found: [], offence: this.#dribble(now) };
    this.#messages--;
    const found = new Map<string, FoundAddress>();
    // In random order, so that the peer does not choose which ones are over the limit.
    for (const one of shuffled(told, random)) {
      if (this.#addresses < 1) break;
      const address = this.#address(one, now);
      if (address === undefined || found.has(keyOf(address.endpoint))) continue;
      this.#addresses--;
      found.set(keyOf(address.endpoint), address);
    }
    return { found: Array.from(found.values()) };
  }

  #refill(now: Now): void {
    const passed = this.#last === undefined ? 0 : secondsBetween(this.#last, now);
    this.#first ??= now;
    this.#last = now;
    this.#messages = Math.min(MAX_MESSAGES_AT_ONCE, this.#messages + passed / SECONDS_PER_MESSAGE);
    // What an answer to getaddr may hold goes over the bound and stays there until it is used.
    if (this.#addresses >= MAX_ADDRESSES_AT_ONCE) return;
    this.#addresses = Math.min(MAX_ADDRESSES_AT_ONCE, this.#addresses + passed * ADDRESSES_PER_SECOND);
  }

  #address({ host, port, services, time }: Told, now: Now): FoundAddress | undefined {
    if (host === undefined || !isDialable(host, port, this.#options.separatesPrivate)) return undefined;
    const isPossible = time > EARLIEST_SECONDS && time <= now.unixSeconds + MAX_AHEAD_SECONDS;
    const seenSeconds = isPossible ? time : Math.max(0, Math.floor(now.unixSeconds) - DEFAULT_AGE_SECONDS);
    return { endpoint: { host: hostText(host), port }, services, seenSeconds };
  }

  #dribble(now: Now): Disconnect {
    const seconds = Math.round(secondsBetween(this.#first ?? now, now));
    return {
      reason: 'address-dribble',
      detail: `${this.#messageCount} messages with addresses in ${seconds} s`,
    };
  }
}

function toldIn(message: MessageOf<'addr'> | MessageOf<'addrv2'>): Told[] {
  switch (message.command) {
    case 'addr':
      return message.payload.addresses.map((one) => ({ ...one, host: hostOfIp(one.ip) }));
    case 'addrv2':
      return message.payload.addresses.map((one) => ({ ...one, host: hostOfAddressV2(one) }));
  }
}

/**
 * Time by the clock that says more: one stands still while we do not listen to our peers, and what they send in the
 * meantime arrives all at once; the other may be set back.
 */
function secondsBetween(earlier: Now, later: Now): number {
  return Math.max(0, (later.ms - earlier.ms) / 1000, later.unixSeconds - earlier.unixSeconds);
}
