import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseLines } from '../../support/command.ts';
import { setEnvironment } from '../../support/environment.ts';
import { runHere, steady } from '../../support/fake-terminal.ts';
import { HeadersChain } from '../../support/headers-chain.ts';
import { headersOf } from '../../support/messages.ts';
import { lastOf, mine } from '../../support/mine.ts';
import { serve } from '../../support/serving-client.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { WatchedCommand } from '../../support/watched-command.ts';
import { honestly, WirePeer } from '../../support/wire-peer.ts';
import { toDisplayHex } from '../../../src/bytes/hex.ts';

const CHAIN = new HeadersChain(mine(5_000));
const TIP = toDisplayHex(CHAIN.tipHash);

function syncArgs(peer: string, datadir: string): string[] {
  return ['sync', '--network', 'regtest', '--connect', peer, '--datadir', datadir];
}

test('sync brings the headers to the tip and says what it has got', async (t) => {
  const datadir = temporaryFolder(t);
  const peer = await serve(t, CHAIN.slice(1));
  const first = await runHere(syncArgs(peer, datadir));
  assert.equal(first.code, 0);
  assert.equal(
    steady(first.stdout, datadir),
    `Synced regtest to height 5,000
  hash         ${TIP}
  chainwork    0x2712 (2^13.3 hashes)
  new headers  5,000 in TIME (RATE)
  stored in    FOLDER
`,
  );
  assert.match(
    steady(first.stderr),
    /^Syncing regtest from height 0\nConnected to ADDRESS \(\/headlight:[\d.]+\/, height 5,000\)\n$/,
  );
  const again = await runHere(syncArgs(peer, datadir));
  assert.match(steady(again.stdout), /new headers {2}0 in TIME\n/);
  assert.match(again.stderr, /^Syncing regtest from height 5,000\n/);
});

test('sync --json writes events with the names of the contract and nothing else', async (t) => {
  const peer = await serve(t, CHAIN.slice(1));
  const { code, stdout, stderr } = await runHere([
    ...syncArgs(peer, temporaryFolder(t)),
    '--json',
    '--quiet',
  ]);
  assert.deepEqual([code, stderr], [0, '']);
  const events = parseLines(stdout);
  for (const { network, time } of events) {
    assert.equal(network, 'regtest');
    assert.equal(new Date(String(time)).toISOString(), time);
  }
  const [connected, synced] = [events[0] ?? {}, events.at(-1) ?? {}];
  assert.deepEqual(
    new Set(Object.keys(connected)),
    new Set([
      'event',
      'time',
      'network',
      'peer',
      'direction',
      'kind',
      'userAgent',
      'version',
      'services',
      'height',
    ]),
  );
  assert.deepEqual(
    [connected['event'], connected['peer'], connected['height']],
    ['peer-connected', peer, 5_000],
  );
  assert.deepEqual(
    new Set(Object.keys(synced)),
    new Set(['event', 'time', 'network', 'height', 'hash', 'chainwork', 'seconds']),
  );
  assert.deepEqual(
    [synced['event'], synced['height'], synced['hash'], synced['chainwork']],
    ['synced', 5_000, TIP, (2 * 5_001).toString(16).padStart(64, '0')],
  );
});

test('--quiet leaves the result and nothing else; --verbose tells more of the peer', async (t) => {
  const peer = await serve(t, mine(3));
  const quiet = await runHere([...syncArgs(peer, temporaryFolder(t)), '--quiet']);
  assert.deepEqual([quiet.code, quiet.stderr], [0, '']);
  assert.match(quiet.stdout, /^Synced regtest to height 3\n/);
  const verbose = await runHere([...syncArgs(peer, temporaryFolder(t)), '--verbose']);
  assert.match(steady(verbose.stderr), /ADDRESS speaks version 70016 and offers no services\n/);
});

test('what is wrong with a peer is said once, however often it is called', async (t) => {
  const { code, stdout, stderr } = await runHere(syncArgs('127.0.0.1:1', temporaryFolder(t)));
  assert.deepEqual([code, stdout], [1, '']);
  const reason = '127.0.0.1:1: connection refused: nobody listens there (connect-failed)';
  assert.equal(
    stderr,
    `Syncing regtest from height 0\nNo connection to ${reason}\n` +
      `headlight: ${reason}; check that the node there runs, is on regtest and up to date\n`,
  );
});

test('nobody to ask on a network of one is said at once, with what to do', async (t) => {
  const args = ['sync', '--network', 'regtest', '--datadir', temporaryFolder(t), '--json'];
  const { code, stdout, stderr } = await runHere(args);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /headlight: no peer is known for regtest; name a peer that you know with --connect HOST:PORT\n$/,
  );
  assert.match(stdout, /"event":"error",.*"network":"regtest","code":"no-peer"/);
});

test('a peer that is silent is given up after --timeout seconds', async (t) => {
  const peer = await WirePeer.listen(t);
  const startMs = performance.now();
  const args = [...syncArgs(peer.address, temporaryFolder(t)), '--timeout', '0.5', '--json'];
  const { code, stdout, stderr } = await runHere(args);
  assert.ok(performance.now() - startMs < 5_000);
  assert.equal(code, 1);
  assert.equal(parseLines(stdout).at(-1)?.['code'], 'no-progress');
  assert.match(stderr, /headlight: no new header came for 0.5 s \(at height 0\); try other peers/);
});

test('a peer whose chain has too little work is refused, and what to do is said', async (t) => {
  const peer = await serve(t, mine(3));
  const args = [...syncArgs(peer, temporaryFolder(t)), '--min-chainwork', '1000000'];
  const { code, stderr } = await runHere(args);
  assert.equal(code, 1);
  assert.match(stderr, /\(low-work\); try another peer, or --min-chainwork 0[^\n]*\n$/);
});

test('what a peer calls itself cannot steer the terminal', async (t) => {
  const peer = await WirePeer.listen(t, async (connection) => {
    await connection.shakeHands({ userAgent: '/\u001b[31mred\u0007/', startHeight: 0 });
    await connection.next('getheaders');
    connection.send(headersOf(new Uint8Array()));
  });
  const { code, stderr } = await runHere(syncArgs(peer.address, temporaryFolder(t)));
  assert.equal(code, 0);
  assert.match(stderr, /\(\/\?\[31mred\?\/, height 0\)/);
});

test('--no-saved-peers leaves nothing of peers behind, and without it there is an address book', async (t) => {
  const peer = await serve(t, mine(3));
  const [without, with_] = [temporaryFolder(t), temporaryFolder(t)];
  await runHere([...syncArgs(peer, without), '--no-saved-peers']);
  assert.deepEqual(readdirSync(join(without, 'regtest')), ['headers']);
  await runHere(syncArgs(peer, with_));
  assert.deepEqual(readdirSync(join(with_, 'regtest')).toSorted(), ['headers', 'peers']);
});

test('what is set in the environment for headlight serve does not keep sync from its work', async (t) => {
  setEnvironment(t, { HEADLIGHT_LISTEN: '127.0.0.1:0' });
  const peer = await serve(t, mine(3));
  const { code, stderr } = await runHere(syncArgs(peer, temporaryFolder(t)));
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /Listening/);
});

test('a damaged address book is said, and no hindrance', async (t) => {
  const datadir = temporaryFolder(t);
  const peer = await serve(t, mine(3));
  await runHere(syncArgs(peer, datadir));
  writeFileSync(join(datadir, 'regtest', 'peers', 'CURRENT'), 'garbage');
  const { code, stdout, stderr } = await runHere(syncArgs(peer, datadir));
  assert.equal(code, 0);
  assert.match(stdout, /^Synced regtest to height 3\n/);
  assert.match(
    stderr,
    /Warning: the saved peers were set aside in .*peers-damaged-1 .*\(peers-set-aside\)\n/,
  );
});

/** An honest peer that has announced a block, and then a longer branch. */
async function announcingPeer(t: Parameters<typeof WirePeer.listen>[0]) {
  const old = new HeadersChain(mine(10));
  const grown = new HeadersChain(
    new Uint8Array([...old.slice(1), ...mine(1, { parent: lastOf(old.bytes) })]),
  );
  const branch = mine(3, { parent: old.slice(9, 9), salt: 7 });
  const peer = await WirePeer.listen(t, honestly(old));
  return {
    peer,
    grown,
    rival: grown.withBranch(9, branch),
    announce: (headers: Uint8Array) => peer.connections[0]?.send(headersOf(headers)),
  };
}

test('sync --follow stays, and prints each new block and each reorganisation', async (t) => {
  const { peer, grown, rival, announce } = await announcingPeer(t);
  const running = new WatchedCommand([...syncArgs(peer.address, temporaryFolder(t)), '--follow', '--json']);
  t.after(() => running.child.kill('SIGKILL'));
  await running.event(({ event }) => event === 'synced');
  announce(grown.slice(11));
  const block = await running.event(({ event }) => event === 'block');
  announce(rival.slice(10));
  await running.event(({ event, height }) => event === 'block' && height === 12);
  running.child.kill('SIGINT');
  const { code } = await running.result;
  assert.equal(code, 130);

  assert.deepEqual(
    new Set(Object.keys(block)),
    new Set(['event', 'time', 'network', 'height', 'hash', 'previous', 'blockTime', 'bits']),
  );
  assert.deepEqual(
    [block['height'], block['hash'], block['previous'], block['bits']],
    [11, toDisplayHex(grown.hashAt(11)), toDisplayHex(grown.hashAt(10)), '207fffff'],
  );
  const news = running.events().filter(({ event }) => event === 'block' || event === 'reorg');
  assert.deepEqual(
    news.map(({ event, height }) => [event, height]),
    [
      ['block', 11],
      ['reorg', undefined],
      ['block', 10],
      ['block', 11],
      ['block', 12],
    ],
  );
  const { time, ...reorg } = news[1] ?? {};
  assert.equal(typeof time, 'string');
  assert.deepEqual(reorg, {
    event: 'reorg',
    network: 'regtest',
    fork: { height: 9, hash: toDisplayHex(grown.hashAt(9)) },
    removed: [11, 10].map((height) => toDisplayHex(grown.hashAt(height))),
    added: [10, 11, 12].map((height) => toDisplayHex(rival.hashAt(height))),
  });
});

test('sync --follow tells people the same, one line each, and saves all of it', async (t) => {
  const { peer, grown, rival, announce } = await announcingPeer(t);
  const datadir = join(temporaryFolder(t), 'data');
  const running = new WatchedCommand([...syncArgs(peer.address, datadir), '--follow']);
  t.after(() => running.child.kill('SIGKILL'));
  await running.says('Following new blocks');
  announce(grown.slice(11));
  await running.says('block 11');
  announce(rival.slice(10));
  await running.says('block 12');
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.result;
  assert.equal(code, 130);
  const news = stdout.split('\n').filter((line) => /^(block|reorg)/.test(line));
  assert.match(
    news[0] ?? '',
    new RegExp(`^block 11  ${toDisplayHex(grown.hashAt(11))}  \\d{4}-\\d\\d-\\d\\d .* UTC$`),
  );
  assert.equal(news[1], `reorg at 9  ${toDisplayHex(grown.hashAt(9))}  2 removed, 3 added`);
  assert.equal(news.length, 5);
  assert.match(stderr, /\nFollowing new blocks; Ctrl-C stops.\n/);
  assert.match(stderr, /\nInterrupted: the tip is at height 12, all headers so far are saved.\n$/);
  const { stdout: status } = await runHere([
    'status',
    '--json',
    '--network',
    'regtest',
    '--datadir',
    datadir,
  ]);
  assert.equal((JSON.parse(status) as { hash: string }).hash, toDisplayHex(rival.tipHash));
});
