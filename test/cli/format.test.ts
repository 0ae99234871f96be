import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatAge,
  formatBtc,
  formatBtcChange,
  formatBytes,
  formatChainwork,
  formatCount,
  formatDifficulty,
  formatFields,
  formatLatency,
  formatNumberOf,
  formatSeconds,
  formatSpan,
  formatTime,
  formatTimeLeft,
} from '../../src/cli/format.ts';

/** Each input with what people read. */
function shows<T>(format: (value: T) => string, cases: readonly (readonly [T, string])[]): void {
  assert.deepEqual(
    cases.map(([value]) => format(value)),
    cases.map(([, text]) => text),
  );
}

test('amounts have eight decimals, and fewer only where there is no room', () => {
  assert.equal(formatBtc(0), '0.00000000');
  assert.equal(formatBtc(1), '0.00000001');
  assert.equal(formatBtc(150_000_000), '1.50000000');
  assert.equal(formatBtc(2_100_000_000_000_000), '21000000.00000000');
  assert.equal(formatBtc(2_099_999_912_345_678, 14), '20999999.12345');
  assert.equal(formatBtc(2_099_999_912_345_678, 9), '20999999');
});

test('changes have a sign, and amounts below zero too', () => {
  shows(formatBtcChange, [
    [150_000_000, '+1.50000000'],
    [-1, '-0.00000001'],
    [-250_000_000, '-2.50000000'],
    [0, '0.00000000'],
  ]);
  assert.equal(formatBtcChange(2_099_999_912_345_678, 14), '+20999999.1234');
  assert.equal(formatBtcChange(-2_099_999_912_345_678, 14), '-20999999.1234');
  assert.equal(formatBtc(-50), '-0.00000050');
});

test('what is counted is named, one or many', () => {
  assert.deepEqual(
    [formatNumberOf(0, 'block'), formatNumberOf(1, 'block'), formatNumberOf(2_000, 'block')],
    ['0 blocks', '1 block', '2,000 blocks'],
  );
  assert.equal(formatNumberOf(2, 'address', 'addresses'), '2 addresses');
});

test('counts have commas between the thousands, whatever the language of the machine', () => {
  shows(formatCount, [
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [1_234_567, '1,234,567'],
  ]);
});

test('times are in UTC and say so', () => {
  assert.equal(formatTime(1_231_006_505), '2009-01-03 18:15:05 UTC');
  assert.equal(formatTime(0xffff_ffff), '2106-02-07 06:28:15 UTC', 'the last time that a header can have');
});

test('durations have two figures of their unit, and never sixty of one', () => {
  shows(formatSeconds, [
    [0, '0 ms'],
    [0.0004, '0 ms'],
    [0.85, '850 ms'],
    [0.9996, '1.0 s'],
    [12.34, '12.3 s'],
    [59.94, '59.9 s'],
    [59.96, '1 min 00 s'],
    [245, '4 min 05 s'],
    [3_599.6, '1 h 00 min'],
    [7_380, '2 h 03 min'],
  ]);
});

test('the time left is rounded, for it is a guess', () => {
  shows(formatTimeLeft, [
    [0.01, '1 s'],
    [8.4, '8 s'],
    [59.7, '1 min'],
    [250, '4 min'],
    [3_580, '1.0 h'],
    [7_380, '2.0 h'],
    [900_000, '250.0 h'],
  ]);
});

test('ages are in the largest unit that is full', () => {
  shows(formatAge, [
    [-7_000, 'just now'],
    [59, 'just now'],
    [60, '1 minute ago'],
    [3_599, '59 minutes ago'],
    [3_600, '1 hour ago'],
    [86_400 * 12.9, '12 days ago'],
    [86_400 * 365, '365 days ago'],
    [86_400 * 366, '1 year ago'],
    [86_400 * 6_000, '16 years ago'],
  ]);
});

test('sizes are in decimal units', () => {
  shows(formatBytes, [
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_960, '1.0 MB'],
    [2_593_715, '2.6 MB'],
    [4.2e15, '4200.0 TB'],
  ]);
});

test('a difficulty far below one is not rounded to nothing', () => {
  shows(formatDifficulty, [
    [1, '1'],
    [1.1828995343128408, '1.18'],
    [14_484.162361, '14,484.16'],
    [4.6565423739069247e-10, '4.66e-10'],
  ]);
});

test('chainwork is shown without its zeros and as a power of two', () => {
  shows(formatChainwork, [
    ['0'.repeat(64), '0x0'],
    [`${'0'.repeat(63)}2`, '0x2 (2^1.0 hashes)'],
    [`${'0'.repeat(55)}100010001`, '0x100010001 (2^32.0 hashes)'],
    ['f'.repeat(64), `0x${'f'.repeat(64)} (2^256.0 hashes)`],
  ]);
});

test('fields stand one under the other', () => {
  assert.deepEqual(
    formatFields([
      ['tip', '5'],
      ['first retarget', '6'],
    ]),
    ['  tip             5', '  first retarget  6'],
  );
});

test('how long a connection is there, in one unit', () => {
  const expected = [
    [0, '0 s'],
    [59.4, '59 s'],
    [59.5, '1 min'],
    [3_569, '59 min'],
    [3_570, '1.0 h'],
    [86_400, '24.0 h'],
    [172_799, '2.0 d'],
    [30 * 86_400, '30.0 d'],
  ] as const;
  for (const [seconds, text] of expected) assert.equal(formatSpan(seconds), text);
});

test('round trips are finer where they are short', () => {
  assert.deepEqual([0, 0.34, 9.9, 10, 84.6, 1_204].map(formatLatency), [
    '0.0 ms',
    '0.3 ms',
    '9.9 ms',
    '10 ms',
    '85 ms',
    '1,204 ms',
  ]);
});
