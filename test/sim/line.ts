/** Connections of a simulation. As over TCP nothing is lost on the way: a line breaks, hangs, or carries all in order. */
import type { Disconnect, Endpoint } from '../../src/protocol/peer.ts';
import { encodePayload, type Message } from '../../src/wire/message.ts';

/** A message that no program knows: the byte stream passes it over, and the node never hears of it. */
export interface UnknownMessage {
  readonly command: 'unknown';
  readonly sizeBytes: number;
}

export type SimMessage = Message | UnknownMessage;

/** How good the way to a node is. */
export interface Route {
  /** One way. */
  readonly latencyMs: number;
  /** Up to so much more, for each message by chance. */
  readonly jitterMs: number;
  /** What the node sends at most. */
  readonly bytesPerSecond: number;
}

/** A node, as its connections see it. */
export interface LineOwner {
  /** A line is there: somebody called, or a call was answered. */
  opened(end: LineEnd): void;
  received(end: LineEnd, message: SimMessage): void;
  /** The line is gone, not by this node's own doing; or the call came to nothing. */
  lost(end: LineEnd, disconnect: Disconnect): void;
}

/** What a line needs of the world around it. */
export interface Surroundings {
  readonly ms: number;
  plan(atMs: number, act: () => void): void;
  jitter(mostMs: number): number;
  /** When two hosts, cut off from each other, hear each other again; undefined when they do now. */
  healedMs(a: Endpoint, b: Endpoint): number | undefined;
}

/** Before the payload: magic, command, length and checksum. */
const FRAME_SIZE_BYTES = 24;

const BROKEN: Disconnect = { reason: 'connection-lost', detail: 'the peer closed the connection' };

/** One end of a connection: what its owner holds. */
export class LineEnd {
  readonly owner: LineOwner;
  /** The owner's own address, and that of the other side. */
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly isCaller: boolean;
  readonly sent = { messages: 0, bytes: 0 };
  readonly got = { messages: 0, bytes: 0 };
  /** Whether this side may speak. */
  isOpen = true;
  readonly #world: Surroundings;
  readonly #route: Route;
  #other: LineEnd | undefined;
  /** When all that was sent so far has left, and when it has arrived. */
  #freeMs = 0;
  #arrivedMs = 0;
  #isHung = false;

  /** @param route from this end to the other one. */
  constructor(
    owner: LineOwner,
    ends: { local: Endpoint; remote: Endpoint; isCaller: boolean },
    { world, route }: { world: Surroundings; route: Route },
  ) {
    this.owner = owner;
    this.local = ends.local;
    this.remote = ends.remote;
    this.isCaller = ends.isCaller;
    this.#world = world;
    this.#route = route;
  }

  /** Whether something said now would arrive. */
  get isAlive(): boolean {
    return this.isOpen && !this.#isHung;
  }

  static join(a: LineEnd, b: LineEnd): void {
    a.#other = b;
    b.#other = a;
  }

  send(message: SimMessage): void {
    if (!this.isOpen) return;
    const size = FRAME_SIZE_BYTES + sizeOf(message);
    this.sent.messages++;
    this.sent.bytes += size;
    const { ms } = this.#world;
    this.#freeMs = Math.ceil(Math.max(ms, this.#freeMs) + (1000 * size) / this.#route.bytesPerSecond);
    this.#carry(this.#freeMs, (other) => {
      other.got.messages++;
      other.got.bytes += size;
      other.owner.received(other, message);
    });
  }

  /** Hangs up; all that was said before still arrives. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#carry(this.#freeMs, (other) => other.#lose(BROKEN));
  }

  /** Sends bytes that the other side cannot read, and will hang up on. */
  spoil(disconnect: Disconnect): void {
    if (!this.isOpen) return;
    this.#carry(this.#freeMs, (other) => {
      other.#lose(disconnect);
      this.#lose(BROKEN);
    });
  }

  /** The line breaks for both sides. */
  break(): void {
    const other = this.#other;
    this.#lose(BROKEN);
    if (other !== undefined) other.#lose(BROKEN);
  }

  /** From now on nothing arrives at either side, and neither is told. */
  hang(): void {
    this.#isHung = true;
    if (this.#other !== undefined) this.#other.#isHung = true;
  }

  /** Without a word to the other side: for a call that came to nothing, and a program that is killed. */
  abandon(): void {
    this.isOpen = false;
  }

  #lose(disconnect: Disconnect): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.owner.lost(this, disconnect);
  }

  #carry(departsMs: number, arrive: (other: LineEnd) => void): void {
    const { latencyMs, jitterMs } = this.#route;
    const wayMs = latencyMs + this.#world.jitter(jitterMs);
    this.#arrivedMs = Math.max(this.#arrivedMs, this.#world.ms + wayMs, departsMs + wayMs);
    this.#world.plan(this.#arrivedMs, () => this.#arrive(arrive));
  }

  #arrive(arrive: (other: LineEnd) => void): void {
    const other = this.#other;
    if (this.#isHung || other === undefined || !other.isOpen) return;
    const healedMs = this.#world.healedMs(this.local, this.remote);
    if (healedMs === undefined) {
      arrive(other);
      return;
    }
    // It is sent again until it gets through; what is said later does not overtake it.
    this.#arrivedMs = Math.max(this.#arrivedMs, healedMs);
    this.#world.plan(healedMs, () => this.#arrive(arrive));
  }
}

/** Bytes of the payload. Where it may be long its size is plain, and it need not be encoded. */
function sizeOf(message: SimMessage): number {
  if (message.command === 'unknown') return message.sizeBytes;
  if (message.command === 'headers') return 3 + (81 / 80) * message.payload.headers.length;
  if (message.command === 'getheaders') return 37 + 32 * message.payload.locator.length;
  if (message.command === 'inv') return 3 + 36 * message.payload.items.length;
  if (message.command === 'addr') return 3 + 30 * message.payload.addresses.length;
  if (message.command === 'addrv2')
    return message.payload.addresses.reduce((sum, { address }) => sum + 10 + address.length, 3);
  return message.command === 'ping' || message.command === 'pong' ? 8 : encodePayload(message).length;
}
