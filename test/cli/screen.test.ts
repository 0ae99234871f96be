/** What a terminal gets to see, and what anything else must not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { RunningCommand } from '../support/command.ts';
import { mine } from '../support/mine.ts';
import { serve } from '../support/serving-client.ts';
import { shell, skipWithoutShell } from '../support/shell.ts';
import { SlowProxy } from '../support/slow-proxy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ESCAPE = '\u001b';

/** util-linux's `script` runs a program on a terminal of its own. */
const skipWithoutScript: string | false =
  skipWithoutShell ||
  ((spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '').includes('util-linux')
    ? false
    : 'there is no util-linux script here');

async function slowPeer(t: Parameters<typeof serve>[0]): Promise<string> {
  const targetPort = Number((await serve(t, mine(6_000))).split(':')[1]);
  const proxy = await SlowProxy.start({ targetPort, chunkBytes: 40_000, pauseMs: 100 });
  t.after(() => proxy.stop());
  return `127.0.0.1:${proxy.port}`;
}

test('what goes to files and pipes holds no escape sequences, even where colours are forced', async (t) => {
  const datadir = temporaryFolder(t);
  const sync = ['sync', '--network', 'regtest', '--datadir', datadir, '--connect', await serve(t, mine(10))];
  for (const args of [['--help'], ['sync', '--bogus'], ['demo'], sync]) {
    const running = new RunningCommand(args, { FORCE_COLOR: '1', TERM: 'xterm-256color' });
    const { stdout, stderr } = await running.result;
    assert.ok(!`${stdout}${stderr}`.includes(ESCAPE), `${args.join(' ')}: ${JSON.stringify(stderr)}`);
    assert.ok(stderr.length + stdout.length > 0);
  }
});

for (const columns of [40, 80]) {
  test(
    `on ${columns} columns the bar fits, and is gone at the end with the cursor back`,
    { skip: skipWithoutScript },
    async (t) => {
      const { stdout, code } = await shell(
        'script -qec "stty cols $COLUMNS_WANTED; $HEADLIGHT sync --network regtest --connect $PEER --datadir $DATADIR" /dev/null </dev/null',
        {
          COLUMNS_WANTED: String(columns),
          PEER: await slowPeer(t),
          DATADIR: temporaryFolder(t),
          NO_COLOR: '1',
          TERM: 'xterm',
        },
      );
      assert.equal(code, 0, stdout);
      // Each drawing begins with a jump to the first column.
      const drawn = Array.from(stdout.matchAll(/\[1G(Syncing [^\p{Cc}]*)/gu), (match) => match[1] ?? '');
      assert.ok(drawn.length > 0, JSON.stringify(stdout));
      for (const line of drawn) assert.ok(line.length < columns, line);
      assert.equal(
        drawn.some((line) => line.includes('[')),
        columns === 80,
      );
      assert.ok(stdout.lastIndexOf('[?25h') > stdout.lastIndexOf('[?25l'), 'the cursor is shown again');
      assert.match(stdout, /\[2KSynced regtest to height 6,000\r\n/, 'the result takes the place of the bar');
      assert.doesNotMatch(stdout, /\[[\d;]*m/, 'no colours');
    },
  );
}
