import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { toDisplayHex, toHex } from '../../../src/bytes/hex.ts';
import { run } from '../../../src/cli/program.ts';
import { makeProof } from '../../../src/merkle-proof.ts';
import { identify, type IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { headersOver, servingBlocks } from '../../support/block-peer.ts';
import { parseLines } from '../../support/command.ts';
import { FakeTerminal, runHere } from '../../support/fake-terminal.ts';
import { aTx } from '../../support/made-blocks.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { mineBlock } from '../../support/transactions.ts';
import { WirePeer } from '../../support/wire-peer.ts';

const MADE = mineBlock([1, 2, 3].map((n) => identify(aTx(n))));
const NEXT = mineBlock([identify(aTx(9))], { parent: MADE.bytes, height: 2 });
const HEADERS = headersOver([MADE, NEXT], 4);
const [COINBASE, , SECOND] = MADE.transactions as [IdentifiedTx, IdentifiedTx, IdentifiedTx];
const TXID = toDisplayHex(SECOND.txid);
const BLOCK = toDisplayHex(MADE.hash);

/** Options that name a peer, and a folder that is empty. */
async function options(t: TestContext, blocks = [MADE, NEXT]): Promise<string[]> {
  const { address } = await WirePeer.listen(t, servingBlocks(HEADERS, blocks));
  return ['--network', 'regtest', '--datadir', temporaryFolder(t), '--connect', address];
}

test('a block is fetched, and the proof is all that is printed', async (t) => {
  const shared = await options(t);
  for (const which of ['1', BLOCK, BLOCK.toUpperCase()]) {
    const { code, stdout, stderr } = await runHere(['proof', 'make', TXID, '--block', which, ...shared]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `${toHex(makeProof(MADE, [SECOND.txid]))}\n`);
    assert.match(stderr, new RegExp(`\\nProves place 2 of block 1 \\(${BLOCK}\\)\\n$`));
  }
});

test('what was made is checked by the other command, through a pipe', async (t) => {
  const shared = await options(t);
  const made = await runHere(['proof', 'make', TXID, '--block', '1', '--quiet', ...shared]);
  assert.equal(made.stderr, '');
  const store = shared.slice(0, 4);
  const { code, stdout } = await runHere(['proof', 'verify', ...store, '--tx', toHex(SECOND.raw)], {
    input: made.stdout,
  });
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^Transaction ${TXID} is in the best chain\\n`));
});

test('with the coinbase the proof shows two, and what settles its depth is said', async (t) => {
  const shared = await options(t);
  const made = await runHere(['proof', 'make', TXID, '--block', '1', '--with-coinbase', ...shared]);
  assert.equal(made.stdout, `${toHex(makeProof(MADE, [COINBASE.txid, SECOND.txid]))}\n`);
  const [, coinbaseHex = ''] = /--coinbase of headlight proof verify: ([0-9a-f]+)\n$/.exec(made.stderr) ?? [];
  assert.equal(coinbaseHex, toHex(COINBASE.raw));
  const store = shared.slice(0, 4);
  const checked = await runHere(['proof', 'verify', ...store, '--coinbase', coinbaseHex, made.stdout]);
  assert.match(checked.stdout, /depth of tree {2}proven by the coinbase given\n$/);
});

test('with --json the proof is an event with all that belongs to it', async (t) => {
  const args = ['proof', 'make', TXID, '--block', '1', '--with-coinbase', '--json', ...(await options(t))];
  const { code, stdout } = await runHere(args);
  assert.equal(code, 0);
  const [{ time, ...event } = {}, ...others] = parseLines(stdout).filter(
    (one) => one['event'] === 'proof-made',
  );
  assert.deepEqual(others, []);
  assert.equal(typeof time, 'string');
  assert.deepEqual(event, {
    event: 'proof-made',
    network: 'regtest',
    txid: TXID,
    block: BLOCK,
    height: 1,
    index: 2,
    transactionCount: 4,
    proofHex: toHex(makeProof(MADE, [COINBASE.txid, SECOND.txid])),
    txHex: toHex(SECOND.raw),
    coinbaseHex: toHex(COINBASE.raw),
  });
});

test('the coinbase can be proven by itself', async (t) => {
  const txid = toDisplayHex(COINBASE.txid);
  const args = ['proof', 'make', txid, '--block', '1', '--with-coinbase', ...(await options(t))];
  assert.equal((await runHere(args)).stdout, `${toHex(makeProof(MADE, [COINBASE.txid]))}\n`);
});

test('a block that does not hold the transaction, or is not on the best chain, is a failure', async (t) => {
  const shared = await options(t);
  const inNext = await runHere(['proof', 'make', TXID, '--block', '2', '--json', ...shared]);
  assert.equal(inNext.code, 1);
  assert.equal(parseLines(inNext.stdout).at(-1)?.['code'], 'tx-not-in-block');
  assert.match(
    inNext.stderr,
    new RegExp(`headlight: block 2 \\(.*\\) does not hold transaction ${TXID}; see`),
  );
  for (const which of ['7', 'ab'.repeat(32)]) {
    const { code, stdout } = await runHere(['proof', 'make', TXID, '--block', which, '--json', ...shared]);
    assert.deepEqual([code, parseLines(stdout).at(-1)?.['code']], [1, 'block-not-found']);
  }
});

test('when nobody delivers the block, or there is nobody, it is given up', async (t) => {
  const shared = await options(t, [NEXT]);
  const args = ['proof', 'make', TXID, '--block', '1', '--timeout', '1', '--json'];
  const undelivered = await runHere([...args, ...shared]);
  assert.equal(undelivered.code, 1);
  assert.equal(parseLines(undelivered.stdout).at(-1)?.['code'], 'blocks-unavailable');
  const nobody = await runHere([...args, ...shared.slice(0, 4), '--connect', '127.0.0.1:1']);
  assert.equal(nobody.code, 1);
  assert.equal(parseLines(nobody.stdout).at(-1)?.['code'], 'no-progress');
  assert.match(
    nobody.stderr,
    /\nheadlight: the tip was not reached within 1 s; [^\n]*--connect HOST:PORT\n$/,
  );
});

test('Ctrl-C ends it, and what was synced is kept', async (t) => {
  const stop = new AbortController();
  const terminal = new FakeTerminal({ signal: stop.signal });
  const args = ['proof', 'make', TXID, '--block', '1', ...(await options(t, [NEXT]))];
  const code = run(args, terminal);
  while (!terminal.stderr.text.includes('Syncing')) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  assert.equal(await code, 130);
  assert.match(
    terminal.stderr.text,
    /\nInterrupted: the tip is at height \d, all headers so far are saved\.\n$/,
  );
  assert.equal(terminal.stdout.text, '');
});
