/** Never stops talking: unknown messages, known ones that nobody wants, or pings; and says nothing of use. */
import { INVENTORY } from '../../../src/wire/inventory.ts';
import type { SimMessage } from '../line.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

type Topic = 'unknown' | 'unwanted' | 'pings';

/** It would go on for ever; the simulation need not. */
const MAX_SAID = 500;

export class Chatter extends HonestPeer {
  readonly #topic = this.chance.pick<Topic>(['unknown', 'unwanted', 'pings']);
  #said = 0;

  protected override established(caller: Caller): void {
    super.established(caller);
    this.repeat(
      caller.line,
      () => (this.#said < MAX_SAID ? 50 : 20_000),
      () => {
        for (let i = 0; i < 5; i++) caller.line.send(this.#message());
        this.#said += 5;
      },
    );
  }

  protected override answerGetHeaders(): void {}

  #message(): SimMessage {
    const hash = this.chance.bytes(32);
    switch (this.#topic) {
      case 'unknown':
        return { command: 'unknown', sizeBytes: this.chance.int(0, 10_000) };
      case 'pings':
        return { command: 'ping', payload: { nonce: this.chance.bits64() } };
      case 'unwanted':
        return this.chance.pick<SimMessage>([
          { command: 'inv', payload: { items: [{ type: INVENTORY.TX, hash }] } },
          { command: 'notfound', payload: { items: [{ type: INVENTORY.BLOCK, hash }] } },
          { command: 'getdata', payload: { items: [{ type: INVENTORY.BLOCK, hash }] } },
          { command: 'pong', payload: { nonce: this.chance.bits64() } },
          { command: 'verack', payload: {} },
          { command: 'sendheaders', payload: {} },
          { command: 'mempool', payload: {} },
          { command: 'getaddr', payload: {} },
          { command: 'feefilter', payload: { feeRateSatsPerKvb: -1n } },
          { command: 'wtxidrelay', payload: {} },
          { command: 'getheaders', payload: { version: 0, locator: [hash], stop: hash } },
        ]);
    }
  }
}
