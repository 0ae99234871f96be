/** What the documents promise about the code. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from './support/repository.ts';

const sources = join(repositoryRoot, 'src');
const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const errorsPage = readFileSync(join(repositoryRoot, 'docs', 'errors.md'), 'utf8');
const headings = Array.from(errorsPage.matchAll(/^### `([a-z0-9-]+)`$/gm), (match) => match[1] as string);

/** A union of stable codes is written as a type whose name ends so. */
const CODE_TYPES =
  /(?:type|readonly) (?:DecodeErrorCode|HeaderRule|TxRule|FamilyRule|BlockRule|WitnessRule|PartialTreeRule|BlockRefusal|ProofRefusal|AddressFault|DescriptorFault|DisconnectReason|StoreErrorCode|ClientErrorCode|TransportFault|StreamFault|code)\b[:=\s][^;]*;/g;
const CODE = /'([a-z]+(?:-[a-z0-9]+)+)'/g;
/** Failures that commands make on the spot. */
const FAILURES = /new (?:Failure|StoreError|ClientError|DecodeError)\(\s*'([a-z-]+)'/g;

test('every stable code has a heading in docs/errors.md', () => {
  const codes = new Set<string>();
  for (const file of files) {
    const text = readFileSync(join(sources, file), 'utf8');
    for (const [union] of text.matchAll(CODE_TYPES))
      for (const [, code] of union.matchAll(CODE)) codes.add(code as string);
    for (const [, code] of text.matchAll(FAILURES)) codes.add(code as string);
  }
  assert.ok(codes.size > 70, `${codes.size} codes were found in the sources`);
  assert.deepEqual(
    Array.from(codes)
      .filter((code) => !headings.includes(code))
      .toSorted(),
    [],
  );
});

test('no heading in docs/errors.md stands twice, or for a code that is nowhere', () => {
  assert.equal(new Set(headings).size, headings.length);
  const text = files.map((file) => readFileSync(join(sources, file), 'utf8')).join('\n');
  assert.deepEqual(
    headings.filter((code) => !text.includes(`'${code}'`)),
    [],
  );
});

test('the README says which commands there are', () => {
  const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
  const commands = readdirSync(join(sources, 'cli', 'commands')).map((file) => file.replace('.ts', ''));
  assert.deepEqual(
    commands.filter((command) => !readme.includes(`headlight ${command}`)),
    [],
  );
});
