/** The connections that we made or are making, by the address that was called. */

import { type Endpoint, endpointText, type PeerKind } from '../peer.ts';

/** Connections that we make. */
export type DialledKind = Exclude<PeerKind, 'inbound'>;

export interface Call {
  readonly endpoint: Endpoint;
  readonly kind: DialledKind;
  /** Network group of the address. */
  readonly group: string;
  /** Whether the handshake is over. */
  isEstablished: boolean;
}

export class Calls {
  readonly #all = new Map<string, Call>();

  begin(endpoint: Endpoint, kind: DialledKind, group: string): void {
    this.#all.set(endpointText(endpoint), { endpoint, kind, group, isEstablished: false });
  }

  get(endpoint: Endpoint): Call | undefined {
    return this.#all.get(endpointText(endpoint));
  }

  /** @returns what is over now; undefined when there was nothing. */
  end(endpoint: Endpoint): Call | undefined {
    const call = this.get(endpoint);
    this.#all.delete(endpointText(endpoint));
    return call;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Connections that are to stay. */
  get regularCount(): number {
    return this.#regular().length;
  }

  get establishedCount(): number {
    return Array.from(this.#all.values()).filter(({ isEstablished }) => isEstablished).length;
  }

  /** Whether calls are under way that may lead to a peer. */
  get isCalling(): boolean {
    return this.#regular().some(({ isEstablished }) => !isEstablished);
  }

  get hasFeeler(): boolean {
    return Array.from(this.#all.values()).some(({ kind }) => kind === 'feeler');
  }

  /** Network groups of the connections that are to stay. */
  groupsInUse(): Set<string> {
    return new Set(this.#regular().map(({ group }) => group));
  }

  #regular(): Call[] {
    return Array.from(this.#all.values()).filter(({ kind }) => kind === 'manual' || kind === 'outbound');
  }
}
