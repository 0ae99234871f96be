import assert from 'node:assert/strict';
import { Command } from 'commander';
import { test } from 'node:test';
import {
  addFilterOptions,
  filterOf,
  type FilterOptions,
  filterWords,
} from '../../../src/cli/watch/filter-options.ts';
import { setEnvironment } from '../../support/environment.ts';

function parse(...args: string[]) {
  const command = addFilterOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return filterOf(command.parse(args, { from: 'user' }).opts<FilterOptions>());
}

test('without options there is no filter', () => {
  assert.deepEqual(parse(), {});
  assert.equal(filterWords({}, 'regtest'), undefined);
});

test('each option can be repeated, and of several least values the least counts', () => {
  const args = ['--address', 'a', '--address', 'b', '--min-value', '500', '--min-value', '20'];
  assert.deepEqual(parse(...args, '--type', 'p2tr', '--type', 'p2a', '--script', '51', '--txid', 'ab'), {
    addresses: ['a', 'b'],
    scripts: ['51'],
    minValueSats: 20,
    types: ['p2tr', 'p2a'],
    txids: ['ab'],
  });
});

test('in the environment several stand beside each other', (t) => {
  setEnvironment(t, { HEADLIGHT_ADDRESS: 'a, b c', HEADLIGHT_TYPE: 'p2tr,p2wsh' });
  assert.deepEqual(parse(), { addresses: ['a', 'b', 'c'], types: ['p2tr', 'p2wsh'] });
});

test('what is no number of satoshis and no type is refused at once', () => {
  for (const args of [
    ['--min-value', '0.5'],
    ['--min-value', '-1'],
    ['--min-value', ''],
    ['--type', 'p2foo'],
    ['--type', ''],
    ['--address', ' '],
  ]) {
    assert.throws(() => parse(...args), { code: 'commander.invalidArgument' }, args.join(' '));
  }
});

test('what is watched is said in one line', () => {
  assert.equal(
    filterWords({ addresses: ['a', 'b'], scripts: ['51'], minValueSats: 1_000 }, 'regtest'),
    'Watching transactions of regtest with address a or address b or script 51, and with outputs of at least 1,000 satoshis in all',
  );
  assert.equal(
    filterWords({ types: ['p2a', 'p2tr'], txids: ['ab', 'cd'] }, 'signet'),
    'Watching transactions of signet with an output of type p2a or p2tr, and with txid ab or cd',
  );
});
