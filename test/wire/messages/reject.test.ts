import { test } from 'node:test';
import { fromHex, toHex } from '../../../src/bytes/hex.ts';
import { reject } from '../../../src/wire/messages/reject.ts';
import { checkCases } from '../../support/cases.ts';

function hexOfText(text: string): string {
  return toHex(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}

const HASH = 'ab'.repeat(32);

test('a reject names the message, a code, a reason and perhaps a hash', () => {
  checkCases(reject, {
    accepted: [
      [
        { message: 'tx', code: 0x42, reason: 'dust', data: fromHex(HASH) },
        `02${hexOfText('tx')}4204${hexOfText('dust')}${HASH}`,
      ],
      [
        { message: 'version', code: 0x11, reason: '', data: new Uint8Array(0) },
        `07${hexOfText('version')}1100`,
      ],
    ],
    refused: [
      ['', 'unexpected-end', 'message'],
      ['0274', 'unexpected-end', 'message'],
      ['027478', 'unexpected-end', 'code'],
      ['02747842', 'unexpected-end', 'reason'],
      ['0274784204647573', 'unexpected-end', 'reason'],
      [`0d${'61'.repeat(13)}42`, 'over-limit', 'message'],
    ],
    unwritable: [[{ message: 'a'.repeat(13), code: 0, reason: '', data: new Uint8Array(0) }, RangeError]],
  });
});

test('a reason may be longer than the 111 bytes of Core, as those of btcd often are', () => {
  // Core: MAX_REJECT_MESSAGE_LENGTH. btcd names what is in the way, and quotes the scripts that failed.
  const spent = `output already spent in mempool: output=${HASH}:0, tx=${HASH}`;
  for (const reason of [spent, 'script '.repeat(10_000)]) {
    const length = reason.length < 0xfd ? reason.length.toString(16) : 'fe70110100';
    checkCases(reject, {
      accepted: [
        [
          { message: 'tx', code: 0x10, reason, data: new Uint8Array(0) },
          `02747810${length}${hexOfText(reason)}`,
        ],
      ],
    });
  }
});

test('a reason that claims 32 MiB is refused before memory is spent on it', () => {
  checkCases(reject, {
    refused: [
      [`02747810fe00000002${'61'.repeat(10)}`, 'unexpected-end', 'reason'],
      [`02747810fe01000002${'61'.repeat(10)}`, 'over-limit', 'reason'],
    ],
  });
});
