import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  describeBlock,
  describeHeader,
  describePayload,
  describeTx,
} from '../../../src/cli/decode/describe.ts';
import { block, decode, fromHex, tx } from '../../../src/wire/index.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { headersOf, versionOf } from '../../support/messages.ts';
import { REGTEST_GENESIS } from '../../support/mine.ts';
import { fixture } from '../../support/repository.ts';

const GENESIS_HASH = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';
const MERKLE_ROOT = '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b';

function fixtureHex(...path: string[]): Uint8Array {
  return fromHex(readFileSync(fixture(...path), 'utf8').trim());
}

test('a header has the names that bitcoind gives its fields, hashes in display order', () => {
  assert.deepEqual(describeHeader(REGTEST_GENESIS), {
    hash: GENESIS_HASH,
    version: 1,
    previous: '0'.repeat(64),
    merkleRoot: MERKLE_ROOT,
    blockTime: 1_296_688_602,
    bits: '207fffff',
    target: `7fffff${'0'.repeat(58)}`,
    difficulty: 4.6565423739069247e-10,
    nonce: 2,
    hex: Buffer.from(REGTEST_GENESIS).toString('hex'),
  });
});

test('a block says whether its merkle root is that of its transactions', () => {
  const genesis = decode(block, fixtureHex('blocks', 'genesis.hex'));
  const described = describeBlock(genesis) as Record<string, unknown>;
  assert.deepEqual([described['transactionCount'], described['merkleRootFits']], [1, true]);
  assert.equal((described['transactions'] as { txid: string }[])[0]?.txid, MERKLE_ROOT);

  const twice = { ...genesis, transactions: [...genesis.transactions, ...genesis.transactions] };
  assert.equal((describeBlock(twice) as Record<string, unknown>)['merkleRootFits'], false, 'CVE-2012-2459');
  const none = { ...genesis, transactions: [] };
  assert.equal((describeBlock(none) as Record<string, unknown>)['merkleRootFits'], false);
});

test('a transaction has both of its hashes, its sizes, and its witness', () => {
  const described = describeTx(decode(tx, fixtureHex('transactions', 'p2wpkh.hex'))) as Record<
    string,
    unknown
  >;
  assert.equal(described['txid'], '9b6365602b378c95997e0d51c316b834704673106b7b77e9c9f5197714445283');
  assert.equal(described['wtxid'], '643bcb69dfaaca499d238b43261557c25711a63d1a18256d5a07a5301c76a27a');
  assert.deepEqual([described['size'], described['vsize'], described['weight']], [191, 110, 437]);
  const [input] = described['inputs'] as { witness: string[] }[];
  assert.deepEqual(
    input?.witness.map((item) => item.length / 2),
    [71, 33],
  );
});

test('an amount beyond what JavaScript counts exactly is given by its digits', () => {
  const decoded = decode(tx, fixtureHex('transactions', 'p2pkh.hex'));
  const outputs = [-1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n].map((valueSats) => ({
    valueSats,
    script: new Uint8Array(),
  }));
  const described = describeTx({ ...decoded, outputs }) as { outputs: { valueSats: unknown }[] };
  assert.deepEqual(
    described.outputs.map(({ valueSats }) => valueSats),
    [-1, 9_007_199_254_740_991, '9007199254740992', '9223372036854775807'],
  );
});

test('service bits have names, addresses are text, other bytes are hexadecimal', () => {
  const described = describePayload(versionOf({ startHeight: 5 })) as Record<string, unknown>;
  assert.deepEqual(described['services'], ['NETWORK', 'WITNESS']);
  assert.deepEqual([described['userAgent'], described['startHeight']], ['/Satoshi:29.0.0/', 5]);
  assert.deepEqual(described['receiver'], { services: [], ip: '::', port: 0 });
});

test('messages with headers, transactions or hashes in them are described like these', () => {
  const { headers } = describePayload(headersOf(REGTEST_GENESIS)) as { headers: { hash: string }[] };
  assert.deepEqual(
    headers.map(({ hash }) => hash),
    [GENESIS_HASH],
  );
  const hash = fromHex(GENESIS_HASH).toReversed();
  assert.deepEqual(
    describePayload({ command: 'inv', payload: { items: [{ type: INVENTORY.BLOCK, hash }] } }),
    {
      items: [{ type: INVENTORY.BLOCK, hash: GENESIS_HASH }],
    },
  );
  const request = { version: 70016, locator: [hash], stop: new Uint8Array(32) };
  assert.deepEqual(describePayload({ command: 'getheaders', payload: request }), {
    version: 70016,
    locator: [GENESIS_HASH],
    stop: '0'.repeat(64),
  });
  const payload = decode(tx, fixtureHex('transactions', 'p2pkh.hex'));
  assert.deepEqual(describePayload({ command: 'tx', payload }), describeTx(payload));
  assert.deepEqual(describePayload({ command: 'verack', payload: {} }), {});
});
