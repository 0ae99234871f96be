import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toHex } from '../../../src/bytes/hex.ts';
import { NETWORKS } from '../../../src/networks/by-name.ts';
import { encodeFrame } from '../../../src/transport/v1.ts';
import { runHere, steady } from '../../support/fake-terminal.ts';
import { fixture, readFixture } from '../../support/repository.ts';

const VERACK = 'f9beb4d976657261636b000000000000000000005df6e0e2';

test("the message f9beb4d9... is mainnet's verack", async () => {
  assert.deepEqual(await runHere(['decode', 'message', VERACK]), {
    code: 0,
    stdout: `network       mainnet
command       verack
length        0
checksum      5df6e0e2
checksumFits  true
payload       none
`,
    stderr: '',
  });
  const { stdout } = await runHere(['decode', 'message', VERACK, '--json']);
  assert.equal(
    steady(stdout),
    '{"event":"decoded","time":"NOW","kind":"message","value":{"network":"mainnet","command":"verack",' +
      '"length":0,"checksum":"5df6e0e2","checksumFits":true,"payload":{}}}\n',
  );
});

test('a wrong checksum is shown, not refused', async () => {
  const { code, stdout } = await runHere(['decode', 'message', VERACK.replace(/e2$/, 'e3')]);
  assert.equal(code, 0);
  assert.match(stdout, /checksumFits {2}false/);
});

test('a message that we do not know is shown with its bytes', async () => {
  const frame = 'f9beb4d9706f656d00000000000000000200000000000000abcd';
  const { code, stdout } = await runHere(['decode', 'message', frame]);
  assert.equal(code, 0);
  assert.match(stdout, /command {7}poem\n.*payload\n {2}hex {2}abcd\n$/s);
});

test('a header is read from standard input, as bytes', async () => {
  const input = readFixture('headers', 'mainnet-0-32261.headers').slice(0, 80);
  const { code, stdout } = await runHere(['decode', 'header'], { input });
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^hash {8}000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f\nversion {5}1\n/,
  );
});

test('a transaction is read from a file, as hexadecimal', async () => {
  const file = `@${fixture('transactions', 'p2wpkh.hex')}`;
  const { code, stdout } = await runHere(['decode', 'tx', file, '--network', 'regtest']);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `txid      9b6365602b378c95997e0d51c316b834704673106b7b77e9c9f5197714445283
wtxid     643bcb69dfaaca499d238b43261557c25711a63d1a18256d5a07a5301c76a27a
size      191
vsize     110
weight    437
version   2
lockTime  123
inputs
  0
    txid       7658f1bb4e2672dc442fb005e3521a40c1bbfc6f492e2c169ee14850b30d3693
    vout       0
    scriptHex  (empty)
    asm        (empty)
    sequence   4294967293
    witness
      0  304402206725b393610150632b82f6740f13b0f68c024e6f12f37cc940883cf1a2c880f2022053c86aa401b904bb597f41fe788178a0cfcae800e8503136ba847a08e8b4f41901
      1  02d50fb5f2d5c71d9280380fcc5854b26a9a6bc2ded6c1bfed3ca888a674803dcc
outputs
  0
    n          0
    valueSats  99900000
    scriptHex  00147c670f8ad152d74299c0df23787b4d35696927d7
    type       p2wpkh
    address    bcrt1q03nslzk32tt59xwqmu3hs76dx45kjf7hfqppex
    asm        0 7c670f8ad152d74299c0df23787b4d35696927d7
fault     none
`,
  );
});

test('a block is decoded with all its transactions', async () => {
  const { code, stdout } = await runHere([
    'decode',
    'block',
    `@${fixture('blocks', 'many-transactions.hex')}`,
  ]);
  assert.equal(code, 0);
  assert.match(stdout, /\nmerkleRootFits {4}true\n/);
});

const TRANSACTIONS = readdirSync(fixture('transactions')).filter((file) => file.endsWith('.hex'));

for (const file of TRANSACTIONS) {
  test(`${file} is what bitcoind says that it is, to the last field`, async () => {
    const golden = JSON.parse(readFileSync(fixture('transactions', file.replace('.hex', '.json')), 'utf8'));
    const args = ['decode', 'tx', `@${fixture('transactions', file)}`, '--network', 'regtest', '--json'];
    const { code, stdout } = await runHere(args);
    const { time, ...event } = JSON.parse(stdout) as Record<string, unknown>;
    assert.match(String(time), /Z$/);
    assert.deepEqual([code, event], [0, { event: 'decoded', kind: 'tx', value: golden }]);
  });
}

test('the rule that a transaction breaks is named', async () => {
  // One input, no output.
  const hex = `01000000 01 ${'11'.repeat(32)} 00000000 00 ffffffff 00 00000000`;
  const { code, stdout } = await runHere(['decode', 'tx', hex, '--json']);
  const { value } = JSON.parse(stdout) as { value: { fault: Record<string, string> } };
  assert.deepEqual([code, value.fault['code']], [0, 'bad-txns-vout-empty']);
  assert.notEqual(value.fault['detail'], '');
});

test('a script is told with its address on the network that was named, mainnet unless told otherwise', async () => {
  assert.deepEqual(await runHere(['decode', 'script', '51024e73']), {
    code: 0,
    stdout: 'type     p2a\naddress  bc1pfeessrawgf\nasm      1 29518\n',
    stderr: '',
  });
  const { stdout } = await runHere(['decode', 'script', '51024e73', '--network', 'regtest']);
  assert.match(stdout, /\naddress {2}bcrt1pfeesnyr2tx\n/);
});

test('text that a script carries is shown without what the terminal may not have', async () => {
  const { stdout } = await runHere(['decode', 'script', '6a0747727fc3bc6861']);
  assert.doesNotMatch(stdout, /text/);
  const text = await runHere(['decode', 'script', '6a074772c3bcc39f65']);
  assert.match(text.stdout, /\ntext {5}Gr\?\?e\n/);
  const { value } = JSON.parse(
    (await runHere(['decode', 'script', '6a074772c3bcc39f65', '--json'])).stdout,
  ) as {
    value: unknown;
  };
  assert.deepEqual(value, {
    type: 'op-return',
    address: null,
    asm: 'OP_RETURN 4772c3bcc39f65',
    text: 'Grüße',
  });
});

test('a whole message knows its network itself', async () => {
  const hex = readFileSync(fixture('transactions', 'p2wpkh.hex'), 'utf8').trim();
  const regtest = encodeFrame(NETWORKS.regtest.magic, 'tx', fromHex(hex));
  const { stdout } = await runHere(['decode', 'message', toHex(regtest), '--network', 'mainnet']);
  assert.match(stdout, /\bbcrt1q03nslzk32tt59xwqmu3hs76dx45kjf7hfqppex\b/);
});

test("a block's transactions are told with addresses too", async () => {
  const file = `@${fixture('blocks', 'all-kinds.hex')}`;
  const { stdout } = await runHere(['decode', 'block', file, '--network', 'regtest']);
  assert.match(stdout, /\n {8}address {4}bcrt1q\w{38}\n/);
});

test('there is no folder to decode with', async () => {
  assert.equal((await runHere(['decode', 'script', '51', '--datadir', '/nowhere'])).code, 2);
});

/** Arguments, what is wrong with them, and where. */
const RUBBISH = [
  ['header', '', 'unexpected-end', 0, 'version'],
  ['header', '00zz', 'bad-hex', 2, ''],
  ['header', '00'.repeat(81), 'trailing-bytes', 80, ''],
  ['tx', '01000000ff', 'unexpected-end', 5, 'inputs'],
  ['tx', '01000000ffffffffffffffffff', 'over-limit', 4, 'inputs'],
  ['block', '00'.repeat(50), 'unexpected-end', 36, 'header/merkleRoot'],
  ['message', '00'.repeat(24), 'bad-value', 0, 'magic'],
  ['message', VERACK.slice(0, 40), 'unexpected-end', 20, 'checksum'],
  ['message', `${VERACK}00`, 'trailing-bytes', 24, ''],
  [
    'message',
    `f9beb4d970696e67${'00'.repeat(8)}01000000${'00'.repeat(4)}ff`,
    'unexpected-end',
    24,
    'payload',
  ],
] as const;

for (const [kind, input, code, offset, field] of RUBBISH) {
  test(`${JSON.stringify(input.slice(0, 40))} is no ${kind}: ${code} at byte ${offset} ${field}`, async () => {
    const result = await runHere(['decode', kind, input, '--json']);
    const event = JSON.parse(result.stdout) as Record<string, unknown>;
    assert.deepEqual(
      [result.code, event['event'], event['code'], event['offset'], event['field']],
      [1, 'error', code, offset, field],
    );
    assert.match(result.stderr, /^headlight: [^\n]+\n$/);
  });
}

test('a kind that there is not is wrong usage, and the ones that there are are named', async () => {
  const { code, stdout, stderr } = await runHere(['decode', 'poem', '00']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /header, tx, block, script, message.*\n\(try headlight decode --help\)/);
});
