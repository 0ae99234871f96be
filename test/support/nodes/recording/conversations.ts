/** Whole conversations with a node: what our own messages are, and in which order they are sent. */
import {
  decode,
  encode,
  fromDisplayHex,
  fromHex,
  INVENTORY,
  type InventoryItem,
  type InventoryPayload,
  type MessageOf,
  PROTOCOL_VERSION,
  SERVICES,
  toDisplayHex,
  toHex,
  tx,
  type Tx,
  txid,
  wtxid,
} from '../../../../src/wire/index.ts';
import { regtest } from '../../../../src/networks/regtest.ts';
import type { Btcd } from '../btcd.ts';
import type { RegtestNode } from '../regtest-node.ts';
import { type ConversationLine, RecordingClient } from './recording-client.ts';
import type { FixtureChain } from './fixture-chain.ts';

const NOTHING = new Uint8Array(32);
const UNKNOWN_HASH = new Uint8Array(32).fill(0xab);
/** The payload of filterload (BIP 37): the filter's bytes, one hash function, no tweak, no updates. */
const filterLoad = (filterHex: string): Uint8Array => fromHex(`${filterHex}010000000000000000`);
/** All its bits are set: all transactions match. */
const FILTER_FOR_ALL = filterLoad('01ff');
/** One bit of 24 is set, another one in each: some transactions match, now and then all or none. */
const FILTERS_FOR_SOME = ['03010000', '03000100', '03000001', '03800000', '03008000', '03000080'].map(
  filterLoad,
);

/** Most kinds of message that bitcoind sends. The chain must hold a block with several transactions at `richHeight`. */
export async function recordBitcoind(chain: FixtureChain, richHeight: number): Promise<ConversationLine[]> {
  const { node } = chain;
  const client = await RecordingClient.connect(node);
  await shakeHands(client, node, chain.timeSeconds);
  await client.expect('getheaders');
  client.send({ command: 'headers', payload: { headers: new Uint8Array(0) } });
  await client.expect('feefilter');
  client.send({ command: 'sendcmpct', payload: { announce: false, version: 2n } });
  await syncHeaders(client);

  const [newBlock] = await chain.mine(1);
  await client.expect('headers');
  await fetch(client, INVENTORY.WITNESS_BLOCK, newBlock as string, 'block');
  const rich = await node.blockHash(richHeight);
  await fetch(client, INVENTORY.WITNESS_BLOCK, rich, 'block');
  await fetch(client, INVENTORY.BLOCK, rich, 'block');

  const announced = await chain.wallet.sendToSelf(1);
  await chain.letTimePass(); // announcements wait for a moment of chance
  const inv = await client.expect('inv', ({ payload }) => mentions(payload, INVENTORY.WTX));
  request(client, inv.payload.items);
  await client.expect('tx');
  await fetch(client, INVENTORY.WITNESS_TX, announced, 'tx');
  request(client, [{ type: INVENTORY.WTX, hash: UNKNOWN_HASH }]);
  await client.expect('notfound');

  const ours = decode(tx, fromHex(await chain.signedButNotSent()));
  client.send({ command: 'inv', payload: { items: [{ type: INVENTORY.WTX, hash: wtxid(ours) }] } });
  await letTimePass(chain, client);
  await client.expect('getdata');
  client.send({ command: 'tx', payload: ours });
  await chain.waitForMempool(toDisplayHex(txid(ours)));

  client.send({ command: 'getaddr', payload: {} });
  await letTimePass(chain, client);
  await client.expect('addrv2');
  client.send({ command: 'getblocks', payload: await locatorAt(node, richHeight) });
  await client.expect('inv', ({ payload }) => mentions(payload, INVENTORY.BLOCK));

  client.send({ command: 'mempool', payload: {} });
  await letTimePass(chain, client);
  await client.expect('inv', ({ payload }) => mentions(payload, INVENTORY.WTX));

  for (const filter of [FILTER_FOR_ALL, ...FILTERS_FOR_SOME]) {
    client.sendFrame('filterload', filter);
    await fetch(client, INVENTORY.FILTERED_BLOCK, rich, 'merkleblock');
  }
  await ping(client); // its answer comes after all that was sent before
  await client.close();
  return client.lines;
}

/** With a client of 2015: it does not know wtxidrelay and sendaddrv2, and did not ask for headers. */
export async function recordBitcoindWithOldClient(chain: FixtureChain): Promise<ConversationLine[]> {
  const client = await RecordingClient.connect(chain.node);
  client.send(versionMessage(chain.node, chain.timeSeconds, 70012));
  await client.expect('version');
  client.send({ command: 'verack', payload: {} });
  await client.expect('verack');
  client.send({ command: 'getaddr', payload: {} });
  await letTimePass(chain, client);
  await client.expect('addr');

  const [newBlock] = (await chain.mine(1)) as [string];
  await client.expect('inv', ({ payload }) => mentions(payload, INVENTORY.BLOCK, newBlock));
  await fetch(client, INVENTORY.BLOCK, newBlock, 'block');
  const sent = await chain.wallet.sendToSelf(1);
  await chain.letTimePass();
  await client.expect('inv', ({ payload }) => mentions(payload, INVENTORY.TX, sent));
  await fetch(client, INVENTORY.TX, sent, 'tx');
  await ping(client);
  await client.close();
  return client.lines;
}

/** The chain must be old enough for the first coinbase to be spent. */
export async function recordBtcd(node: Btcd): Promise<ConversationLine[]> {
  const client = await RecordingClient.connect(node);
  await shakeHands(client, node, Math.floor(Date.now() / 1000));
  await syncHeaders(client);

  const [newBlock] = await node.mine(1);
  await client.expect('headers');
  await fetch(client, INVENTORY.WITNESS_BLOCK, newBlock as string, 'block');
  await fetch(client, INVENTORY.BLOCK, newBlock as string, 'block');

  const first = await spendOfCoinbase(node, 1);
  await node.rpc('sendrawtransaction', [toHex(encode(tx, first))]);
  await client.expect('inv', ({ payload }) => mentions(payload, INVENTORY.TX));
  await fetch(client, INVENTORY.WITNESS_TX, toDisplayHex(txid(first)), 'tx');
  request(client, [{ type: INVENTORY.TX, hash: UNKNOWN_HASH }]);
  await client.expect('notfound');

  const second = await spendOfCoinbase(node, 2);
  client.send({ command: 'inv', payload: { items: [{ type: INVENTORY.TX, hash: txid(second) }] } });
  await client.expect('getdata');
  client.send({ command: 'tx', payload: second });
  // Spends what the first one spent: refused, and btcd says so.
  client.send({ command: 'tx', payload: { ...first, lockTime: 1 } });
  await client.expect('reject');

  client.send({ command: 'getaddr', payload: {} });
  client.send({ command: 'getblocks', payload: await locatorAt(node, 140) });
  await client.expect('inv', ({ payload }) => mentions(payload, INVENTORY.BLOCK));
  await node.mine(1);
  await client.expect('headers');
  client.sendFrame('filterload', FILTER_FOR_ALL);
  await fetch(client, INVENTORY.FILTERED_BLOCK, (await node.tip()).hash, 'merkleblock');
  await ping(client);
  await client.close();
  return client.lines;
}

async function shakeHands(client: RecordingClient, node: RegtestNode, timeSeconds: number): Promise<void> {
  client.send(versionMessage(node, timeSeconds, PROTOCOL_VERSION));
  await client.expect('version');
  client.send({ command: 'wtxidrelay', payload: {} });
  client.send({ command: 'sendaddrv2', payload: {} });
  client.send({ command: 'verack', payload: {} });
  await client.expect('verack');
}

function versionMessage(node: RegtestNode, timeSeconds: number, version: number): MessageOf<'version'> {
  const loopback = fromHex('00000000000000000000ffff7f000001');
  return {
    command: 'version',
    payload: {
      version,
      // A claim we do not live up to: bitcoind asks only those for headers who say that they serve blocks.
      services: SERVICES.NETWORK | SERVICES.WITNESS,
      time: BigInt(timeSeconds),
      receiver: { services: 0n, ip: loopback, port: node.p2pPort },
      sender: { services: 0n, ip: new Uint8Array(16), port: 0 },
      nonce: 0x0123456789abcdefn,
      userAgent: '/headlight-recorder:1/',
      startHeight: 0,
      relay: true,
    },
  };
}

async function syncHeaders(client: RecordingClient): Promise<void> {
  await ping(client);
  client.send({ command: 'sendheaders', payload: {} });
  const locator = [fromDisplayHex(regtest.genesisHash)];
  client.send({ command: 'getheaders', payload: { version: PROTOCOL_VERSION, locator, stop: NOTHING } });
  await client.expect('headers');
}

/** So much that bitcoind does now what it put off when it took our last message. */
async function letTimePass(chain: FixtureChain, client: RecordingClient): Promise<void> {
  await ping(client); // the answer shows that it has taken it
  await chain.letTimePass();
}

async function ping(client: RecordingClient): Promise<void> {
  client.send({ command: 'ping', payload: { nonce: 0x1122334455667788n } });
  await client.expect('pong');
}

/** Whether there is an entry of that type; of that hash too, when one is given. */
function mentions({ items }: InventoryPayload, type: number, displayHash?: string): boolean {
  return items.some(
    (item) => item.type === type && (displayHash === undefined || toDisplayHex(item.hash) === displayHash),
  );
}

async function locatorAt(
  node: RegtestNode,
  height: number,
): Promise<{ version: number; locator: Uint8Array[]; stop: Uint8Array }> {
  return {
    version: PROTOCOL_VERSION,
    locator: [fromDisplayHex(await node.blockHash(height))],
    stop: NOTHING,
  };
}

function request(client: RecordingClient, items: readonly InventoryItem[]): void {
  client.send({ command: 'getdata', payload: { items } });
}

async function fetch(
  client: RecordingClient,
  type: number,
  displayHash: string,
  answer: 'block' | 'merkleblock' | 'tx',
): Promise<void> {
  request(client, [{ type, hash: fromDisplayHex(displayHash) }]);
  await client.expect(answer);
}

/** What Btcd mines may be spent by whoever shows the one-byte script. */
async function spendOfCoinbase(node: Btcd, height: number): Promise<Tx> {
  const block = await node.rpc<{ tx: string[] }>('getblock', [await node.blockHash(height), 1]);
  return {
    version: 2,
    inputs: [
      {
        previous: { txid: fromDisplayHex(block.tx[0] as string), vout: 0 },
        script: new Uint8Array(0),
        sequence: 0xffffffff,
        witness: [fromHex('51')],
      },
    ],
    outputs: [{ valueSats: 4_999_990_000n, script: fromHex(`0014${'00'.repeat(20)}`) }],
    lockTime: 0,
  };
}
