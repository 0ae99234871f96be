/** A whole node that watches unconfirmed transactions: what reaches the watch, when, and in which order it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equalBytes } from '../../src/bytes/hash.ts';
import { toHex } from '../../src/bytes/hex.ts';
import type { MempoolOptions } from '../../src/protocol/mempool/mempool-contract.ts';
import type { IdentifiedTx } from '../../src/wire/identified-tx.ts';
import { INVENTORY } from '../../src/wire/inventory.ts';
import type { Message, MessageOf } from '../../src/wire/message.ts';
import { SERVICES } from '../../src/wire/services.ts';
import { HeadersChain } from '../support/headers-chain.ts';
import { FULL_NODE, headersOf, versionOf, WTXIDRELAY } from '../support/messages.ts';
import { NodeWorld, type WorldOptions } from '../support/node-world.ts';
import { type PeerBehaviour, peerWith, type ScriptedPeer, type Variation } from '../support/scripted-peer.ts';
import { mineBlock, type MinedBlock, stray } from '../support/transactions.ts';

const MEMPOOL: MempoolOptions = {
  fetchesTransactions: true,
  fetchesBlocks: true,
  maxBytes: 10_000_000,
  maxAgeMs: 336 * 3_600_000,
  tellsSpentScripts: false,
};

const plain = stray(1);
const first = mineBlock([stray(90)]);
const second = mineBlock([plain], { parent: first.bytes, height: 2 });
/** The branch that wins. */
const other = mineBlock([stray(91)], { parent: first.bytes, height: 2 });
const winner = mineBlock([plain], { parent: other.bytes, height: 3 });
const blocks = [first, second, other, winner];

function chainOfBlocks(...made: readonly MinedBlock[]): HeadersChain {
  return new HeadersChain(new Uint8Array(made.flatMap(({ bytes }) => [...bytes])));
}

interface Stock {
  readonly transactions?: readonly IdentifiedTx[];
  /** Whether it sends what it is asked for. */
  readonly isMute?: boolean;
  /** What it sends instead of a block. */
  readonly forge?: (block: MinedBlock) => MessageOf<'block'>;
}

/** A peer that serves the blocks of the test and some transactions, and speaks of wtxids. */
function stocked(chain: HeadersChain, stock: Stock = {}, variation: Variation = {}): ScriptedPeer {
  const { transactions = [plain], isMute = false, forge = (block) => block.message } = stock;
  const give = (hash: Uint8Array): Message[] => {
    const block = blocks.find((one) => equalBytes(one.hash, hash));
    if (block !== undefined) return [forge(block)];
    const known = transactions.find(({ wtxid }) => equalBytes(wtxid, hash));
    return known === undefined ? [] : [{ command: 'tx', payload: known.tx }];
  };
  return (): PeerBehaviour => {
    const usual = peerWith(chain, variation)();
    return {
      ...usual,
      answer(message) {
        if (message.command === 'getdata')
          return isMute ? [] : message.payload.items.flatMap(({ hash }) => give(hash));
        const answer = usual.answer(message);
        if (message.command !== 'version' || answer === 'hang-up') return answer;
        const [version, ...rest] = answer;
        return [version ?? versionOf(), WTXIDRELAY, ...rest];
      },
    };
  };
}

function watching(peers: Readonly<Record<string, ScriptedPeer>>, options: WorldOptions = {}): NodeWorld {
  const outboundCount = Object.keys(peers).length;
  return new NodeWorld({ peers, follow: true, mempool: MEMPOOL, outboundCount, ...options });
}

function invOf(...transactions: readonly IdentifiedTx[]): Message {
  const items = transactions.map(({ wtxid }) => ({ type: INVENTORY.WTX, hash: wtxid }));
  return { command: 'inv', payload: { items } };
}

/** Hosts that were asked for something, in order. */
function askedFor(world: NodeWorld, hash: Uint8Array): string[] {
  return world.sent.flatMap(({ host, message }) =>
    message.command === 'getdata' && message.payload.items.some((item) => equalBytes(item.hash, hash))
      ? [host]
      : [],
  );
}

/** What was told of the chain and of transactions. */
function told(world: NodeWorld): string[] {
  return world.events.flatMap((one) => {
    if (one.event === 'tx') return [one.tx.isReturned ? 'returned' : 'tx'];
    if (one.event === 'tx-removed') return [one.reason];
    return one.event === 'block' || one.event === 'reorg' || one.event === 'synced' ? [one.event] : [];
  });
}

/** A block with another transaction than its header names. */
function forged({ header }: MinedBlock): MessageOf<'block'> {
  return { command: 'block', payload: { header, transactions: [stray(66).tx] } };
}

const start = chainOfBlocks(first);

test('relay is asked for in the version when transactions are watched, and only then', () => {
  for (const mempool of [MEMPOOL, undefined]) {
    const world = watching({ peer: stocked(start) }, { mempool }).run(1_000);
    const version = world.sent.find(({ message }) => message.command === 'version')?.message;
    assert.ok(version?.command === 'version');
    assert.equal(version.payload.relay, mempool !== undefined);
  }
});

test('a transaction that is announced is fetched and told, and confirmed after its block is told', () => {
  const world = watching({ peer: stocked(start) }).run(1_000);
  world.say('peer', invOf(plain)).runOn(1_000);
  world.say('peer', headersOf(second.bytes)).runOn(1_000);
  assert.deepEqual(told(world), ['synced', 'tx', 'block', 'confirmed']);
  assert.equal(world.node.mempool?.count, 0);
});

test('a reorganisation is told before the transactions that come back with it', () => {
  const world = watching({ peer: stocked(start) }).run(1_000);
  world.say('peer', invOf(plain)).runOn(1_000);
  world.say('peer', headersOf(second.bytes)).runOn(1_000);
  world.events.length = 0;
  world.say('peer', headersOf(new Uint8Array([...other.bytes, ...winner.bytes]))).runOn(1_000);
  assert.deepEqual(told(world), ['reorg', 'block', 'block', 'returned', 'confirmed']);
});

test('no block and no transaction is fetched before the chain is there, and of the blocks only the last', () => {
  let isSynced = false;
  const chain = chainOfBlocks(first, second);
  const usual = stocked(chain);
  const slow: ScriptedPeer = () => ({ ...usual(), delayMs: 2_000 });
  const world = watching({ slow });
  world.run(5_000);
  world.say('slow', invOf(stray(5)));
  for (let i = 0; i < 30 && !isSynced; i++) {
    isSynced = told(world).includes('synced');
    if (!isSynced) assert.ok(!world.sent.some(({ message }) => message.command === 'getdata'));
    world.runOn(1_000);
  }
  assert.ok(isSynced);
  assert.deepEqual(askedFor(world, first.hash), []);
  assert.deepEqual(askedFor(world, second.hash), ['slow']);
});

test('only a peer that offers it is asked for all that it has', () => {
  const offering = stocked(start, {}, { version: { services: FULL_NODE | SERVICES.BLOOM } });
  const world = watching({ offering, usual: stocked(start) }).run(5_000);
  const asked = world.sent.filter(({ message }) => message.command === 'mempool').map(({ host }) => host);
  assert.deepEqual(asked, ['offering']);
});

test('a peer that delivers nothing delays a transaction by one time-out, and a block by ten seconds', () => {
  const mute = stocked(start, { isMute: true });
  const world = watching({ mute, honest: stocked(start) }).run(20_000);
  world.say('mute', invOf(plain));
  world.runOn(100);
  world.say('honest', invOf(plain)).runOn(59_000);
  assert.deepEqual(
    told(world).filter((event) => event === 'tx'),
    [],
  );
  world.runOn(2_000);
  assert.deepEqual(askedFor(world, plain.wtxid), ['mute', 'honest']);
  assert.deepEqual(
    told(world).filter((event) => event === 'tx'),
    ['tx'],
  );
  world.say('mute', headersOf(second.bytes)).say('honest', headersOf(second.bytes)).runOn(30_000);
  assert.ok(told(world).includes('confirmed'));
});

test('one peer that never delivers a block is asked again, and the node never comes to a standstill', () => {
  const world = watching({ mute: stocked(start, { isMute: true }) }).run(600_000);
  const asked = askedFor(world, first.hash).length;
  assert.ok(asked >= 5 && asked <= 60, `${asked} times in ten minutes`);
  assert.deepEqual(world.story, ['mute: connected', 'synced']);
});

test('who sends a wrong block is hung up on, and the next brings the right one', () => {
  const world = watching({ liar: stocked(start, { forge: forged }), honest: stocked(start) }).run(20_000);
  world.say('honest', invOf(plain)).runOn(3_000);
  world.say('liar', headersOf(second.bytes)).say('honest', headersOf(second.bytes)).runOn(60_000);
  assert.ok(told(world).includes('confirmed'));
  if (askedFor(world, first.hash).includes('liar') || askedFor(world, second.hash).includes('liar'))
    assert.ok(world.story.includes('liar: bad-block'));
});

test('the only peer that sends a wrong block is hung up on, whether at once or late, and nothing is sent after it', () => {
  for (const delayMs of [0, 15_000]) {
    const usual = stocked(start, { forge: forged });
    let isSlow = false;
    const liar: ScriptedPeer = () => {
      const behaviour = usual();
      return {
        get delayMs() {
          return isSlow ? delayMs : 0;
        },
        answer(message) {
          isSlow = message.command === 'getdata';
          return behaviour.answer(message);
        },
      };
    };
    const world = watching({ liar }).run(20_000);
    assert.ok(world.story.includes('liar: bad-block'), world.story.join(', '));
  }
});

test('without blocks none is fetched, and nothing is claimed', () => {
  const mempool = { ...MEMPOOL, fetchesBlocks: false };
  const world = watching({ peer: stocked(start) }, { mempool }).run(1_000);
  world.say('peer', invOf(plain)).runOn(1_000);
  world.say('peer', headersOf(second.bytes)).runOn(600_000);
  assert.deepEqual(told(world), ['synced', 'tx', 'block']);
  assert.deepEqual(
    blocks.flatMap(({ hash }) => askedFor(world, hash)),
    [],
  );
});

test('what a lost peer was asked for is asked of another at once', () => {
  const world = watching({ mute: stocked(start, { isMute: true }), honest: stocked(start) }).run(20_000);
  world.say('mute', invOf(plain)).say('honest', invOf(plain)).runOn(1_000);
  world.cut('mute').runOn(1_000);
  assert.deepEqual(askedFor(world, plain.wtxid), ['mute', 'honest']);
  assert.equal(
    toHex(world.node.mempool?.entries().next().value?.txid ?? new Uint8Array(0)),
    toHex(plain.txid),
  );
});
