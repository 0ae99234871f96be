/** Addresses of simulated nodes: all different, and all such as nodes of the public network have. */
import type { Endpoint } from '../../src/protocol/peer.ts';
import { isRoutable, networkGroup } from '../../src/protocol/peers/network-group.ts';
import { type Host, hostText } from '../../src/wire/host.ts';
import type { Chance } from './chance.ts';

export class Addresses {
  readonly #chance: Chance;
  readonly #port: number;
  readonly #hosts = new Set<string>();
  readonly #groups = new Set<string>();

  constructor(chance: Chance, port: number) {
    this.#chance = chance;
    this.#port = port;
  }

  /** One whose network group no other has. */
  ofNewGroup(): Endpoint {
    for (;;) {
      const endpoint = this.any();
      const group = networkGroup(endpoint.host, false);
      if (this.#groups.has(group)) continue;
      this.#groups.add(group);
      return endpoint;
    }
  }

  any(): Endpoint {
    for (;;) {
      const drawn = this.#draw();
      const host = hostText(drawn);
      if (this.#hosts.has(host) || !isRoutable(drawn)) continue;
      this.#hosts.add(host);
      return { host, port: this.#port };
    }
  }

  #draw(): Host {
    if (this.#chance.maybe(0.85)) return { network: 'ipv4', bytes: this.#chance.bytes(4) };
    const bytes = this.#chance.bytes(16);
    bytes[0] = 0x2a;
    return { network: 'ipv6', bytes };
  }
}
