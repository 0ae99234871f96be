/** Floods with addresses of one network group, a thousand a message, or one by one; they lead nowhere. */
import { FULL_NODE } from '../../support/messages.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

/** It would never tire; the simulation need not listen to all of it. */
const QUICK_FLOODS = 10;
const SLOW_PAUSE_MS = 180_000;

export class AddressFlood extends HonestPeer {
  readonly #prefix = [this.chance.int(60, 90), this.chance.int(0, 255)];
  readonly #isDribbling = this.chance.maybe(0.4);
  #floods = 0;
  /** Mostly less than a message can hold: reading them is what costs time. */
  readonly #count = this.#isDribbling ? 1 : this.chance.pick([30, 30, 100, 100, 1000]);

  protected override established(caller: Caller): void {
    super.established(caller);
    if (this.#isDribbling)
      this.repeat(
        caller.line,
        () => 300,
        () => this.#flood(caller),
      );
    else
      this.repeat(
        caller.line,
        () => this.chance.pause(this.#floods++ < QUICK_FLOODS ? 15_000 : SLOW_PAUSE_MS),
        () => this.#flood(caller),
      );
  }

  protected override answerGetAddr(caller: Caller): void {
    this.#flood(caller);
  }

  /** It is no help with the chain. */
  protected override answerGetHeaders(): void {}

  #flood({ line, wantsAddrV2 }: Caller): void {
    const common = { time: this.world.now.unixSeconds, services: FULL_NODE, port: this.endpoint.port };
    const ips = Array.from({ length: this.#count }, () => {
      const word = this.chance.int(1, 0xfffe);
      return [...this.#prefix, word >> 8, word & 0xff];
    });
    if (wantsAddrV2) {
      const addresses = ips.map((ip) => ({ ...common, network: 1, address: Uint8Array.from(ip) }));
      line.send({ command: 'addrv2', payload: { addresses } });
    } else {
      const addresses = ips.map((ip) => ({
        ...common,
        ip: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...ip),
      }));
      line.send({ command: 'addr', payload: { addresses } });
    }
  }
}
