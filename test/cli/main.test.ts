/** The compiled program as a process: its streams, signals and locks. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, parseLines, RunningCommand } from '../support/command.ts';
import { mine } from '../support/mine.ts';
import { fixture } from '../support/repository.ts';
import { serve } from '../support/serving-client.ts';
import { shell, skipWithoutShell } from '../support/shell.ts';
import { SlowProxy } from '../support/slow-proxy.ts';
import { mainnetStore } from '../support/stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HEADERS = mine(9_000);
const REGTEST = ['--network', 'regtest', '--datadir'] as const;

function syncArgs(peer: string, datadir: string): string[] {
  return ['sync', '--connect', peer, ...REGTEST, datadir];
}

/** A peer that takes seconds to send what it has. */
async function slowPeer(t: TestContext): Promise<string> {
  const peer = await serve(t, HEADERS);
  const targetPort = Number(peer.split(':')[1]);
  const proxy = await SlowProxy.start({ targetPort, chunkBytes: 20_000, pauseMs: 60 });
  t.after(() => proxy.stop());
  return `127.0.0.1:${proxy.port}`;
}

/** A program that is gone when the test is over. */
function running(t: TestContext, args: readonly string[]): RunningCommand {
  const program = new RunningCommand(args);
  t.after(() => program.child.kill('SIGKILL'));
  return program;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} in mid-sync ends it with 130, and everything that was checked is saved`, async (t) => {
    const datadir = temporaryFolder(t);
    const program = running(t, [...syncArgs(await slowPeer(t), datadir), '--json']);
    const progress = await program.event(({ event }) => event === 'progress');
    program.child.kill(signal);
    const { code, stderr } = await program.result;
    assert.equal(code, 130);
    assert.match(stderr, /\nInterrupted: the tip is at height [\d,]+, all headers so far are saved.\n$/);
    const { stdout } = await command('status', ...REGTEST, datadir, '--json');
    const { height } = JSON.parse(stdout) as { height: number };
    assert.ok(height >= Number(progress['height']) && height < 9_000, `kept ${height}`);
    assert.equal((await command('verify', ...REGTEST, datadir)).code, 0);
  });
}

test('SIGINT twice ends the program at once, and the store is good', async (t) => {
  const datadir = temporaryFolder(t);
  const program = running(t, [...syncArgs(await slowPeer(t), datadir), '--json']);
  await program.event(({ event }) => event === 'progress');
  const startMs = performance.now();
  program.child.kill('SIGINT');
  program.child.kill('SIGINT');
  const { code } = await program.result;
  assert.equal(code, 130);
  assert.ok(performance.now() - startMs < 2_000);
  assert.equal((await command('verify', ...REGTEST, datadir)).code, 0);
});

test('SIGINT ends the wait for standard input', async (t) => {
  const datadir = temporaryFolder(t);
  const program = running(t, ['import', '-', '--datadir', datadir]);
  while (!existsSync(join(datadir, 'mainnet', 'headers', 'CURRENT'))) await sleep(20);
  program.child.kill('SIGINT');
  assert.equal((await program.result).code, 130);
});

test('a second process on the same store is kept out and told so', async (t) => {
  const datadir = temporaryFolder(t);
  const program = running(t, [...syncArgs(await serve(t, mine(3)), datadir), '--follow', '--json']);
  await program.event(({ event }) => event === 'synced');
  const { code, stdout, stderr } = await command('verify', ...REGTEST, datadir, '--json');
  assert.equal(code, 1);
  assert.equal(parseLines(stdout)[0]?.['code'], 'store-locked');
  assert.match(
    stderr,
    /^headlight: another process is using the store in \S+; stop it, or choose another --datadir\n$/,
  );
  assert.equal((await command('status', ...REGTEST, datadir)).code, 0, 'the first one tells what it has');
  program.child.kill('SIGINT');
  assert.equal((await program.result).code, 130);
  assert.equal((await command('verify', ...REGTEST, datadir)).code, 0);
});

test(
  'a reader who wants one line gets it, and the program ends quietly with 0',
  { skip: skipWithoutShell },
  async (t) => {
    const line = '$HEADLIGHT sync --follow --json --quiet $ARGS | head -1; echo "${PIPESTATUS[0]}"';
    const ARGS = syncArgs(await serve(t, HEADERS), temporaryFolder(t))
      .slice(1)
      .join(' ');
    const { stdout, stderr } = await shell(line, { ARGS });
    const [first, code] = stdout.split('\n');
    assert.match(first ?? '', /^\{"event":"peer-connected"/);
    assert.deepEqual([code, stderr], ['0', '']);
  },
);

test('a closed stdout does no harm', { skip: skipWithoutShell }, async (t) => {
  const DATADIR = await mainnetStore(t, 5);
  const result = await shell('$HEADLIGHT status --datadir "$DATADIR" >&-', { DATADIR });
  assert.deepEqual(result, { code: 0, stdout: '', stderr: '' });
});

test(
  'a device that takes no results is a failure, in one line',
  { skip: !existsSync('/dev/full') },
  async (t) => {
    const DATADIR = await mainnetStore(t, 5);
    const { code, stderr } = await shell('$HEADLIGHT status --datadir "$DATADIR" >/dev/full', { DATADIR });
    assert.deepEqual(
      [code, stderr],
      [1, 'headlight: cannot write the results: no space left on device (ENOSPC)\n'],
    );
  },
);

test('headers go through a pipe from one store to another', { skip: skipWithoutShell }, async (t) => {
  const [FROM, TO] = [await mainnetStore(t, 12_000), temporaryFolder(t)];
  const { code, stderr } = await shell(
    'set -o pipefail; $HEADLIGHT export - --datadir "$FROM" | HEADLIGHT_DATADIR="$TO" $HEADLIGHT import -',
    { FROM, TO },
  );
  assert.deepEqual([code, stderr], [0, '']);
  const tips = await Promise.all(
    [FROM, TO].map((datadir) => command('header', 'tip', '--hex', '--datadir', datadir)),
  );
  assert.equal(tips[0]?.stdout, tips[1]?.stdout);
});

const skipAsRoot = process.getuid?.() === 0 ? 'root may write everywhere' : skipWithoutShell;

test(
  'a data folder that may not be written to is named, with what to do',
  { skip: skipAsRoot },
  async (t) => {
    const datadir = temporaryFolder(t);
    chmodSync(datadir, 0o500);
    const { code, stderr } = await command(
      'import',
      fixture('headers', 'mainnet-0-32261.headers'),
      '--datadir',
      datadir,
    );
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^headlight: cannot make the folder .*permission denied.*; see that the folder can be written to[^\n]*\n$/,
    );
  },
);

test('without a command the program prints its help and ends with 2', async () => {
  const { code, stdout, stderr } = await command();
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^Usage: headlight/);
});
