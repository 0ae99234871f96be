/** Tells of addresses that are none, or none that anybody should call: our own, of no network, of the future. */
import { type Caller, HonestPeer } from '../honest-peer.ts';

const IPS = ['00000000', '7f000001', 'e0000001', 'ffffffff', '0a000001', 'c0a80001'];

export class RubbishAddresses extends HonestPeer {
  protected override established(caller: Caller): void {
    super.established(caller);
    this.repeat(
      caller.line,
      () => this.chance.pause(8_000),
      () => this.#tell(caller),
    );
  }

  protected override answerGetAddr(caller: Caller): void {
    this.#tell(caller);
  }

  protected override answerGetHeaders(caller: Caller): void {
    this.sendBlocks(caller, []);
  }

  #tell({ line, wantsAddrV2 }: Caller): void {
    const now = this.world.now.unixSeconds;
    const rest = () => ({
      time: this.chance.pick([0, 1, 100_000_000, now, now + 86_400, 2 ** 32 - 1]),
      services: this.chance.pick([0n, 1n, 9n, 2n ** 64n - 1n]),
      port: this.chance.pick([0, 1, 22, this.endpoint.port, 65_535]),
    });
    const { host } = line.remote;
    const ours = Uint8Array.from(host.split('.'), Number);
    if (!wantsAddrV2) {
      const ips = [...IPS, Buffer.from(ours).toString('hex')];
      const addresses = ips.map((ip) => ({
        ...rest(),
        ip: new Uint8Array([...new Uint8Array(10), 0xff, 0xff, ...Buffer.from(ip, 'hex')]),
      }));
      line.send({ command: 'addr', payload: { addresses } });
      return;
    }
    const bytes = (count: number): Uint8Array => this.chance.bytes(count);
    const entries: readonly (readonly [number, Uint8Array])[] = [
      ...IPS.map((ip) => [1, new Uint8Array(Buffer.from(ip, 'hex'))] as const),
      [1, ours],
      [2, new Uint8Array(16)],
      [2, new Uint8Array([...new Uint8Array(10), 0xff, 0xff, 1, 2, 3, 4])],
      [2, new Uint8Array([0xfd, 0x87, 0xd8, 0x7e, 0xeb, 0x43, ...bytes(10)])],
      [3, bytes(10)],
      [6, bytes(16)],
      [7, bytes(16)],
      [99, bytes(512)],
      [0, bytes(0)],
    ];
    const addresses = entries.map(([network, address]) => ({ ...rest(), network, address }));
    line.send({ command: 'addrv2', payload: { addresses } });
  }
}
