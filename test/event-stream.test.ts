import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientError } from '../src/client-error.ts';
import type { ClientEvent } from '../src/client-events.ts';
import { EventStream } from '../src/event-stream.ts';

const STAMP = { time: '2026-01-01T00:00:00.000Z', network: 'regtest' } as const;
const DONE = { value: undefined, done: true };

function warning(code: string): ClientEvent {
  return { event: 'warning', ...STAMP, code, message: '' };
}

function progress(height: number): ClientEvent {
  return { event: 'progress', ...STAMP, height, target: 9, headersPerSecond: 1 };
}

function newStream(): { stream: EventStream; returned: () => number } {
  let count = 0;
  return { stream: new EventStream(() => count++), returned: () => count };
}

test('events that wait come in order, then those that are waited for, then the end', async () => {
  const { stream, returned } = newStream();
  stream.push(warning('a'));
  stream.push(warning('b'));
  assert.deepEqual(await stream.next(), { value: warning('a'), done: false });
  assert.deepEqual(await stream.next(), { value: warning('b'), done: false });
  const awaited = stream.next();
  stream.push(warning('c'));
  assert.deepEqual(await awaited, { value: warning('c'), done: false });
  stream.push(warning('d'));
  stream.end();
  stream.push(warning('too late'));
  assert.deepEqual(await stream.next(), { value: warning('d'), done: false });
  assert.deepEqual(await stream.next(), DONE);
  assert.deepEqual(await stream.next(), DONE);
  assert.equal(returned(), 0);
});

test('of progress that waits only the latest is kept, unless something came between', async () => {
  const { stream } = newStream();
  for (const event of [progress(1), progress(2), warning('a'), progress(3), progress(4)]) stream.push(event);
  stream.end();
  const seen: ClientEvent[] = [];
  for await (const event of stream) seen.push(event);
  assert.deepEqual(seen, [progress(2), warning('a'), progress(4)]);
});

test('a reader that leaves early is told of once, and gets nothing more', async () => {
  const { stream, returned } = newStream();
  for (let i = 0; i < 5; i++) stream.push(warning(String(i)));
  for await (const event of stream) {
    assert.deepEqual(event, warning('0'));
    break;
  }
  assert.equal(returned(), 1);
  stream.push(warning('late'));
  assert.deepEqual(await stream.next(), DONE);
});

test('a read under way ends with the stream: without a word, with its error, or because the reader left', async () => {
  const ended = newStream().stream;
  const reading = ended.next();
  ended.end();
  assert.deepEqual(await reading, DONE);

  const failed = newStream().stream;
  const failing = failed.next();
  failed.end(new ClientError('events-overflow', 'too many'));
  await assert.rejects(failing, { code: 'events-overflow' });
  assert.deepEqual(await failed.next(), DONE);

  const left = newStream().stream;
  const leaving = left.next();
  await left.return();
  assert.deepEqual(await leaving, DONE);
});

test('two reads at once are a mistake of the reader, and do no harm to the first', async () => {
  const { stream } = newStream();
  const first = stream.next();
  await assert.rejects(stream.next(), TypeError);
  stream.push(warning('a'));
  assert.deepEqual(await first, { value: warning('a'), done: false });
});

test('a reader too far behind gets what waited, and then an error', async () => {
  const { stream } = newStream();
  const event = warning('a');
  for (let i = 0; i < 100_001; i++) stream.push(event);
  stream.push(event);
  for (let i = 0; i < 100_000; i++) assert.equal((await stream.next()).value, event);
  await assert.rejects(stream.next(), { name: 'ClientError', code: 'events-overflow' });
  assert.deepEqual(await stream.next(), DONE);
});

test('events of transactions are left out when many wait, and how many is said as soon as there is room', async () => {
  const { stream } = newStream();
  const gone = (txid: number): ClientEvent => ({
    event: 'tx-removed',
    ...STAMP,
    txid: String(txid),
    reason: 'expired',
    block: null,
    height: null,
    replacedBy: null,
    peers: 1,
  });
  for (let i = 0; i < 10_005; i++) stream.push(gone(i));
  for (let i = 0; i < 9_999; i++) await stream.next();
  assert.deepEqual((await stream.next()).value, gone(9_999));
  stream.push(warning('a'));
  const dropped = { event: 'events-dropped', ...STAMP, count: 5 };
  assert.deepEqual((await stream.next()).value, dropped);
  assert.deepEqual((await stream.next()).value, warning('a'));

  // Nothing else is ever left out.
  for (let i = 0; i < 10_001; i++) stream.push(gone(i));
  stream.push(warning('b'));
  stream.push(gone(1));
  stream.end();
  const rest: ClientEvent[] = [];
  for await (const event of stream) rest.push(event);
  assert.deepEqual(rest.slice(10_000), [{ ...dropped, count: 1 }, warning('b'), { ...dropped, count: 1 }]);
});

test('a reader that leaves after an overflow hears no more of it', async () => {
  const { stream } = newStream();
  for (let i = 0; i < 100_001; i++) stream.push(warning('a'));
  await stream.return();
  assert.deepEqual(await stream.next(), DONE);
});
