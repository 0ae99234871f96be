import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeBlock, describeHeader, describePayload } from '../../../src/cli/decode/describe.ts';
import { describeTx } from '../../../src/cli/decode/describe-tx.ts';
import { regtest } from '../../../src/networks/regtest.ts';
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
  const described = describeBlock(genesis, regtest) as Record<string, unknown>;
  assert.deepEqual([described['transactionCount'], described['merkleRootFits']], [1, true]);
  assert.equal((described['transactions'] as { txid: string }[])[0]?.txid, MERKLE_ROOT);

  const twice = { ...genesis, transactions: [...genesis.transactions, ...genesis.transactions] };
  assert.equal(
    (describeBlock(twice, regtest) as Record<string, unknown>)['merkleRootFits'],
    false,
    'CVE-2012-2459',
  );
  const none = { ...genesis, transactions: [] };
  assert.equal((describeBlock(none, regtest) as Record<string, unknown>)['merkleRootFits'], false);
});

test('service bits have names, addresses are text, other bytes are hexadecimal', () => {
  const described = describePayload(versionOf({ startHeight: 5 }), regtest) as Record<string, unknown>;
  assert.deepEqual(described['services'], ['NETWORK', 'WITNESS']);
  assert.deepEqual([described['userAgent'], described['startHeight']], ['/Satoshi:29.0.0/', 5]);
  assert.deepEqual(described['receiver'], { services: [], ip: '::', port: 0 });
});

test('messages with headers, transactions or hashes in them are described like these', () => {
  const { headers } = describePayload(headersOf(REGTEST_GENESIS), regtest) as { headers: { hash: string }[] };
  assert.deepEqual(
    headers.map(({ hash }) => hash),
    [GENESIS_HASH],
  );
  const hash = fromHex(GENESIS_HASH).toReversed();
  assert.deepEqual(
    describePayload({ command: 'inv', payload: { items: [{ type: INVENTORY.BLOCK, hash }] } }, regtest),
    {
      items: [{ type: INVENTORY.BLOCK, hash: GENESIS_HASH }],
    },
  );
  const request = { version: 70016, locator: [hash], stop: new Uint8Array(32) };
  assert.deepEqual(describePayload({ command: 'getheaders', payload: request }, regtest), {
    version: 70016,
    locator: [GENESIS_HASH],
    stop: '0'.repeat(64),
  });
  const payload = decode(tx, fixtureHex('transactions', 'p2pkh.hex'));
  assert.deepEqual(describePayload({ command: 'tx', payload }, regtest), describeTx(payload, regtest));
  assert.deepEqual(describePayload({ command: 'verack', payload: {} }, regtest), {});
});

test('hashes of filters and their headers are hashes, and filters are bytes', () => {
  const hash = fromHex(GENESIS_HASH).toReversed();
  const asked = { filterType: 0, stopHash: hash };
  assert.deepEqual(
    describePayload({ command: 'cfcheckpt', payload: { ...asked, filterHeaders: [hash] } }, regtest),
    {
      filterType: 0,
      stopHash: GENESIS_HASH,
      filterHeaders: [GENESIS_HASH],
    },
  );
  const hashes = { ...asked, previousHeader: hash, filterHashes: [hash] };
  assert.deepEqual(describePayload({ command: 'cfheaders', payload: hashes }, regtest), {
    filterType: 0,
    stopHash: GENESIS_HASH,
    previousHeader: GENESIS_HASH,
    filterHashes: [GENESIS_HASH],
  });
  const filter = { filterType: 0, blockHash: hash, filter: fromHex('019dfca8') };
  assert.deepEqual(describePayload({ command: 'cfilter', payload: filter }, regtest), {
    filterType: 0,
    blockHash: GENESIS_HASH,
    filter: '019dfca8',
  });
});
