import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { LevelKeyValue } from '../../src/store/level.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { StoreWriter } from '../support/store-writer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { anchoredStoreContract } from './anchored-store.contract.ts';
import { headerStoreContract } from './header-store.contract.ts';
import { keyValueContract } from './key-value.contract.ts';
import { randomOperationsContract } from './random-operations.contract.ts';

function newDatabase(t: TestContext): () => Promise<LevelKeyValue> {
  const folder = temporaryFolder(t);
  return () => LevelKeyValue.open(folder);
}

keyValueContract('on disk', newDatabase);
headerStoreContract('on disk', newDatabase);
anchoredStoreContract('on disk', newDatabase);
randomOperationsContract('on disk', newDatabase);

test('a database is where one was made, and nowhere else', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  mkdirSync(join(folder, 'empty'));
  for (const name of ['missing', 'empty', 'file']) {
    assert.equal(LevelKeyValue.exists(join(folder, name)), false, name);
  }
  const database = await LevelKeyValue.open(join(folder, 'some', 'where'));
  assert.equal(database.wasRepaired, false);
  await database.close();
  assert.equal(LevelKeyValue.exists(join(folder, 'some', 'where')), true);
});

test('a folder that cannot be had is a failure to open, with its name in the message', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'below')]) {
    const error = await openError(path);
    assert.equal(error.code, 'store-open-failed');
    assert.equal(error.message.split(path).length, 2, error.message);
  }
});

test('a folder that cannot be looked into is no missing one: the reason is told, and the folder once', async (t) => {
  const folder = temporaryFolder(t);
  const loop = join(folder, 'loop');
  symlinkSync(loop, loop);
  assert.throws(
    () => LevelKeyValue.exists(loop),
    (error) => {
      assert.ok(error instanceof StoreError);
      assert.equal(error.code, 'store-open-failed');
      assert.match(error.message, /^cannot open the store in \S+\/loop: [^/]+ \(ELOOP\)$/);
      return true;
    },
  );
  mkdirSync(join(folder, 'LOCK'));
  const error = await openError(folder);
  assert.equal(error.message.split(folder).length, 2, error.message);
  assert.match(error.message, /LOCK: /);
});

const skipAsRoot = process.getuid?.() === 0 ? 'root may write anywhere' : false;

test('a folder that may not be written to is a failure to open', { skip: skipAsRoot }, async (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o500);
  t.after(() => chmodSync(folder, 0o700));
  assert.equal((await openError(join(folder, 'below'))).code, 'store-open-failed');
});

test('a database that this process has open already is locked', async (t) => {
  const folder = temporaryFolder(t);
  const database = await LevelKeyValue.open(folder);
  assert.equal((await openError(folder)).code, 'store-locked');
  await database.close();
  await (await LevelKeyValue.open(folder)).close();
});

test('a database that another process has open is locked, also when its first file is missing', async (t) => {
  const folder = temporaryFolder(t);
  const writer = new StoreWriter(t, folder, { pauseMs: 1_000_000 });
  await writer.confirmed(1);
  const headers = join(folder, 'regtest', 'headers');
  const error = await openError(headers);
  assert.equal(error.code, 'store-locked');
  assert.ok(error.message.includes(headers), error.message);
  // As it is for a moment when a database is being made: nothing of it may be repaired under its maker's hands.
  writer.removeFile(join(headers, 'CURRENT'));
  assert.equal((await openError(headers)).code, 'store-locked');
  assert.deepEqual(existsSync(join(headers, 'lost')), false, readdirSync(headers).join());
  await writer.kill();
  const database = await LevelKeyValue.open(headers);
  assert.equal(database.wasRepaired, true);
  await database.close();
});

async function openError(folder: string): Promise<StoreError> {
  const error: unknown = await LevelKeyValue.open(folder).then(
    async (database) => database.close(),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StoreError, `opened ${folder}, or: ${String(error)}`);
  return error;
}
