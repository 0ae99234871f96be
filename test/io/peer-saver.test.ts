import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PeerSaver } from '../../src/io/peer-saver.ts';
import type { NodeEvent } from '../../src/protocol/events.ts';
import type { RecordChange } from '../../src/protocol/peers/peer-memory.ts';

/** A disk that takes a change when the test says so. */
class SlowDisk {
  readonly records = new Map<string, number>();
  readonly changes: RecordChange[] = [];
  readonly warnings: NodeEvent[] = [];
  readonly saver: PeerSaver;
  #settle: ((error?: Error) => void) | undefined;

  constructor() {
    const save = (change: RecordChange): Promise<void> => {
      assert.equal(this.#settle, undefined, 'two at once');
      this.changes.push(change);
      return new Promise((resolve, reject) => {
        this.#settle = (error) => {
          this.#settle = undefined;
          if (error !== undefined) return reject(error);
          for (const [key, value] of change.put) this.records.set(key, value[0] as number);
          for (const key of change.remove) this.records.delete(key);
          resolve();
        };
      });
    };
    this.saver = new PeerSaver({ save, report: (warning) => void this.warnings.push(warning) });
  }

  get isWriting(): boolean {
    return this.#settle !== undefined;
  }

  /** Lets what is under way end, and what follows from that begin. */
  async finish(error?: Error): Promise<void> {
    this.#settle?.(error);
    await turn();
  }
}

test('what is added in one turn, and what comes while the disk writes, is written at once, the later winning', async () => {
  const disk = new SlowDisk();
  disk.saver.add(put(['a', 1], ['b', 1]));
  disk.saver.add({ put: [['a', Uint8Array.of(2)]], remove: ['b'] });
  await turn();
  assert.deepEqual(disk.changes, [{ put: [['a', Uint8Array.of(2)]], remove: ['b'] }]);
  disk.saver.add(put(['c', 1], ['d', 1]));
  disk.saver.add({ put: [['b', Uint8Array.of(3)]], remove: ['c', 'a'] });
  disk.saver.add(put(['c', 2]));
  await turn();
  assert.equal(disk.changes.length, 1);
  await disk.finish();
  assert.equal(disk.changes.length, 2);
  await disk.finish();
  assert.deepEqual(Object.fromEntries(disk.records), { b: 3, c: 2, d: 1 });
  assert.equal(disk.changes.length, 2);
});

test('flushing waits for all that was added, and for nothing when there is nothing', async () => {
  const disk = new SlowDisk();
  await disk.saver.flush();
  disk.saver.add(put(['a', 1]));
  await turn();
  disk.saver.add(put(['b', 1]));
  let isFlushed = false;
  const flushed = disk.saver.flush().then(() => (isFlushed = true));
  await disk.finish();
  assert.equal(isFlushed, false);
  await disk.finish();
  await flushed;
  assert.deepEqual(Object.fromEntries(disk.records), { a: 1, b: 1 });
});

test('a refusal is told once, nothing is tried until there is news, and then nothing is missing', async () => {
  const disk = new SlowDisk();
  disk.saver.add(put(['a', 1], ['b', 1]));
  await turn();
  await disk.finish(new Error('no room'));
  await disk.saver.flush();
  assert.deepEqual(
    disk.warnings.map((warning) => warning.event === 'warning' && warning.code),
    ['peers-not-saved'],
  );
  assert.match(JSON.stringify(disk.warnings), /no room/);
  assert.equal(disk.isWriting, false);
  disk.saver.add(put(['b', 2]));
  await turn();
  await disk.finish(new Error('still no room'));
  assert.equal(disk.warnings.length, 1);
  disk.saver.add({ put: [], remove: ['b'] });
  await turn();
  await disk.finish();
  assert.deepEqual(Object.fromEntries(disk.records), { a: 1 });
  // The disk has taken something: the next refusal is news.
  disk.saver.add(put(['c', 1]));
  await turn();
  await disk.finish(new Error('no room again'));
  assert.equal(disk.warnings.length, 2);
});

test('news that came while the disk was about to refuse is tried, with what was refused', async () => {
  const disk = new SlowDisk();
  disk.saver.add(put(['a', 1], ['b', 1]));
  await turn();
  disk.saver.add(put(['b', 2]));
  await disk.finish(new Error('no room'));
  assert.equal(disk.isWriting, true);
  await disk.finish();
  assert.deepEqual(Object.fromEntries(disk.records), { a: 1, b: 2 });
});

test('a disk that throws at once is one that refuses', async () => {
  const warnings: NodeEvent[] = [];
  const saver = new PeerSaver({
    save: () => {
      throw new Error('not open');
    },
    report: (warning) => void warnings.push(warning),
  });
  saver.add(put(['a', 1]));
  await saver.flush();
  assert.equal(warnings.length, 1);
});

test('after any changes and refusals the disk holds what a map would', async () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd');
  const step = fc.oneof(
    fc.record({ do: fc.constant('put' as const), key, value: fc.nat(255) }),
    fc.record({ do: fc.constant('remove' as const), key }),
    fc.constantFrom({ do: 'refuse' as const }, { do: 'take' as const }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const disk = new SlowDisk();
      const model = new Map<string, number>();
      for (const one of steps) {
        switch (one.do) {
          case 'put':
            disk.saver.add(put([one.key, one.value]));
            model.set(one.key, one.value);
            break;
          case 'remove':
            disk.saver.add({ put: [], remove: [one.key] });
            model.delete(one.key);
            break;
          case 'refuse':
            await turn();
            await disk.finish(new Error('no room'));
            break;
          case 'take':
            await turn();
            await disk.finish();
            break;
        }
      }
      disk.saver.add(put(['last', 1]));
      await turn();
      while (disk.isWriting) await disk.finish();
      assert.deepEqual(new Map(disk.records), model.set('last', 1));
    }),
    { numRuns: 60 },
  );
});

function put(...records: readonly (readonly [string, number])[]): RecordChange {
  return { put: records.map(([key, value]) => [key, Uint8Array.of(value)]), remove: [] };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
