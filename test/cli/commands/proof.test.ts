import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { concat } from '../../../src/bytes/concat.ts';
import { toDisplayHex, toHex } from '../../../src/bytes/hex.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { makeProof } from '../../../src/merkle-proof.ts';
import { identify, type IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { chainOf } from '../../support/chains.ts';
import { parseLines } from '../../support/command.ts';
import { FakeTerminal, type FakeTerminalOptions, runHere } from '../../support/fake-terminal.ts';
import { aTx } from '../../support/made-blocks.ts';
import { mine } from '../../support/mine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { mineBlock } from '../../support/transactions.ts';

const MADE = mineBlock([1, 2, 3, 4].map((n) => identify(aTx(n))));
const [COINBASE, FIRST, SECOND, THIRD] = MADE.transactions as [
  IdentifiedTx,
  IdentifiedTx,
  IdentifiedTx,
  IdentifiedTx,
];
const PROOF = toHex(makeProof(MADE, [SECOND.txid]));
const BLOCK = toDisplayHex(MADE.hash);

const cleanups: (() => void)[] = [];
const t = { after: (fn?: unknown) => void cleanups.push(fn as () => void) };
let datadir = '';
before(async () => {
  datadir = temporaryFolder(t);
  const chain = await chainOf(concat([MADE.bytes, mine(5, { parent: MADE.bytes })]), datadir);
  await chain.close();
});
after(() => {
  for (const clean of cleanups) clean();
});

function verify(args: readonly string[], terminal?: FakeTerminalOptions) {
  return runHere(['proof', 'verify', '--network', 'regtest', '--datadir', datadir, ...args], terminal);
}

const FIELDS = `  block          ${BLOCK}
  height         1
  time           2011-02-02 23:26:42 UTC
  confirmations  6
`;

test('a proof by itself says where the transaction is, and in one line what it leaves open', async () => {
  assert.deepEqual(await verify([PROOF]), {
    code: 0,
    stdout: `Transaction ${toDisplayHex(SECOND.txid)} is in the best chain, if that is what it is
${FIELDS}  transactions   5, as the proof says
  place          2
  depth of tree  claimed only
Still possible: a txid here names no transaction but a hash inside the tree, or one of just 64 bytes that was made up to fit (about 2^35 hashes, and two transactions of one's own in that block). To rule it out give the transaction with --tx, or the block's first with --coinbase.
`,
    stderr: '',
  });
});

test('with the transaction itself nothing is left open', async () => {
  const { code, stdout } = await verify([PROOF, '--tx', toHex(SECOND.raw)]);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `Transaction ${toDisplayHex(SECOND.txid)} is in the best chain
${FIELDS}  transactions   5, as the proof says
  place          2
  depth of tree  proven by the transaction given
`,
  );
});

test('with the coinbase neither, and of several transactions each has its line', async () => {
  const proof = toHex(makeProof(MADE, [SECOND.txid, THIRD.txid]));
  const several = toHex(makeProof(MADE, [COINBASE.txid, THIRD.txid]));
  const { stdout } = await verify([several, '--coinbase', toHex(COINBASE.raw)]);
  assert.equal(
    stdout,
    `2 transactions are in the best chain
${FIELDS}  transactions   5, as the proof says
  place 0        ${toDisplayHex(COINBASE.txid)}
  place 3        ${toDisplayHex(THIRD.txid)}
  depth of tree  proven by the coinbase given
`,
  );
  const open = await verify([proof]);
  assert.match(open.stdout, /^2 transactions are in the best chain, if that is what they are\n/);
  const closed = await verify([proof, '--tx', toHex(SECOND.raw), '--tx', toHex(THIRD.raw)]);
  assert.match(closed.stdout, /depth of tree {2}proven by the transactions given\n$/);
});

test('with --json there is one event', async () => {
  const { code, stdout, stderr } = await verify([PROOF, '--tx', toHex(SECOND.raw), '--json']);
  assert.deepEqual([code, stderr], [0, '']);
  const [{ time, ...event } = {}, ...others] = parseLines(stdout);
  assert.deepEqual(others, []);
  assert.equal(typeof time, 'string');
  assert.deepEqual(event, {
    event: 'proof',
    network: 'regtest',
    valid: true,
    height: 1,
    hash: BLOCK,
    confirmations: 6,
    blockTime: MADE.header.time,
    medianTime: MADE.header.time,
    txids: [{ txid: toDisplayHex(SECOND.txid), index: 2 }],
    transactionCount: 5,
    depth: 'proven',
  });
});

test('proof and transactions may be in files, and the proof may come through a pipe', async (context) => {
  const folder = temporaryFolder(context);
  const [proof, transaction] = [join(folder, 'a proof'), join(folder, 'a, transaction')];
  writeFileSync(proof, `${PROOF}\n`);
  writeFileSync(transaction, SECOND.raw);
  const expected = (await verify([PROOF, '--tx', toHex(SECOND.raw)])).stdout;
  assert.equal((await verify([`@${proof}`, '--tx', `@${transaction}`])).stdout, expected);
  for (const name of [['-'], []]) {
    assert.equal((await verify([...name, '--tx', toHex(SECOND.raw)], { input: PROOF })).stdout, expected);
  }
});

/** What is typed, the code, and the one line that is said. */
const REFUSED: readonly (readonly [string, readonly string[], string, RegExp])[] = [
  [
    'a proof that is cut short',
    [PROOF.slice(0, -2)],
    'unexpected-end',
    /^headlight: this is no proof: byte \d+, flags: [^;]* \(unexpected-end\); it is to be what bitcoind's gettxoutproof/,
  ],
  [
    'what is no hexadecimal',
    ['xyz'],
    'bad-hex',
    /^headlight: this is no proof: byte 0: "x" is no hexadecimal digit/,
  ],
  [
    'a tree that leads elsewhere',
    [PROOF.replace(toHex(SECOND.txid), toHex(FIRST.txid))],
    'tree-root-mismatch',
    /the tree of the proof is unsound: it leads to the root .* \(tree-root-mismatch\); do not rely on it/,
  ],
  [
    'another transaction than the proof is of',
    [PROOF, '--tx', toHex(FIRST.raw)],
    'tx-not-proven',
    new RegExp(
      `does not prove transaction ${toDisplayHex(FIRST.txid)}, which was given \\(tx-not-proven\\); see that`,
    ),
  ],
  [
    'the coinbase for a proof that does not show it',
    [PROOF, '--coinbase', toHex(COINBASE.raw)],
    'tx-not-proven',
    /does not show the block's first transaction, .*for --coinbase the proof must have/,
  ],
];

for (const [what, args, code, words] of REFUSED) {
  test(`${what} is refused in one line that says what to do`, async () => {
    const result = await verify([...args, '--json']);
    assert.equal(result.code, 1);
    assert.match(result.stderr, words);
    assert.match(result.stderr, /^[^\n]+\n$/);
    const events = parseLines(result.stdout);
    assert.equal(events.at(-1)?.['event'], 'error');
    assert.ok(events.every((event) => event['code'] === code));
    assert.deepEqual((await verify(args)).stdout, '');
  });
}

test('a refusal is an event of the proof too, with the block', async () => {
  const { stdout } = await verify([PROOF, '--tx', toHex(FIRST.raw), '--json']);
  const [proof, error] = parseLines(stdout);
  assert.deepEqual(
    [proof?.['event'], proof?.['valid'], proof?.['code'], proof?.['hash']],
    ['proof', false, 'tx-not-proven', BLOCK],
  );
  assert.deepEqual([error?.['event'], error?.['hash']], ['error', BLOCK]);
});

test('a proof of another branch says what the best chain has instead', async () => {
  const stale = mineBlock([identify(aTx(9))]);
  const { code, stderr } = await verify([toHex(makeProof(stale, [stale.transactions[1]!.txid]))]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /is not on the best chain: that has another one at height 1, and 5 more on top of it \(block-stale\); ask for a new proof/,
  );
});

test('where there are no headers that is what is said', async (context) => {
  const { code, stderr } = await verify([PROOF, '--datadir', temporaryFolder(context)]);
  assert.equal(code, 1);
  assert.match(stderr, /there are no regtest headers in .*: run "headlight sync"/);
});

test('while another process has the headers that is what is said', async (context) => {
  const folder = temporaryFolder(context);
  const chain = await chainOf(MADE.bytes, folder);
  const { code, stdout } = await verify([PROOF, '--datadir', folder, '--json']);
  await chain.close();
  assert.deepEqual([code, parseLines(stdout)[0]?.['code']], [1, 'store-locked']);
});

/** What was typed after `proof`, and what is said of it. */
const WRONG_USAGE: readonly (readonly [string, RegExp])[] = [
  ['', /^Usage: headlight proof /],
  ['verify 00 11', /too many arguments for 'verify'.*\n\(try headlight proof verify --help\)\n$/],
  ['verify 00 --tx -', /Not hexadecimal digits or @FILE\./],
  ['make', /required option '--block <hash\|height>' not specified|missing required argument 'txid'/],
  [
    `make ${'a'.repeat(64)}`,
    /required option '--block <hash\|height>' not specified\n\(try headlight proof make/,
  ],
  ['make abc --block 5', /Not 64 hexadecimal digits\./],
  [`make ${'a'.repeat(64)} --block tip`, /Not a height, nor a hash of 64 hexadecimal digits\./],
];

for (const [line, words] of WRONG_USAGE) {
  test(`"headlight proof ${line.slice(0, 30)}" is wrong usage`, async () => {
    const { code, stdout, stderr } = await runHere([
      'proof',
      ...line.split(' ').filter((word) => word !== ''),
    ]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, words);
  });
}

for (const name of ['verify', 'make']) {
  test(`headlight proof ${name} --help fits 80 columns, and says what all commands say`, async () => {
    const { code, stdout } = await runHere(['proof', name, '--help']);
    assert.equal(code, 0);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    assert.match(stdout, /Options can also be set in the environment/);
  });
}

test('every option can be had from the environment, under its name', async () => {
  const { commands } = await createProgram(new FakeTerminal(), 'proof');
  const inner = commands.flatMap((command) => command.commands);
  assert.deepEqual(
    inner.map((command) => command.name()),
    ['verify', 'make'],
  );
  for (const option of inner.flatMap((command) => command.options)) {
    assert.equal(option.envVar, `HEADLIGHT_${option.name().replaceAll('-', '_').toUpperCase()}`);
  }
});
