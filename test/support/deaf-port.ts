/** A port of loopback where calls are neither answered nor refused. Linux only: elsewhere the backlog is another matter. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

/** Its listener is stopped and its queue of callers is full, until the test is over. */
export async function deafPort(t: Pick<TestContext, 'after'>): Promise<number> {
  const program = `
    const server = require('node:net').createServer();
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line);
  child.kill('SIGSTOP');
  for (let i = 0; i < 4; i++) {
    const caller = connect({ host: '127.0.0.1', port });
    caller.on('error', () => undefined);
    // Not counted among those that would keep the process running.
    caller.unref();
    t.after(() => caller.destroy());
  }
  await sleep(100);
  return port;
}

/** Why a test that needs one is not run here; false when it is. */
export const SKIP_DEAF_PORT: string | false =
  process.platform === 'linux' ? false : 'the backlog of a stopped process is another matter here';
