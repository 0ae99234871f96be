import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fromHex, toDisplayHex } from '../src/bytes/hex.ts';
import { ClientError } from '../src/client-error.ts';
import { scan, type ScanClientOptions } from '../src/scan.ts';
import type { ScanEvent } from '../src/scan-events.ts';
import { identify } from '../src/wire/identified-tx.ts';
import { headersOver, servingBlocks } from './support/block-peer.ts';
import { anInput, anOutput, aTx } from './support/made-blocks.ts';
import { SCRIPT_HEX } from './support/scan-events.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { mineBlock, type MinedBlock } from './support/transactions.ts';
import { WirePeer } from './support/wire-peer.ts';

const PAYING = identify(aTx(1, { outputs: [anOutput(1_500n, fromHex(SCRIPT_HEX))] }));
const SPENDING = identify(aTx(2, { inputs: [anInput(0, { previous: { txid: PAYING.txid, vout: 0 } })] }));
/** Blocks from height 1 on; the second and the fourth are of interest. */
const BLOCKS = [[], [PAYING], [], [SPENDING], []].reduce<MinedBlock[]>((below, transactions) => {
  const parent = below.at(-1)?.bytes;
  return [...below, mineBlock(transactions, { height: below.length + 1, ...(parent && { parent }) })];
}, []);

/** Of a peer that serves no filters: so few blocks are fetched all the same. */
async function optionsFor(t: TestContext): Promise<ScanClientOptions> {
  const { address } = await WirePeer.listen(t, servingBlocks(headersOver(BLOCKS, 0), BLOCKS));
  return { network: 'regtest', connect: [address], minChainwork: 0n, scripts: [SCRIPT_HEX], fromHeight: 1 };
}

async function all(events: AsyncIterable<ScanEvent>): Promise<ScanEvent[]> {
  const taken: ScanEvent[] = [];
  for await (const event of events) taken.push(event);
  return taken;
}

test('all payments are told in the order of the chain, and then the sums, and it is over', async (t) => {
  const events = await all(scan(await optionsFor(t)));
  const payments = events.filter((event) => event.event === 'payment');
  assert.deepEqual(
    payments.map(({ height, txid, netSats, balanceSats }) => [height, txid, netSats, balanceSats]),
    [
      [2, toDisplayHex(PAYING.txid), 1_500, 1_500],
      [4, toDisplayHex(SPENDING.txid), -1_500, 0],
    ],
  );
  const last = events.at(-1);
  assert.ok(last?.event === 'scanned');
  assert.deepEqual([last.height, last.balanceSats, last.payments, last.receivedSats], [5, 0, 2, 1_500]);
});

test('only what concerns the scan is told', async (t) => {
  const events = await all(scan(await optionsFor(t)));
  assert.deepEqual(
    new Set(events.map(({ event }) => event)),
    new Set(['scan-progress', 'payment', 'scanned']),
  );
});

test('the next one with the same scripts tells what is known, and goes on', async (t) => {
  const options = { ...(await optionsFor(t)), datadir: temporaryFolder(t) };
  await all(scan(options));
  const again = await all(scan(options));
  assert.deepEqual(
    again.flatMap((event) => (event.event === 'payment' ? [event.stored] : [])),
    [true, true],
  );
  const last = again.at(-1);
  assert.ok(last?.event === 'scanned');
  assert.equal(last.fetchedBlocks, 0);
});

test('a reader who breaks off ends it', async (t) => {
  const options = { ...(await optionsFor(t)), follow: true };
  for await (const event of scan(options)) if (event.event === 'scanned') break;
});

test('it fails with the code of what is missing', async (t) => {
  const { address } = await WirePeer.listen(t, servingBlocks(headersOver(BLOCKS, 0), []));
  const options = { ...(await optionsFor(t)), connect: [address], timeoutSeconds: 1 };
  await assert.rejects(
    all(scan(options)),
    (error) => error instanceof ClientError && error.code === 'blocks-unavailable',
  );
});

test('options that are wrong are refused before anybody is called', async () => {
  await assert.rejects(all(scan({ network: 'regtest' })), TypeError);
  await assert.rejects(all(scan({ network: 'regtest', scripts: ['51'], fromHeight: -1 })), RangeError);
});
