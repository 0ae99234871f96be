import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type LinkedItem, LinkedList } from '../../../src/protocol/mempool/linked-list.ts';

interface Item extends LinkedItem<Item> {
  readonly name: number;
}

function namesIn({ first }: LinkedList<Item>): number[] {
  const names: number[] = [];
  for (let item = first; item !== undefined; item = item.next) names.push(item.name);
  return names;
}

test('whatever is added at either end and taken out anywhere, the order is that of an array', () => {
  const step = fc.record({ do: fc.constantFrom('first', 'last', 'remove'), at: fc.nat() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const list = new LinkedList<Item>();
      const model: Item[] = [];
      for (const [name, one] of steps.entries()) {
        const item: Item = { name, previous: undefined, next: undefined };
        if (one.do === 'first') {
          list.addFirst(item);
          model.unshift(item);
        } else if (one.do === 'last') {
          list.addLast(item);
          model.push(item);
        } else {
          const [gone] = model.length === 0 ? [] : model.splice(one.at % model.length, 1);
          if (gone === undefined) continue;
          list.remove(gone);
          assert.deepEqual([gone.previous, gone.next], [undefined, undefined]);
        }
        assert.deepEqual(
          namesIn(list),
          model.map((kept) => kept.name),
        );
      }
    }),
  );
});
