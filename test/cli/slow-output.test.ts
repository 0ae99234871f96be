/** Output that nobody reads: the node behind it has to live on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { parseLines } from '../support/command.ts';
import { mine } from '../support/mine.ts';
import { RelayingPeer, someTransactions } from '../support/relaying-peer.ts';
import { shell, skipWithoutShell } from '../support/shell.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** As JSON twice what may wait. */
const COUNT = 10_000;
const AT_ONCE = 500;

const skipWithoutScript: string | false =
  skipWithoutShell ||
  ((spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '').includes('util-linux')
    ? false
    : 'there is no util-linux script here');

/** A peer that announces all it can as soon as it is called, and pings meanwhile. */
async function floodingPeer(t: TestContext): Promise<RelayingPeer> {
  const peer = await RelayingPeer.start(t, mine(5));
  const transactions = someTransactions(COUNT);
  let announced = 0;
  let nonce = 0n;
  const timer = setInterval(() => {
    if (!peer.isWatched) return;
    peer.send({ command: 'ping', payload: { nonce: ++nonce } });
    peer.announce(...transactions.slice(announced, (announced += AT_ONCE)));
  }, 20);
  t.after(() => clearInterval(timer));
  return peer;
}

function watchLine(
  t: TestContext,
  peer: RelayingPeer,
  rest: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const line = `$HEADLIGHT watch --json --network regtest --connect $PEER --datadir $DATADIR ${rest}`;
  return shell(line, { PEER: peer.address, DATADIR: temporaryFolder(t) });
}

test(
  'a pipe that is full holds up nothing, and how many events were left out is said',
  { skip: skipWithoutShell },
  async (t) => {
    const peer = await floodingPeer(t);
    const { stdout, stderr } = await watchLine(t, peer, '--duration 3 | (sleep 4; cat)');
    const events = parseLines(stdout);
    const shown = events.filter(({ event }) => event === 'tx').length;
    const dropped = events
      .filter(({ event }) => event === 'events-dropped')
      .reduce((sum, { count }) => sum + Number(count), 0);
    assert.ok(dropped > 0);
    const seen = Number(/Done: ([\d,]+) transactions/.exec(stderr)?.[1]?.replaceAll(',', ''));
    assert.equal(shown + dropped, seen, stderr);
    assert.ok(seen > COUNT / 4, `${seen} came through`);
    assert.match(stderr, /Warning: [\d,]+ events were left out/);
  },
);

test(
  'a terminal that shows nothing holds up nothing: pings are answered',
  { skip: skipWithoutScript },
  async (t) => {
    const peer = await floodingPeer(t);
    const stopped: number[] = [];
    const timer = setInterval(() => {
      if (peer.isWatched) stopped.push(peer.pongs);
    }, 500);
    t.after(() => clearInterval(timer));
    await shell(
      'script -qec "$HEADLIGHT watch --json --network regtest --connect $PEER --datadir $DATADIR --duration 4" /dev/null </dev/null | (sleep 4; cat >/dev/null)',
      { PEER: peer.address, DATADIR: temporaryFolder(t), TERM: 'xterm' },
    );
    assert.ok((stopped[4] ?? 0) - (stopped[2] ?? 0) > 20, `pongs each half second: ${stopped.join(' ')}`);
  },
);

test('a reader who has had enough ends it quietly, with 0', { skip: skipWithoutShell }, async (t) => {
  const peer = await floodingPeer(t);
  const { stdout, stderr } = await watchLine(t, peer, '--quiet | head -1; echo ${PIPESTATUS[0]}');
  assert.match(stdout, /^\{"event":[^\n]+\n0\n$/);
  assert.equal(stderr, '');
});
