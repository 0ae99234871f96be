/** What the header store relies on in a database. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/hex.ts';
import type { KeyRange } from '../../src/store/key-value.ts';
import type { NewDatabase } from './header-store.contract.ts';

export function keyValueContract(name: string, newDatabase: NewDatabase): void {
  test(`${name}: a batch is written in order, and a value is what it was when it was handed in`, async (t) => {
    const database = await newDatabase(t)();
    const value = Uint8Array.of(1, 2, 3);
    await database.write([
      { type: 'put', key: 'twice', value: Uint8Array.of(9) },
      { type: 'put', key: 'twice', value },
      { type: 'put', key: 'gone', value },
      { type: 'del', key: 'gone' },
      { type: 'del', key: 'back' },
      { type: 'put', key: 'back', value },
      { type: 'del', key: 'never there' },
    ]);
    value.fill(0);
    assert.equal(hexOf(await database.get('twice')), '010203');
    assert.equal(await database.get('gone'), undefined);
    assert.deepEqual((await database.getMany(['back', 'gone', 'twice'])).map(hexOf), [
      '010203',
      undefined,
      '010203',
    ]);
    await database.close();
  });

  test(`${name}: after it has let go of memory it has what it had, and takes more`, async (t) => {
    const database = await newDatabase(t)();
    await database.write([{ type: 'put', key: 'one', value: Uint8Array.of(1) }]);
    for (let round = 0; round < 3; round++) await database.trim?.();
    assert.equal(hexOf(await database.get('one')), '01');
    await database.write([{ type: 'put', key: 'two', value: Uint8Array.of(2) }]);
    assert.equal(hexOf(await database.get('two')), '02');
    await database.close();
  });

  test(`${name}: a range of keys comes in order and ends before its end`, async (t) => {
    const database = await newDatabase(t)();
    const keys = ['b-', 'b-10', 'b-09', 'a-1', 'b.', 'b-99', 'c-1'];
    await database.write(keys.map((key, i) => ({ type: 'put' as const, key, value: Uint8Array.of(i) })));
    const range: KeyRange = { gte: 'b-', lt: 'b.' };
    const found: string[] = [];
    for await (const key of database.keys(range)) found.push(key);
    assert.deepEqual(found, ['b-', 'b-09', 'b-10', 'b-99']);
    const values: number[] = [];
    for await (const [key, value] of database.entries(range)) {
      assert.equal(keys[value[0] as number], key);
      values.push(value[0] as number);
    }
    assert.deepEqual(values, [0, 2, 1, 5]);
    await database.close();
  });

  test(`${name}: what was written is there after the database was closed and opened`, async (t) => {
    const open = newDatabase(t);
    const database = await open();
    await database.write([{ type: 'put', key: 'a', value: Uint8Array.of(7) }]);
    await database.close();
    const again = await open();
    assert.equal(hexOf(await again.get('a')), '07');
    await again.close();
  });
}

function hexOf(value: Uint8Array | undefined): string | undefined {
  return value && toHex(value);
}
