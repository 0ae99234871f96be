import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equalBytes, sha256d } from '../../src/bytes/hash.ts';
import { fromHex, toDisplayHex } from '../../src/bytes/hex.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { encodeHeaders } from '../../src/wire/header.ts';
import { headerAt, lastOf, mine, toHeaders } from '../support/mine.ts';
import { readFixture } from '../support/repository.ts';

test('the fields of each header are found where they lie', () => {
  const headers = mine(5, { salt: 3 });
  const run = HeaderRun.fromBytes(headers);
  assert.equal(run.count, 5);
  for (const [i, header] of toHeaders(headers).entries()) {
    assert.deepEqual(run.prevAt(i), header.prev);
    assert.equal(run.timeAt(i), header.time);
    assert.equal(run.bitsAt(i), header.bits);
    const { version, time, bits } = header;
    assert.deepEqual(run.fieldsAt(i), { version, time, bits });
    assert.deepEqual(run.bytesAt(i), headerAt(headers, i));
    assert.deepEqual(run.hashAt(i), sha256d(headerAt(headers, i)));
  }
});

test('a version whose top bit is set is negative, while time and bits are not', () => {
  const bytes = new Uint8Array(80).fill(0xff);
  const run = HeaderRun.fromBytes(bytes);
  assert.deepEqual(run.fieldsAt(0), { version: -1, time: 0xffffffff, bits: 0xffffffff });
});

test('genesis of every network has its published hash', () => {
  for (const network of Object.values(NETWORKS)) {
    const run = HeaderRun.fromBytes(fromHex(network.genesisHeaderHex));
    assert.equal(toDisplayHex(run.hashAt(0)), network.genesisHash, network.name);
  }
});

test('a run may lie anywhere in a larger buffer', () => {
  const headers = mine(3);
  const larger = new Uint8Array(7 + headers.length + 9).fill(0xaa);
  larger.set(headers, 7);
  assertSame(HeaderRun.fromBytes(larger.subarray(7, 7 + headers.length)), HeaderRun.fromBytes(headers));
});

test('a run made of decoded headers is the same as one made of their bytes', () => {
  const headers = mine(4);
  assertSame(HeaderRun.fromBytes(encodeHeaders(toHeaders(headers))), HeaderRun.fromBytes(headers));
  assert.equal(HeaderRun.fromBytes(new Uint8Array(0)).count, 0);
});

test('the hashes of linked headers are taken from the next one, and are those that hashing gives', () => {
  const headers = readFixture('headers', 'regtest-0-301.headers');
  const hashed = HeaderRun.fromBytes(headers);
  assertSame(HeaderRun.linked(headers, sha256d(lastOf(headers))), hashed);
  const alone = mine(1);
  assertSame(HeaderRun.linked(alone, sha256d(alone)), HeaderRun.fromBytes(alone));
  assert.equal(HeaderRun.linked(new Uint8Array(0), new Uint8Array(32)).count, 0);
});

test('each header links to the one before it, and to no other', () => {
  const headers = mine(6, { salt: 9 });
  // Behind an odd number of other bytes, as in a message.
  const larger = new Uint8Array(3 + headers.length);
  larger.set(headers, 3);
  const run = HeaderRun.fromBytes(larger.subarray(3));
  for (let i = 1; i < run.count; i++) assert.ok(run.links(i), `header ${i}`);
  const swapped = HeaderRun.fromBytes(new Uint8Array([...headerAt(headers, 0), ...headerAt(headers, 2)]));
  assert.ok(!swapped.links(1));
});

test('a link is broken by any bit of the parent’s hash', () => {
  const headers = mine(2);
  for (let bit = 0; bit < 256; bit++) {
    const copy = headers.slice();
    const at = 80 + 4 + (bit >> 3);
    copy[at] = (copy[at] as number) ^ (1 << (bit & 7));
    assert.ok(!HeaderRun.fromBytes(copy).links(1), `bit ${bit}`);
  }
});

test('a part of a run has its own headers and hashes, and links', () => {
  const run = HeaderRun.fromBytes(mine(9));
  const part = run.part(3, 7);
  assertSame(part, HeaderRun.fromBytes(run.slice(3, 7)));
  assert.deepEqual(part.hashes, run.hashes.subarray(3 * 32, 7 * 32));
  for (let i = 1; i < part.count; i++) assert.ok(part.links(i));
  assert.equal(run.part(4, 4).count, 0);
});

test('thousands of headers have the same hashes as one by one', () => {
  const headers = readFixture('headers', 'mainnet-0-32261.headers').subarray(80 * 7, 80 * 3007);
  const run = HeaderRun.fromBytes(headers);
  assert.equal(run.hashes.length, 32 * 3000);
  for (let i = 0; i < run.count; i++) {
    assert.ok(equalBytes(run.hashAt(i), sha256d(headerAt(headers, i))), `header ${i}`);
    assert.ok(i === 0 || run.links(i), `link ${i}`);
  }
});

test('a slice goes from one header up to but without another', () => {
  const headers = mine(5);
  const run = HeaderRun.fromBytes(headers);
  assert.deepEqual(run.slice(1, 3), headers.subarray(80, 240));
  assert.deepEqual(run.slice(0, 5), headers);
  assert.equal(run.slice(2, 2).length, 0);
});

test('bytes that end within a header are the caller’s mistake', () => {
  for (const length of [1, 79, 81, 239]) {
    assert.throws(() => HeaderRun.fromBytes(new Uint8Array(length)), RangeError);
    assert.throws(() => HeaderRun.linked(new Uint8Array(length), new Uint8Array(32)), RangeError);
  }
  assert.equal(HeaderRun.fromBytes(new Uint8Array(0)).count, 0);
});

function assertSame(actual: HeaderRun, expected: HeaderRun): void {
  assert.equal(actual.count, expected.count);
  assert.deepEqual(actual.bytes, expected.bytes);
  for (let i = 0; i < expected.count; i++) {
    assert.deepEqual(actual.hashAt(i), expected.hashAt(i), `hash ${i}`);
    assert.deepEqual(actual.prevAt(i), expected.prevAt(i), `parent of ${i}`);
  }
}
