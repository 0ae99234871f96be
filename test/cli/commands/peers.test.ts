import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { LightClient } from '../../../src/index.ts';
import { parseLines } from '../../support/command.ts';
import { runHere } from '../../support/fake-terminal.ts';
import { mine } from '../../support/mine.ts';
import { privateAddresses, saveBook } from '../../support/peer-books.ts';
import { answering, OTHERS } from '../../support/probed-peer.ts';
import { serve } from '../../support/serving-client.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { WirePeer } from '../../support/wire-peer.ts';

function peersArgs(datadir: string, ...more: string[]): string[] {
  return ['peers', '--network', 'regtest', '--datadir', datadir, ...more];
}

/** Without what differs from run to run. */
function steadied(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replaceAll(/process \d+/g, 'process PID')
    .replaceAll(/ +[\d.,]+ (ms|s|bytes|kB)(?= |$)/g, '  N');
}

test('when nobody runs that is said, and what the last run has left', async (t) => {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, [
    { endpoint: { host: '10.0.0.1', port: 18_444 }, agoSeconds: 3 * 3_600 },
    { endpoint: { host: 'fd00::1', port: 5 }, agoSeconds: 86_400, isTried: true },
  ]);
  const { code, stdout, stderr } = await runHere(peersArgs(datadir));
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(
    stdout,
    `headlight is not running on regtest here; addresses from the last run:

network  known  active  tried
ipv4         1       1      0
ipv6         1       1      1

seen         answered  failures  serv  address
3 hours ago  never            0  nw    10.0.0.1:18444
1 day ago    just now         0  nw    [fd00::1]:5
`,
  );
});

test('twenty addresses are shown, and all with --all', async (t) => {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, privateAddresses(30));
  const some = (await runHere(peersArgs(datadir))).stdout;
  assert.equal(some.match(/:18444$/gm)?.length, 20);
  assert.match(some, /\nand 10 more; --all shows them\n$/);
  const all = (await runHere(peersArgs(datadir, '--all'))).stdout;
  assert.equal(all.match(/:18444$/gm)?.length, 30);
  assert.doesNotMatch(all, / more/);
});

test('without any address there is advice, and no folder is made', async (t) => {
  const datadir = join(temporaryFolder(t), 'none');
  const { code, stdout } = await runHere(peersArgs(datadir));
  assert.equal(code, 0);
  assert.equal(
    stdout,
    'headlight is not running on regtest here\n\n' +
      'No address is known yet: headlight sync finds some, unless --connect names the peers.\n',
  );
  assert.throws(() => readdirSync(datadir), { code: 'ENOENT' });
});

async function runningClient(
  t: TestContext,
): Promise<{ datadir: string; peer: string; client: LightClient }> {
  const datadir = temporaryFolder(t);
  const peer = await serve(t, mine(12));
  const client = new LightClient({ network: 'regtest', datadir, connect: [peer], listen: '127.0.0.1:0' });
  t.after(() => client.stop());
  await client.start();
  await client.synced();
  return { datadir, peer, client };
}

test('while a client runs its connections are shown', async (t) => {
  const { datadir } = await runningClient(t);
  const { stdout } = await runHere(peersArgs(datadir));
  const [headline, , titles, connection] = steadied(stdout).split('\n');
  assert.equal(
    headline,
    'headlight is running on regtest here (process PID), listening on ADDRESS: 1 outbound and 0 inbound connections',
  );
  assert.match(titles ?? '', /^ *dir +kind +version +height +ping +age +in +out +user agent +address$/);
  assert.match(connection ?? '', /^\*? *out +manual +70016 +12 +N +N +N +N +\/headlight:[\d.]+\/ +ADDRESS$/);
});

test('--json tells connections, then addresses, then numbers, each with the names of the contract', async (t) => {
  const { datadir, peer, client } = await runningClient(t);
  const { code, stdout } = await runHere(peersArgs(datadir, '--json'));
  assert.equal(code, 0);
  const events = parseLines(stdout);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['connection', 'address', 'peers'],
  );
  for (const { network, time } of events) {
    assert.equal(network, 'regtest');
    assert.equal(new Date(String(time)).toISOString(), time);
  }
  const [connection = {}, address = {}, summary = {}] = events;
  const stamp = ['event', 'time', 'network'];
  assert.deepEqual(Object.keys(connection), [...stamp, ...Object.keys(client.connections()[0] ?? {})]);
  assert.deepEqual(Object.keys(address), [...stamp, ...Object.keys(client.knownPeers()[0] ?? {})]);
  assert.deepEqual([connection['address'], address['address']], [peer, peer]);
  const { time: _, ...told } = summary;
  assert.deepEqual(told, {
    event: 'peers',
    network: 'regtest',
    running: true,
    pid: process.pid,
    listening: `127.0.0.1:${client.listening?.port}`,
    connected: 1,
    known: 1,
    active: 1,
    tried: 1,
    networks: { ipv4: { known: 1, active: 1, tried: 1 } },
  });
});

test('--json without a client that runs tells of addresses alone', async (t) => {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, privateAddresses(30));
  const events = parseLines((await runHere(peersArgs(datadir, '--json'))).stdout);
  assert.equal(events.length, 31);
  const { event, running, connected, known, pid } = events.at(-1) ?? {};
  assert.deepEqual([event, running, connected, known, pid], ['peers', false, 0, 30, undefined]);
});

test('what is shown fits the terminal', async (t) => {
  const { datadir } = await runningClient(t);
  for (const columns of [40, 60, 80]) {
    const { stdout } = await runHere(peersArgs(datadir), { columns });
    // But for sentences, which the terminal wraps.
    for (const line of stdout.split('\n').slice(1)) assert.ok(line.length <= columns, line);
  }
});

/** A book of a peer that answers, a dead address and a silent one. */
async function mixedBook(t: TestContext): Promise<{ datadir: string; alive: string }> {
  const datadir = temporaryFolder(t);
  const alive = await WirePeer.listen(t, answering(OTHERS));
  const silent = await WirePeer.listen(t);
  await saveBook(
    datadir,
    [alive.port, 1, silent.port].map((port) => ({ endpoint: { host: '127.0.0.1', port } })),
  );
  return { datadir, alive: alive.address };
}

test('--probe tells those that are alive, and how many are', async (t) => {
  const { datadir } = await mixedBook(t);
  const { code, stdout, stderr } = await runHere(peersArgs(datadir, '--probe', '--probe-timeout', '0.5'));
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^ +[\d.]+ ms {2}nw +12 {2}127\.0\.0\.1:\d+ {2}\/a\?\/\n1 of 3 addresses answered, median latency [\d.]+ ms\n {2}ipv4 {2}1 of 3\n$/,
  );
  assert.equal(stderr, 'Probing 3 addresses of regtest\n');
  const { stdout: after } = await runHere(peersArgs(datadir, '--json'));
  const { known, tried } = parseLines(after).at(-1) ?? {};
  assert.deepEqual([known, tried], [3 + OTHERS.length, 1]);
});

test('--probe --json tells all of them, and the numbers last', async (t) => {
  const { datadir, alive } = await mixedBook(t);
  const args = peersArgs(datadir, '--probe', '--probe-timeout', '0.5', '--json', '--quiet');
  const { code, stdout, stderr } = await runHere(args);
  assert.deepEqual([code, stderr], [0, '']);
  const events = parseLines(stdout);
  const found = events.find(({ address }) => address === alive) ?? {};
  assert.deepEqual(
    new Set(Object.keys(found)),
    new Set([
      'event',
      'time',
      'network',
      'address',
      'hostNetwork',
      'alive',
      'version',
      'services',
      'latencyMs',
      'height',
      'userAgent',
      'reason',
      'detail',
    ]),
  );
  assert.deepEqual(
    [found['event'], found['alive'], found['height'], found['reason']],
    ['probe', true, 12, null],
  );
  const reasons = events.filter((event) => event['alive'] === false).map(({ reason }) => reason);
  assert.deepEqual(new Set(reasons), new Set(['connect-failed', 'handshake-timeout']));
  const { time: _, medianLatencyMs, ...summary } = events.at(-1) ?? {};
  assert.equal(medianLatencyMs, found['latencyMs']);
  assert.deepEqual(summary, {
    event: 'probed',
    network: 'regtest',
    tried: 3,
    alive: 1,
    saved: true,
    networks: { ipv4: { tried: 3, alive: 1 } },
  });
});

test('--probe beside a client that runs says that nothing is saved', async (t) => {
  const { datadir } = await runningClient(t);
  const { code, stdout, stderr } = await runHere(peersArgs(datadir, '--probe'));
  assert.equal(code, 0);
  assert.match(
    stderr,
    /^Warning: what is learnt is not saved: headlight is running there .*\(peers-not-saved\)\n/,
  );
  assert.match(stdout, /\n1 of 1 addresses answered/);
});

test('--probe with nobody to call fails with advice', async (t) => {
  const { code, stdout, stderr } = await runHere(peersArgs(temporaryFolder(t), '--probe', '--json'));
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^headlight: no address that can be called is known for regtest; run headlight sync first/,
  );
  assert.equal(parseLines(stdout)[0]?.['code'], 'no-peer');
});

test('--probe that is interrupted tells what it has found, and keeps it', async (t) => {
  const datadir = temporaryFolder(t);
  const stop = new AbortController();
  const silent = await WirePeer.listen(t, () => stop.abort());
  await saveBook(datadir, [{ endpoint: { host: '127.0.0.1', port: silent.port } }]);
  const { code, stdout, stderr } = await runHere(peersArgs(datadir, '--probe'), { signal: stop.signal });
  assert.equal(code, 130);
  assert.equal(stdout, '0 of 0 addresses answered\n');
  assert.match(stderr, /\nInterrupted: 0 of 1 addresses were tried, what was learnt of them is saved\.\n$/);
});
