import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regtest } from '../src/networks/regtest.ts';
import { checkScript, scriptOfAddress, shortened } from '../src/watched-scripts.ts';

test('an address is the script that it stands for', () => {
  const script = '0014751e76e8199196d454941c45d1b3a323f1433bd6';
  assert.equal(scriptOfAddress('bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080', regtest), script);
});

test('what is no address is refused', () => {
  assert.throws(() => scriptOfAddress('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', regtest), {
    name: 'TypeError',
    message: /^wrong address "bc1qw508d6qe\.\.": it is an address of mainnet, not of regtest/,
  });
  assert.throws(() => scriptOfAddress(7 as unknown as string, regtest), {
    name: 'TypeError',
    message: '"7" is no address: it is no text',
  });
});

test('a script is hexadecimal digits of either case', () => {
  assert.equal(checkScript('51AB'), '51ab');
  for (const wrong of ['', '5', '5g', ' 51', '51\n', 51 as unknown as string])
    assert.throws(() => checkScript(wrong), { name: 'TypeError', message: /is no script/ });
});

test('a script that no block has room for is refused', () => {
  assert.equal(checkScript('51'.repeat(4_000_000)).length, 8_000_000);
  assert.throws(() => checkScript('51'.repeat(4_000_001)), {
    name: 'TypeError',
    message: 'a script of 4000001 bytes is longer than any in a block',
  });
});

test('what is long is shown in part, on one line', () => {
  assert.equal(shortened('0123456789abcdef'), '"0123456789abcdef"');
  assert.equal(shortened('0123456789abcdefg'), '"0123456789ab.."');
  assert.equal(shortened('a\n\u001b'), '"a??"');
});
