import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerKind } from '../../src/protocol/peer.ts';
import { PeerTable } from '../../src/protocol/peer-table.ts';
import { SESSION_DEFAULTS } from '../../src/protocol/session/session.ts';
import { SERVICES } from '../../src/wire/services.ts';
import { FalseClock, seededRandom } from '../support/false-time.ts';
import { FULL_NODE, VERACK, versionOf } from '../support/messages.ts';

const PRUNED = SERVICES.NETWORK_LIMITED | SERVICES.WITNESS;
const TIP_HEIGHT = 1_000;

interface Present {
  readonly kind?: PeerKind;
  readonly services?: bigint;
  readonly provenHeight?: number;
  readonly latencyMs?: number;
  readonly isEstablished?: boolean;
}

/** Who of some peers, named from 1, is asked for the block at a height. */
function holders(height: number, ...present: readonly Present[]): number[] {
  const options = { userAgent: '', times: SESSION_DEFAULTS, wantsTxs: true, separatesPrivate: false };
  const table = new PeerTable(
    { ...options, limits: { maxInbound: 9, maxInboundPerAddress: 9 } },
    seededRandom(),
  );
  present.forEach(({ kind = 'outbound', services = FULL_NODE, latencyMs, isEstablished = true }, i) => {
    const clock = new FalseClock();
    const id = i + 1;
    table.open(id, { host: `10.0.0.${id}`, port: 8333 }, kind, { startHeight: 0, now: clock.now });
    const peer = table.get(id);
    assert.ok(peer !== undefined);
    peer.session.handle({ type: 'connected' }, clock.now);
    peer.session.handle({ type: 'received', message: versionOf({ services }) }, clock.now);
    const outputs = peer.session.handle({ type: 'received', message: VERACK }, clock.now);
    peer.isEstablished = isEstablished;
    if (latencyMs === undefined) return;
    for (const output of outputs) {
      if (output.do !== 'send' || output.message.command !== 'ping') continue;
      const { nonce = 0n } = output.message.payload;
      const pong = { command: 'pong', payload: { nonce } } as const;
      peer.session.handle({ type: 'received', message: pong }, clock.advance(latencyMs));
    }
    assert.equal(peer.session.latencyMs, latencyMs);
  });
  return table.holdersOf(height, TIP_HEIGHT, (id) => {
    const about = present[id - 1];
    return about !== undefined && 'provenHeight' in about ? about.provenHeight : TIP_HEIGHT;
  });
}

test('a block is asked of those that have shown its header, or one above it', () => {
  const heights = [1_000, 999, 998].map((provenHeight): Present => ({ provenHeight }));
  assert.deepEqual(holders(999, ...heights), [1, 2]);
  assert.deepEqual(holders(999, {}, { provenHeight: undefined } as unknown as Present), [1]);
});

test('only those that serve blocks with witnesses are asked, and pruned ones for the last ones only', () => {
  const kinds: Present[] = [
    { services: FULL_NODE },
    { services: PRUNED },
    { services: SERVICES.NETWORK },
    { services: 0n },
  ];
  assert.deepEqual(holders(1_000, ...kinds), [1, 2]);
  assert.deepEqual(holders(715, ...kinds), [1, 2]);
  assert.deepEqual(holders(714, ...kinds), [1]);
});

test('nobody is asked whose handshake is not over, or whose call is a short one', () => {
  const peers: Present[] = [
    { isEstablished: false },
    { kind: 'feeler' },
    { kind: 'address-fetch' },
    { kind: 'manual' },
  ];
  assert.deepEqual(holders(1_000, ...peers), [4]);
});

test('those that we chose come first, then the shortest round trip, unknown ones last', () => {
  const peers: Present[] = [
    { kind: 'inbound', latencyMs: 1 },
    {},
    { latencyMs: 80 },
    { kind: 'manual', latencyMs: 20 },
  ];
  assert.deepEqual(holders(1_000, ...peers), [4, 3, 2, 1]);
});
