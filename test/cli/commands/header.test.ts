import assert from 'node:assert/strict';
import { before, after, test } from 'node:test';
import { runHere } from '../../support/fake-terminal.ts';
import { parseLines } from '../../support/command.ts';
import { readFixture } from '../../support/repository.ts';
import { MAINNET_FILE, mainnetStore } from '../../support/stores.ts';

const cleanups: (() => void)[] = [];
let datadir = '';
before(async () => {
  datadir = await mainnetStore({ after: (fn) => void cleanups.push(fn as () => void) }, 2_101);
});
after(() => {
  for (const clean of cleanups) clean();
});

const header = (...args: string[]) => runHere(['header', ...args, '--datadir', datadir]);

const GENESIS = `Header 0
  hash           000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f
  previous       0000000000000000000000000000000000000000000000000000000000000000
  merkle root    4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b
  time           2009-01-03 18:15:05 UTC
  version        0x00000001
  bits           1d00ffff
  target         00000000ffff0000000000000000000000000000000000000000000000000000
  difficulty     1
  nonce          2083236893
  median time    2009-01-03 18:15:05 UTC
  chainwork      0x100010001 (2^32.0 hashes)
  confirmations  2,101
`;

test('a header is shown field by field', async () => {
  assert.deepEqual(await header('0'), { code: 0, stdout: GENESIS, stderr: '' });
});

test('a header is found by its hash, in either case', async () => {
  const hash = '000000000019D6689C085AE165831E934FF763AE46A2A6C172B3F1B60A8CE26F';
  assert.equal((await header(hash)).stdout, GENESIS);
});

test('the tip goes by its name, and a height may have the commas it is shown with', async () => {
  assert.match((await header('tip')).stdout, /^Header 2,100\n.*confirmations {2}1\n$/s);
  assert.equal((await header('2,100')).stdout, (await header('tip')).stdout);
});

test('several headers have an empty line between them', async () => {
  const { stdout } = await header('0', '--count', '3');
  assert.deepEqual(stdout.match(/(^|\n\n)Header \d\n/g), ['Header 0\n', '\n\nHeader 1\n', '\n\nHeader 2\n']);
});

test('with --json each header is an event on its own line', async () => {
  const events = parseLines((await header('2099', '--count', '5', '--json')).stdout);
  assert.deepEqual(
    events.map(({ event, network, height, confirmations }) => [event, network, height, confirmations]),
    [
      ['header', 'mainnet', 2099, 2],
      ['header', 'mainnet', 2100, 1],
    ],
  );
  const names =
    'event time network height hash version previous merkleRoot blockTime bits target difficulty nonce hex ' +
    'medianTime chainwork confirmations';
  assert.deepEqual(Object.keys(events[0] ?? {}), names.split(' '));
});

test('with --hex there are the bytes alone, also of more headers than are read at a time', async () => {
  const { stdout } = await header('0', '--count', '2050', '--hex');
  const bytes = Buffer.from(stdout.replaceAll('\n', ''), 'hex');
  assert.deepEqual(new Uint8Array(bytes), readFixture('headers', MAINNET_FILE).slice(0, 80 * 2_050));
});

test('what is not there is said, with where the store ends', async () => {
  assert.deepEqual(await header('99999'), {
    code: 1,
    stdout: '',
    stderr: 'headlight: no header with height 99,999; the store ends at height 2,100\n',
  });
  const { code, stdout } = await header('f'.repeat(64), '--json');
  assert.equal(code, 1);
  assert.match(stdout, /"network":"mainnet","code":"header-not-found"/);
});

for (const which of ['foo', '-1', '1.5', '1,00', 'ff'.repeat(31), '12345678901']) {
  test(`${which} is no height, hash or "tip": wrong usage`, async () => {
    const { code, stdout, stderr } = await runHere(['header', '--datadir', datadir, '--', which]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^headlight: .*\n\(try headlight header --help\)\n$/);
  });
}

test('a count below one, and --hex together with --json, are wrong usage', async () => {
  assert.match((await header('0', '--count', '0')).stderr, /At least 1/);
  assert.equal((await header('0', '--count', 'x')).code, 2);
  assert.equal((await header('0', '--hex', '--json')).code, 2);
});
