import { test } from 'node:test';
import { empty } from '../../../src/wire/messages/empty.ts';
import { checkCases } from '../../support/cases.ts';

test('a message that says all with its name has no bytes', () => {
  checkCases(empty, { accepted: [[{}, '']], refused: [['00', 'trailing-bytes']] });
});
