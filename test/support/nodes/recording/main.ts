/**
 * Makes the fixtures that come from real nodes, all of them anew: fixtures/README.md says what they are. Run with
 *   node scripts/clean-build.mjs tests && node build/test/support/nodes/recording/main.js
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fixture } from '../../repository.ts';
import { Btcd } from '../btcd.ts';
import { decodedByNode } from '../decoded-transaction.ts';
import { recordBitcoind, recordBitcoindWithOldClient, recordBtcd } from './conversations.ts';
import { FixtureChain } from './fixture-chain.ts';
import type { ConversationLine } from './recording-client.ts';
import { mineManyPayments, type RecordedTransaction, recordTransactions } from './transactions.ts';

/** Over 100, so that a coinbase may be spent. */
const WALLET_BLOCKS = 120;
const CONVERSATION_HEIGHT = 150;
const REGTEST_HEADERS = 301;

for (const folder of ['conversations', 'transactions', 'blocks']) {
  rmSync(fixture(folder), { recursive: true, force: true });
}
await withNode(await FixtureChain.start(WALLET_BLOCKS), recordFromBitcoind);
await withNode({ node: await Btcd.start({ extraArgs: ['--trickleinterval=100ms'] }) }, recordFromBtcd);

async function withNode<T extends { node: { dispose(): Promise<void> } }>(
  owner: T,
  use: (owner: T) => Promise<void>,
): Promise<void> {
  try {
    await use(owner);
  } finally {
    await owner.node.dispose();
  }
}

async function recordFromBitcoind(chain: FixtureChain): Promise<void> {
  const { transactions, blockHash } = await recordTransactions(chain);
  await writeTransactions(chain, transactions);

  for (const amount of [1, 2, 3, 4, 5]) await chain.wallet.sendToSelf(amount);
  const [paymentsHash] = (await chain.mine(1)) as [string];
  const { height } = await chain.node.tip();
  const [emptyHash] = (await chain.mine(CONVERSATION_HEIGHT - height)) as [string];
  writeConversation('bitcoind', await recordBitcoind(chain, height));
  writeConversation('bitcoind-old-client', await recordBitcoindWithOldClient(chain));

  await writeBlocks(chain, {
    genesis: await chain.node.blockHash(0),
    'coinbase-only': emptyHash,
    payments: paymentsHash,
    'all-kinds': blockHash,
    'many-transactions': await mineManyPayments(chain),
  });
  await chain.mine(REGTEST_HEADERS - 1 - (await chain.node.tip()).height);
  await writeHeaders(chain);
}

async function recordFromBtcd({ node }: { node: Btcd }): Promise<void> {
  await node.mine(CONVERSATION_HEIGHT);
  writeConversation('btcd', await recordBtcd(node));
}

function writeConversation(name: string, lines: readonly ConversationLine[]): void {
  write(`conversations/${name}-regtest.jsonl`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

async function writeTransactions(
  chain: FixtureChain,
  recorded: readonly RecordedTransaction[],
): Promise<void> {
  const index = [];
  for (const { kind, hex } of recorded) {
    const file = `${kind}.hex`;
    const decoded = await chain.node.rpc<Record<string, unknown>>('decoderawtransaction', [hex]);
    const { txid, hash, size, vsize, weight } = decoded;
    index.push({ file, kind, txid, hash, size, vsize, weight });
    write(`transactions/${file}`, `${hex}\n`);
    const golden = { ...(await decodedByNode(chain.node, hex)), fault: null };
    write(`transactions/${kind}.json`, `${JSON.stringify(golden, null, 2)}\n`);
  }
  writeIndex('transactions', index);
}

async function writeBlocks(chain: FixtureChain, hashes: Readonly<Record<string, string>>): Promise<void> {
  const index = [];
  for (const [kind, hash] of Object.entries(hashes)) {
    const file = `${kind}.hex`;
    const { height, nTx, merkleroot, size, weight } = await chain.node.rpc<Record<string, unknown>>(
      'getblock',
      [hash, 1],
    );
    index.push({ file, kind, hash, height, transactionCount: nTx, merkleRoot: merkleroot, size, weight });
    write(`blocks/${file}`, `${await chain.node.rpc<string>('getblock', [hash, 0])}\n`);
  }
  writeIndex('blocks', index);
}

async function writeHeaders(chain: FixtureChain): Promise<void> {
  const headers: string[] = [];
  for (let height = 0; height < REGTEST_HEADERS; height++) {
    const hash = await chain.node.blockHash(height);
    headers.push(await chain.node.rpc<string>('getblockheader', [hash, false]));
  }
  write(`headers/regtest-0-${REGTEST_HEADERS}.headers`, Buffer.from(headers.join(''), 'hex'));
}

function writeIndex(folder: string, entries: readonly unknown[]): void {
  write(`${folder}/index.json`, `${JSON.stringify(entries, null, 2)}\n`);
}

function write(path: string, content: string | Uint8Array): void {
  const file = fixture(...path.split('/'));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
