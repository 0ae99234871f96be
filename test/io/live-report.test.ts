import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { askLiveReport, LiveReport } from '../../src/io/live-report.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const onUnix = { skip: process.platform === 'win32' && 'a pipe is no file' };
/** More than a socket takes at once, so that whoever does not read keeps it waiting. */
const LONG = { text: 'x'.repeat(4_000_000) };

async function serve(t: TestContext, folder: string, report: () => object): Promise<LiveReport> {
  const live = await LiveReport.serve(folder, report);
  assert.ok(live !== undefined);
  t.after(() => live.close());
  return live;
}

test('whoever asks is told, each time anew, and several at once', async (t) => {
  const folder = temporaryFolder(t);
  const { report } = counted({ name: 'Zürich', ...LONG });
  await serve(t, folder, report);
  const told = (await askLiveReport(folder)) as { count: number; name: string; text: string };
  assert.deepEqual(told, { count: 1, name: 'Zürich', ...LONG });
  const several = (await Promise.all([1, 2, 3, 4].map(() => askLiveReport(folder)))) as { count: number }[];
  assert.deepEqual(
    several.map((one) => one.count).toSorted((a, b) => a - b),
    [2, 3, 4, 5],
  );
});

test('where nobody is, nothing is told', async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(await askLiveReport(folder), undefined);
  assert.equal(await askLiveReport(join(folder, 'not', 'there')), undefined);
  const live = await serve(t, folder, () => ({}));
  await live.close();
  assert.equal(await askLiveReport(folder), undefined);
  await live.close();
});

test('the socket is for this user alone, and gone when it is closed', onUnix, async (t) => {
  const folder = temporaryFolder(t);
  const before = process.umask(0);
  t.after(() => process.umask(before));
  const live = await serve(t, folder, () => ({}));
  const path = join(folder, 'live.sock');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await live.close();
  assert.equal(existsSync(path), false);
});

test('what a killed process has left is replaced', onUnix, async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'live.sock');
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('.'))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok(statSync(path).isSocket());
  assert.equal(await askLiveReport(folder), undefined);
  await serve(t, folder, () => ({ isNew: true }));
  assert.deepEqual(await askLiveReport(folder), { isNew: true });
});

test('a file of the same name that is no socket is left alone, and nobody is told', onUnix, async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'live.sock');
  writeFileSync(path, 'mine');
  assert.equal(await LiveReport.serve(folder, () => ({})), undefined);
  assert.equal(readFileSync(path, 'utf8'), 'mine');
  assert.equal(await askLiveReport(folder), undefined);
  const other = temporaryFolder(t);
  symlinkSync(path, join(other, 'live.sock'));
  assert.equal(await LiveReport.serve(other, () => ({})), undefined);
  assert.ok(existsSync(path));
});

test('where there can be no socket it does without', onUnix, async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(await LiveReport.serve(join(folder, 'not', 'there'), () => ({})), undefined);
  const limit = process.platform === 'linux' ? 107 : 103;
  const roomFor = limit - '/live.sock'.length - folder.length - 1;
  for (const [length, isPossible] of [
    [roomFor, true],
    [roomFor + 1, false],
  ] as const) {
    const inner = join(folder, 'n'.repeat(length));
    mkdirSync(inner);
    const live = await LiveReport.serve(inner, () => ({ isTold: true }));
    t.after(() => live?.close());
    assert.equal(live !== undefined, isPossible);
    assert.deepEqual(await askLiveReport(inner), isPossible ? { isTold: true } : undefined);
  }
});

test('a report that cannot be made is none, and harms nobody', async (t) => {
  const folder = temporaryFolder(t);
  const reports: (object | Error)[] = [{ big: 1n }, new Error('a mistake'), { good: 1 }];
  await serve(t, folder, () => {
    const report = reports.shift();
    if (report === undefined || report instanceof Error) throw report;
    return report;
  });
  assert.equal(await askLiveReport(folder), undefined);
  assert.equal(await askLiveReport(folder), undefined);
  assert.deepEqual(await askLiveReport(folder), { good: 1 });
});

test('whoever says anything is not told any more', onUnix, async (t) => {
  const folder = temporaryFolder(t);
  await serve(t, folder, () => LONG);
  const reader = reading(t, folder);
  reader.socket.write('tell me');
  await reader.closed;
  assert.ok(reader.byteCount() < LONG.text.length, `${reader.byteCount()} bytes`);
});

test('four can ask at a time, and have five seconds', onUnix, async (t) => {
  const folder = temporaryFolder(t);
  await holdTime(t);
  const reports = counted(LONG);
  await serve(t, folder, reports.report);
  const idle = [1, 2, 3, 4].map(() => reading(t, folder, { isIdle: true }));
  while (reports.count() < 4) await turn();
  assert.equal(await askLiveReport(folder), undefined);
  assert.equal(reports.count(), 4);
  t.mock.timers.tick(4_999);
  assert.equal(await askLiveReport(folder), undefined);
  t.mock.timers.tick(1);
  for (const { socket } of idle) socket.resume();
  await Promise.all(idle.map(({ closed }) => closed));
  for (const { byteCount } of idle) assert.ok(byteCount() < LONG.text.length);
  assert.equal(((await askLiveReport(folder)) as { count: number }).count, 5);
});

test('closing waits for no reader', onUnix, async (t) => {
  const folder = temporaryFolder(t);
  const reports = counted(LONG);
  const live = await serve(t, folder, reports.report);
  const reader = reading(t, folder, { isIdle: true });
  while (reports.count() === 0) await sleep(1);
  await live.close();
  reader.socket.resume();
  await reader.closed;
});

test('an answer that is no JSON, breaks off or has no end is none', onUnix, async (t) => {
  const answers: Record<string, (asker: Socket) => void> = {
    rubbish: (asker) => asker.end(Uint8Array.of(255, 254, 0, 1)),
    half: (asker) => asker.end('{"connections":['),
    nothing: (asker) => asker.end(),
    'broken off': (asker) => asker.write('{"connections":[', () => asker.destroy()),
    endless: (asker) => pourInto(asker),
    'deeply nested': (asker) => asker.end('['.repeat(1_000_000)),
  };
  for (const [name, answer] of Object.entries(answers)) {
    assert.equal(await askLiveReport(await folderWith(t, answer)), undefined, name);
  }
});

test('whoever asks waits no longer than five seconds', onUnix, async (t) => {
  await holdTime(t);
  const silent = await folderWith(t, () => undefined);
  let isOver = false;
  const asked = askLiveReport(silent).finally(() => (isOver = true));
  t.mock.timers.tick(4_999);
  for (let i = 0; i < 20; i++) await turn();
  assert.equal(isOver, false);
  t.mock.timers.tick(1);
  assert.equal(await asked, undefined);
});

test('a server that nobody closes does not keep a process running', async (t) => {
  const folder = temporaryFolder(t);
  const module = new URL('../../src/io/live-report.js', import.meta.url).href;
  const program = `
    const { LiveReport } = await import(${JSON.stringify(module)});
    console.log((await LiveReport.serve(${JSON.stringify(folder)}, () => ({}))) !== undefined);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(line.toString().trim(), 'true');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

/** From here on time is handed on by hand; what tests before have set, and are about to clear, is cleared first. */
async function holdTime(t: TestContext): Promise<void> {
  await sleep(20);
  t.mock.timers.enable({ apis: ['setTimeout'] });
}

/** A report that tells the how manieth it is. */
function counted(more: object): { readonly report: () => object; readonly count: () => number } {
  let count = 0;
  return { report: () => ({ count: ++count, ...more }), count: () => count };
}

/** A connection to a folder's socket that may not read what it is told. */
function reading(
  t: TestContext,
  folder: string,
  { isIdle = false } = {},
): { readonly socket: Socket; readonly closed: Promise<unknown>; readonly byteCount: () => number } {
  const socket = connect({ path: join(folder, 'live.sock') });
  let byteCount = 0;
  socket.on('data', (chunk: Buffer) => (byteCount += chunk.length));
  socket.on('error', () => undefined);
  if (isIdle) socket.pause();
  t.after(() => socket.destroy());
  return {
    socket,
    closed: new Promise((resolve) => socket.on('close', resolve)),
    byteCount: () => byteCount,
  };
}

/** A folder in which somebody else answers. */
async function folderWith(t: TestContext, answer: (asker: Socket) => void): Promise<string> {
  const folder = temporaryFolder(t);
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen({ path: join(folder, 'live.sock') }, resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return folder;
}

/** Writes what is taken, until nothing is any more. */
function pourInto(asker: Socket): void {
  const many = Buffer.alloc(256 * 1024, ' ');
  while (!asker.destroyed && asker.write(many));
  asker.once('drain', () => pourInto(asker));
}

/** One turn of the event loop, whatever has become of the timers. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
