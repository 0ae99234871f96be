import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fromHex, toDisplayHex } from '../../../src/bytes/hex.ts';
import { run } from '../../../src/cli/program.ts';
import { identify } from '../../../src/wire/identified-tx.ts';
import { headersOver, servingBlocks } from '../../support/block-peer.ts';
import { parseLines } from '../../support/command.ts';
import { setEnvironment } from '../../support/environment.ts';
import { FakeTerminal, runHere } from '../../support/fake-terminal.ts';
import { anInput, anOutput, aTx } from '../../support/made-blocks.ts';
import { ADDRESS, SCRIPT_HEX } from '../../support/scan-events.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { mineBlock, type MinedBlock } from '../../support/transactions.ts';
import { WirePeer } from '../../support/wire-peer.ts';

/** Pays 0.015 BTC to the address. */
const PAYING = identify(aTx(1, { outputs: [anOutput(1_500_000n, fromHex(SCRIPT_HEX)), anOutput(7n)] }));
/** Spends that, and pays back 0.005 BTC. */
const SPENDING = identify(
  aTx(2, {
    inputs: [anInput(0, { previous: { txid: PAYING.txid, vout: 0 } })],
    outputs: [anOutput(900_000n), anOutput(500_000n, fromHex(SCRIPT_HEX))],
  }),
);
/** Blocks from height 1 on; the second and the fourth are of interest. */
const BLOCKS = [[], [PAYING], [identify(aTx(3))], [SPENDING], []].reduce<MinedBlock[]>(
  (below, transactions) => {
    const parent = below.at(-1)?.bytes;
    const place = { height: below.length + 1, ...(parent === undefined ? {} : { parent }) };
    return [...below, mineBlock(transactions, place)];
  },
  [],
);
const [, SECOND, , FOURTH] = BLOCKS as [MinedBlock, MinedBlock, MinedBlock, MinedBlock];

/** A peer without filters; so few blocks are fetched all the same. Returns what a scan of them is to be told. */
async function scanBlocks(t: TestContext): Promise<string[]> {
  const { address } = await WirePeer.listen(t, servingBlocks(headersOver(BLOCKS, 0), BLOCKS));
  const peer = ['--connect', address, '--datadir', temporaryFolder(t)];
  return ['scan', '--network', 'regtest', '--from', '1', '--address', ADDRESS, ...peer];
}

test('scan prints each payment with height, amount, balance, txid, block and address, and what it comes to', async (t) => {
  const { code, stdout, stderr } = await runHere(await scanBlocks(t));
  assert.equal(code, 0, stderr);
  const [header, first, second, ...summary] = stdout.trimEnd().split('\n');
  assert.match(header ?? '', /^UTC +height +BTC +balance +txid +block +address$/);
  const ends = [
    [PAYING, SECOND],
    [SPENDING, FOURTH],
  ] as const;
  const [paid, spent] = ends.map(
    ([{ txid }, { hash }]) => `${toDisplayHex(txid)}  ${toDisplayHex(hash)}  ${ADDRESS}`,
  );
  assert.match(first ?? '', new RegExp(`^[-0-9]+ [:0-9]+ +2 +\\+0\\.01500000 +0\\.01500000  ${paid}$`));
  assert.match(second ?? '', new RegExp(` 4 +-0\\.01000000 +0\\.00500000  ${spent}$`));
  assert.match(
    summary.join('\n'),
    /^Scanned regtest from height 1 to 5\n {2}balance {4}0\.00500000 BTC in 1 unspent output\n(.*\n){3} {2}blocks {5}5 looked at, 5 of them fetched, in .*\n {2}peers saw {2}which 5 blocks were fetched; .*$/,
  );
  assert.match(stderr, new RegExp(`^Looking for payments of address ${ADDRESS} on regtest from height 1\n`));
});

test('a second run shows all payments again, and says from when they are', async (t) => {
  const args = await scanBlocks(t);
  await runHere(args);
  const { stdout, stderr } = await runHere(args);
  assert.match(stderr, /\n2 payments known up to height 5 from an earlier run\n/);
  assert.match(stdout, /\n {2}blocks {5}0 looked at, 0 of them fetched, .*\n {2}peers saw {2}nothing: /);
  assert.equal(stdout.split('\n').filter((line) => line.endsWith(ADDRESS)).length, 2);
  const fresh = await runHere([...args, '--fresh']);
  assert.doesNotMatch(fresh.stderr, /earlier run/);
  assert.match(fresh.stdout, /\n {2}blocks {5}5 looked at, /);
});

test('scan --json prints the events of the library', async (t) => {
  const { code, stdout } = await runHere([...(await scanBlocks(t)), '--json', '--quiet']);
  assert.equal(code, 0);
  const events = parseLines(stdout).filter(({ event }) => /^(payment|scanned)/.test(String(event)));
  assert.deepEqual(
    events.map((event) => [event['event'], event['height'], event['netSats'], event['balanceSats']]),
    [
      ['payment', 2, 1_500_000, 1_500_000],
      ['payment', 4, -1_000_000, 500_000],
      ['scanned', 5, undefined, 500_000],
    ],
  );
});

test('who interrupts it is told how far it came, and that the same command goes on from there', async (t) => {
  const stop = new AbortController();
  const terminal = new FakeTerminal({ signal: stop.signal });
  const code = run([...(await scanBlocks(t)), '--follow'], terminal);
  while (!terminal.stderr.text.includes('Following new blocks; Ctrl-C stops.'))
    await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  assert.equal(await code, 130);
  assert.match(
    terminal.stderr.text,
    /\nInterrupted: all blocks up to height 5 were looked at; the same command goes on from there\.\n$/,
  );
});

const MAINNET_ADDRESS = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4';

function scanArgs(t: TestContext): string[] {
  return ['scan', '--network', 'regtest', '--connect', '127.0.0.1:1', '--datadir', temporaryFolder(t)];
}

/** What was typed after the network, and what is said of it. */
const WRONG: readonly (readonly [string[], RegExp])[] = [
  [[], /say what to look for, with --address, --script or --descriptor\n/],
  [['--address', MAINNET_ADDRESS], /it is an address of mainnet, not of regtest\n/],
  [['--address', `${ADDRESS.slice(0, -1)}q`], /the checksum does not fit/],
  [['--script', 'zz'], /"zz" is no script/],
  [['--script', '6a01ff'], /a script that begins with OP_RETURN is in no filter/],
  [['--descriptor', 'wpkh(what)'], /descriptor 1 is wrong: /],
  [['--address', ADDRESS, '--range', '5'], /--range is of use with --descriptor only\n/],
  [['--address', ADDRESS, '--range', 'all'], /Not a whole number, nor two like 0-999\./],
  [['--address', ADDRESS, '--listen', '127.0.0.1:0'], /--listen is of use with --follow only/],
  [['--address', ADDRESS, '--filter-peers', '9'], /Not from 1 to 8\./],
  [
    ['--address', ADDRESS, '--network', 'signet'],
    /it is an address of regtest, not of signet|say where to begin/,
  ],
];

for (const [args, words] of WRONG) {
  test(`scan ${args.join(' ')} is wrong usage, said at once`, async (t) => {
    const { code, stdout, stderr } = await runHere([...scanArgs(t), ...args]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, words);
    assert.match(stderr, /^headlight: [^\n]+\n\(try headlight scan --help\)\n$/);
  });
}

for (const network of ['mainnet', 'testnet3', 'testnet4', 'signet']) {
  test(`on ${network} the first height has to be named, and why is said`, async (t) => {
    const { code, stderr } = await runHere([...scanArgs(t), '--network', network, '--script', '51']);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^headlight: say where to begin, with --from HEIGHT, a block before the first payment: .* GB of filters\n/,
    );
  });
}

test('what is meant for other commands in the environment is no wrong usage', async (t) => {
  setEnvironment(t, { HEADLIGHT_RANGE: '0-9', HEADLIGHT_LISTEN: '127.0.0.1:0', HEADLIGHT_TIMEOUT: '0.2' });
  const { code, stderr } = await runHere([...scanArgs(t), '--address', ADDRESS]);
  assert.equal(code, 1, stderr);
});
