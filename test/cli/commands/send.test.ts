import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { run } from '../../../src/cli/program.ts';
import { toDisplayHex, toHex } from '../../../src/bytes/hex.ts';
import { parseLines } from '../../support/command.ts';
import { FakeTerminal, runHere } from '../../support/fake-terminal.ts';
import { mine } from '../../support/mine.ts';
import { RelayingPeer, someTransactions } from '../../support/relaying-peer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const [OURS] = someTransactions(1);
if (OURS === undefined) throw new Error('one was asked for');
const HEX = toHex(OURS.raw);
const TXID = toDisplayHex(OURS.txid);

function sendArgs(t: TestContext, peers: readonly RelayingPeer[]): string[] {
  const connect = peers.flatMap(({ address }) => ['--connect', address]);
  return ['send', '--network', 'regtest', '--datadir', temporaryFolder(t), ...connect];
}

/** The command while it runs; `heard` resolves when a peer was told of the transaction. */
function sending(args: readonly string[]) {
  const stop = new AbortController();
  const terminal = new FakeTerminal({ signal: stop.signal });
  return { terminal, code: run(args, terminal), stop };
}

/** The first of some peers that is told of it: of two, one is chosen by chance. */
async function heard(...peers: readonly RelayingPeer[]): Promise<RelayingPeer> {
  const txid = toHex((OURS as { txid: Uint8Array }).txid);
  for (;;) {
    const told = peers.find((peer) => peer.heard.includes(txid));
    if (told !== undefined) return told;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('send tells a lone peer, and is done when it has asked for it', async (t) => {
  const peer = await RelayingPeer.start(t, mine(5));
  const { terminal, code } = sending([...sendArgs(t, [peer]), HEX]);
  await heard(peer);
  peer.request(OURS.txid);
  assert.equal(await code, 0, terminal.stderr.text);
  assert.equal(peer.given.length, 1);
  const [first, ...steps] = terminal.stdout.text.trimEnd().split('\n');
  assert.equal(first, `Sending ${TXID}`);
  assert.match(steps[0] ?? '', /^\d\d:\d\d:\d\d {2}announced to 1 peer$/);
  assert.match(
    steps.at(-1) ?? '',
    new RegExp(`^\\d\\d:\\d\\d:\\d\\d  requested by ${peer.address} \\(1 in all\\)$`),
  );
  assert.match(terminal.stderr.text, /^Waiting until a peer asks for it\n/);
});

test('with two peers it is done when the other one announces it back', async (t) => {
  const peers = [await RelayingPeer.start(t, mine(5)), await RelayingPeer.start(t, mine(5))] as const;
  const { terminal, code } = sending([...sendArgs(t, peers), '--json', '--quiet', HEX]);
  const told = await heard(...peers);
  const other = told === peers[0] ? peers[1] : peers[0];
  told.request(OURS.txid);
  while (told.given.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  other.announce(OURS);
  assert.equal(await code, 0, terminal.stdout.text);
  const steps = parseLines(terminal.stdout.text).filter(({ event }) => event === 'send');
  assert.deepEqual(
    [steps.at(-1)?.['state'], steps.at(-1)?.['peer'], steps.at(-1)?.['txid']],
    ['relayed', other.address, TXID],
  );
});

test('when nobody comes for it, that is a failure, with what it may mean', async (t) => {
  const peer = await RelayingPeer.start(t, mine(5));
  const { terminal, code } = sending([...sendArgs(t, [peer]), '--timeout', '0.5', '--json', HEX]);
  assert.equal(await code, 1);
  assert.equal(parseLines(terminal.stdout.text).at(-1)?.['code'], 'send-unanswered');
  assert.match(
    terminal.stderr.text,
    /\nheadlight: the transaction was announced to 1 peer, requested by 0, and nobody came for it in 0\.5 s: [^\n]*already spent[^\n]*\n$/,
  );
});

test('when it was asked for and not heard back, that is said plainly, and no failure', async (t) => {
  const peers = [await RelayingPeer.start(t, mine(5)), await RelayingPeer.start(t, mine(5))] as const;
  const { terminal, code } = sending([...sendArgs(t, peers), '--timeout', '2', HEX]);
  (await heard(...peers)).request(OURS.txid);
  assert.equal(await code, 0, terminal.stderr.text);
  assert.match(terminal.stderr.text, /\nWarning: [^\n]* nobody announced it back in 2 s[^\n]*\n$/);
});

test('when there is no peer at all, that is what is said', async (t) => {
  const args = ['send', '--network', 'regtest', '--datadir', temporaryFolder(t), '--connect', '127.0.0.1:1'];
  const { code, stderr } = await runHere([...args, '--timeout', '0.5', HEX]);
  assert.equal(code, 1);
  assert.match(stderr, /headlight: within 0\.5 s there was no peer to tell/);
});

test('what can never be valid is refused before anybody is called', async (t) => {
  const peer = await RelayingPeer.start(t, mine(5));
  const { code, stderr, stdout } = await runHere([...sendArgs(t, [peer]), '--json', HEX.slice(0, -2)]);
  assert.equal(code, 1);
  assert.match(stderr, /^headlight: this is no transaction: [^\n]*\n$/);
  assert.equal(parseLines(stdout)[0]?.['code'], 'unexpected-end');
  assert.equal(peer.wire.connections.length, 0);
});

test('Ctrl-C says how far it came', async (t) => {
  const peer = await RelayingPeer.start(t, mine(5));
  const { terminal, code, stop } = sending([...sendArgs(t, [peer]), HEX]);
  await heard(peer);
  stop.abort();
  assert.equal(await code, 130);
  assert.match(
    terminal.stderr.text,
    /Interrupted: the transaction was announced to 1 peer, requested by 0\.\n$/,
  );
});
