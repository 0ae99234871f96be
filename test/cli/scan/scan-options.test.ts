import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Command } from 'commander';
import {
  addScanOptions,
  type ScanForOptions,
  scanOf,
  scanWords,
} from '../../../src/cli/scan/scan-options.ts';
import { NETWORKS } from '../../../src/index.ts';
import { setEnvironment } from '../../support/environment.ts';
import { ADDRESS } from '../../support/scan-events.ts';

function parse(...args: string[]): ScanForOptions {
  const command = addScanOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parse(args, { from: 'user' }).opts<ScanForOptions>();
}

function parseIn(t: TestContext, environment: Record<string, string>): ScanForOptions {
  setEnvironment(t, environment);
  return parse();
}

test('each kind of place can be named again and again', () => {
  const args = ['--address', 'a', '--address', 'b', '--script', '51', '--descriptor', 'wpkh(k/0/*)'];
  const { address, script, descriptor } = parse(...args, '--descriptor', 'multi(1,x,y)');
  assert.deepEqual([address, script, descriptor], [['a', 'b'], ['51'], ['wpkh(k/0/*)', 'multi(1,x,y)']]);
});

test('a descriptor keeps its commas, typed or from the environment, where spaces are between several', (t) => {
  const { address, descriptor } = parseIn(t, {
    HEADLIGHT_ADDRESS: 'a,b c',
    HEADLIGHT_DESCRIPTOR: 'wsh(multi(2,x,y))#abc  tr(z)\n',
  });
  assert.deepEqual(address, ['a', 'b', 'c']);
  assert.deepEqual(descriptor, ['wsh(multi(2,x,y))#abc', 'tr(z)']);
});

test('a range is one end, as in Core, or both', () => {
  assert.equal(parse().range, undefined);
  assert.deepEqual(parse('--range', '20').range, { from: 0, to: 20 });
  assert.deepEqual(parse('--range', '5-20').range, { from: 5, to: 20 });
  assert.deepEqual(parse('--range', '7-7').range, { from: 7, to: 7 });
});

test('all of it can be set in the environment', (t) => {
  const { range, from, filterPeers, allBlocks, fresh } = parseIn(t, {
    HEADLIGHT_RANGE: '0-49',
    HEADLIGHT_FROM: '800000',
    HEADLIGHT_FILTER_PEERS: '1',
    HEADLIGHT_ALL_BLOCKS: '1',
    HEADLIGHT_FRESH: 'yes',
  });
  assert.deepEqual([range, from, filterPeers], [{ from: 0, to: 49 }, 800_000, 1]);
  assert.deepEqual([allBlocks, fresh], [true, true]);
});

test('what is no range, height or number of peers is refused at once', () => {
  for (const args of [
    ['--range', '20-5'],
    ['--range', '-5'],
    ['--range', '5-'],
    ['--range', '1,5'],
    ['--range', ''],
    ['--range', '9'.repeat(20)],
    ['--from', '-1'],
    ['--from', 'genesis'],
    ['--filter-peers', '0'],
    ['--filter-peers', '9'],
    ['--address', ' '],
    ['--descriptor', ' '],
  ]) {
    assert.throws(() => parse(...args), { code: 'commander.invalidArgument' }, args.join(' '));
  }
});

test('the library is told what was said, and that earlier runs count unless they are to be forgotten', () => {
  assert.deepEqual(scanOf(parse('--address', 'a', '--script', '51'), 7), {
    addresses: ['a'],
    scripts: ['51'],
    fromHeight: 7,
    allBlocks: false,
    resume: true,
  });
  const args = ['--descriptor', 'x', '--descriptor', 'y', '--filter-peers', '1', '--all-blocks', '--fresh'];
  const { descriptors, ...others } = scanOf(parse(...args), 0);
  assert.deepEqual(descriptors, [
    { descriptor: 'x', range: [0, 999] },
    { descriptor: 'y', range: [0, 999] },
  ]);
  assert.deepEqual(others, { fromHeight: 0, filterPeers: 1, allBlocks: true, resume: false });
  assert.deepEqual(scanOf(parse('--descriptor', 'x', '--range', '5-9'), 0).descriptors, [
    { descriptor: 'x', range: [5, 9] },
  ]);
});

test('what is looked for is said in one line, a descriptor only counted', () => {
  const { regtest, mainnet } = NETWORKS;
  assert.equal(
    scanWords(parse('--address', ADDRESS), regtest, 0),
    `Looking for payments of address ${ADDRESS} on regtest from height 0`,
  );
  const many = ['--address', 'a', '--address', 'b', '--script', '51', '--descriptor', 'wpkh(secret)'];
  assert.equal(
    scanWords(parse(...many), mainnet, 800_000),
    'Looking for payments of 2 addresses and script 51 and 1 descriptor (places 0-999 where ranged) on mainnet from height 800,000',
  );
  const long = scanWords(parse('--script', '51'.repeat(10_000)), regtest, 0);
  assert.ok(long.length < 160, long);
});
