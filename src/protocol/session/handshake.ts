/** The handshake: version and verack both ways, and what must be said between them (BIP 155, BIP 339). */

import type { Message, MessageOf } from '../../wire/message.ts';
import { MIN_PROTOCOL_VERSION, PROTOCOL_VERSION, WTXID_RELAY_VERSION } from '../../wire/protocol-version.ts';
import { serviceNames } from '../../wire/services.ts';
import type { Now } from '../machine.ts';
import type { Disconnect, PeerInfo } from '../peer.ts';
import { offersBlocks } from '../peers/wanted-services.ts';

export interface HandshakeOptions {
  /** Whether we dialled: the one who dials speaks first. */
  readonly isOutbound: boolean;
  /** Whether a peer must offer blocks with witnesses. Not asked of peers that the user named. */
  readonly needsServices: boolean;
  readonly userAgent: string;
  /** Height of our tip when the connection began. */
  readonly startHeight: number;
  /** Whether we want to hear of transactions (BIP 37). */
  readonly wantsTxs: boolean;
  /** Random for each connection; sent so that a connection to ourselves is noticed. */
  readonly nonce: bigint;
  /** Whether a nonce is that of one of our own connections. */
  readonly isOwnNonce: (nonce: bigint) => boolean;
}

/** What is known of a peer when the handshake is over. */
export interface Established {
  readonly info: PeerInfo;
  /** Whether it wants addresses in the form of BIP 155. */
  readonly wantsAddrV2: boolean;
  /** Whether transactions are announced and asked for by wtxid, both ways (BIP 339). */
  readonly usesWtxid: boolean;
  /** Whether it wants to hear of transactions. */
  readonly wantsTxs: boolean;
  /** The address at which it sees us, 16 bytes; its word for it. */
  readonly seesUsAt: Uint8Array;
}

export type HandshakeStep =
  | { readonly kind: 'send'; readonly messages: readonly Message[] }
  | { readonly kind: 'done'; readonly established: Established }
  | { readonly kind: 'refused'; readonly disconnect: Disconnect };

const NOTHING: HandshakeStep = { kind: 'send', messages: [] };

/** No address of ours leaves this machine: both fields are zero, as Core sends its own (src/net_processing.cpp). */
const NO_ADDRESS = { services: 0n, ip: new Uint8Array(16), port: 0 };

export class Handshake {
  readonly #options: HandshakeOptions;
  #info: PeerInfo | undefined;
  #wantsAddrV2 = false;
  #usesWtxid = false;
  #wantsTxs = false;
  #seesUsAt: Uint8Array = new Uint8Array(16);
  #isDone = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
  }

  /** What the peer said of itself, once its version has come. */
  get info(): PeerInfo | undefined {
    return this.#info;
  }

  start(now: Now): HandshakeStep {
    return this.#options.isOutbound ? { kind: 'send', messages: [this.#version(now)] } : NOTHING;
  }

  /** Messages before `version`, a second `version`, and those that only matter later are passed over. */
  receive(message: Message, now: Now): HandshakeStep {
    if (message.command === 'version' && this.#info === undefined) return this.#receiveVersion(message, now);
    if (this.#info === undefined || this.#isDone) return NOTHING;
    if (message.command === 'sendaddrv2') this.#wantsAddrV2 = true;
    // We say it to everybody who could say it.
    if (message.command === 'wtxidrelay') this.#usesWtxid = this.#info.version >= WTXID_RELAY_VERSION;
    if (message.command !== 'verack') return NOTHING;
    this.#isDone = true;
    const established = {
      info: this.#info,
      wantsAddrV2: this.#wantsAddrV2,
      usesWtxid: this.#usesWtxid,
      wantsTxs: this.#wantsTxs,
      seesUsAt: this.#seesUsAt,
    };
    return { kind: 'done', established };
  }

  #receiveVersion({ payload }: MessageOf<'version'>, now: Now): HandshakeStep {
    const { version, services, nonce } = payload;
    if (nonce !== undefined && this.#options.isOwnNonce(nonce)) {
      return refused('self-connection', 'the nonce in its version is one of ours');
    }
    if (version < MIN_PROTOCOL_VERSION) {
      return refused('obsolete-version', `version ${version}, at least ${MIN_PROTOCOL_VERSION} needed`);
    }
    if (this.#options.needsServices && !offersBlocks(services)) {
      return refused('missing-services', `offers ${serviceNames(services).join(', ') || 'nothing'}`);
    }
    // A copy: the bytes of a message are only lent.
    this.#seesUsAt = payload.receiver.ip.slice();
    this.#wantsTxs = payload.relay ?? true;
    this.#info = {
      version,
      services,
      userAgent: payload.userAgent ?? '',
      startHeight: Math.max(0, payload.startHeight ?? 0),
    };
    const replies: Message[] = this.#options.isOutbound ? [] : [this.#version(now)];
    // Once verack is sent it is too late for these two: Core hangs up.
    if (version >= WTXID_RELAY_VERSION) {
      replies.push({ command: 'wtxidrelay', payload: {} }, { command: 'sendaddrv2', payload: {} });
    }
    replies.push({ command: 'verack', payload: {} });
    return { kind: 'send', messages: replies };
  }

  #version(now: Now): Message {
    const { nonce, userAgent, startHeight, wantsTxs } = this.#options;
    const payload = {
      version: PROTOCOL_VERSION,
      // We serve no blocks, so none of the bits is true of us.
      services: 0n,
      time: BigInt(now.unixSeconds),
      receiver: NO_ADDRESS,
      sender: NO_ADDRESS,
      nonce,
      userAgent,
      startHeight,
      relay: wantsTxs,
    };
    return { command: 'version', payload };
  }
}

function refused(
  reason: 'self-connection' | 'obsolete-version' | 'missing-services',
  detail: string,
): HandshakeStep {
  return { kind: 'refused', disconnect: { reason, detail } };
}
