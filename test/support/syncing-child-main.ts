/**
 * The child process of syncing-child.ts: `node syncing-child-main.js NETWORK DATADIR HOST:PORT`. It waits for a line on its
 * standard input, so that most of its start is over by then, and follows the peer until it is killed.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { ClientError, type ClientEvent, LightClient } from '../../src/index.ts';
import type { News } from './syncing-child.ts';

const [network = '', datadir = '', peer = ''] = process.argv.slice(2);

/** Written at once and not when the process has time for it: it may not have any. */
function tell(news: News): void {
  writeSync(1, `${JSON.stringify(news)}\n`);
}

function newsOf(event: ClientEvent): News {
  const { event: name } = event;
  if (event.event === 'progress') return { event: name, height: event.height };
  if (event.event === 'synced' || event.event === 'block')
    return { event: name, height: event.height, hash: event.hash };
  if (event.event === 'reorg') {
    const { fork, added } = event;
    return { event: name, height: fork.height + added.length, hash: added.at(-1) ?? fork.hash };
  }
  return 'code' in event ? { event: name, code: event.code } : { event: name };
}

tell({ event: 'ready' });
await once(process.stdin, 'data');
// Nobody is to be left behind when the parent itself is killed.
process.stdin.once('end', () => process.exit());
const client = new LightClient({ network, datadir, connect: [peer], minChainwork: 0n, follow: true });
client.onEvent((event) => tell(newsOf(event)));
try {
  await client.start();
  await client.ended();
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  process.exitCode = 1;
}
process.stdin.destroy();
