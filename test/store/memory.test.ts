import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryKeyValue } from '../../src/store/memory.ts';
import { anchoredStoreContract } from './anchored-store.contract.ts';
import { headerStoreContract } from './header-store.contract.ts';
import { keyValueContract } from './key-value.contract.ts';
import { randomOperationsContract } from './random-operations.contract.ts';

/** What is in memory is there as long as the object is. */
function newDatabase(): () => Promise<MemoryKeyValue> {
  const database = new MemoryKeyValue();
  return () => Promise.resolve(database);
}

keyValueContract('in memory', newDatabase);
headerStoreContract('in memory', newDatabase);
anchoredStoreContract('in memory', newDatabase);
randomOperationsContract('in memory', newDatabase);

test('two databases in memory share nothing', async () => {
  const [one, other] = [new MemoryKeyValue(), new MemoryKeyValue()];
  await one.write([{ type: 'put', key: 'a', value: Uint8Array.of(1) }]);
  assert.equal(await other.get('a'), undefined);
});
