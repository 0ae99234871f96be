import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toDisplayHex } from '../../src/bytes/hex.ts';
import { filterHash, filterHeader, NO_FILTER_HEADER } from '../../src/filters/index.ts';

test('a filter header commits to the filter and to the header below', () => {
  // Blocks 0 and 2 of testnet3 (BIP 158, test vectors); the latter's predecessor is given there.
  const genesis = filterHeader(filterHash(fromHex('019dfca8')), NO_FILTER_HEADER);
  assert.equal(toDisplayHex(genesis), '21584579b7eb08997773e5aeff3a7f932700042d0ed2a6129012b7d7ae81b750');
  const below = fromHex('d7bdac13a59d745b1add0d2ce852f1a0442e8945fc1bf3848d3cbffd88c24fe1').toReversed();
  const second = filterHeader(filterHash(fromHex('0174a170')), below);
  assert.equal(toDisplayHex(second), '186afd11ef2b5e7e3504f2e8cbf8df28a1fd251fe53d60dff8b1467d1b386cf0');
});

test('below genesis there are zeros', () => {
  assert.deepEqual(NO_FILTER_HEADER, new Uint8Array(32));
});
