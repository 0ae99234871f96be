import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceLetters, SERVICES_LEGEND } from '../../src/cli/service-letters.ts';
import { SERVICES, serviceNames } from '../../src/wire/index.ts';

test('each service that has a name has a letter of its own, which is explained', () => {
  const names = Object.keys(SERVICES);
  const letters = names.map((name) => serviceLetters([name]));
  assert.equal(letters.join(''), 'nbwcl2');
  for (const letter of letters) assert.ok(SERVICES_LEGEND.includes(` ${letter} `), letter);
  assert.equal(serviceLetters(names), 'nbwcl2');
});

test('all others have one letter together', () => {
  assert.equal(serviceLetters(serviceNames(0x3000_0009n)), 'nw+');
  assert.equal(serviceLetters([]), '');
});
