import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Output } from '../../../src/cli/output.ts';
import { sendLine, SendViewer, type Stage } from '../../../src/cli/send/send-viewer.ts';
import type { SendEvent } from '../../../src/index.ts';
import { FakeTerminal } from '../../support/fake-terminal.ts';

const TXID = 'ab'.repeat(32);
const BLOCK = 'cd'.repeat(32);

function sendEvent(state: SendEvent['state'], fields: Partial<SendEvent> = {}): SendEvent {
  const stamp = { time: '2026-11-21T14:02:03.000Z', network: 'regtest' } as const;
  return {
    event: 'send',
    ...stamp,
    txid: TXID,
    state,
    peer: null,
    peers: 1,
    block: null,
    height: null,
    ...fields,
  };
}

function sending(t: TestContext, until: Stage) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const terminal = new FakeTerminal();
  let stops = 0;
  const client = {
    send: () => TXID,
    stop: () => {
      stops++;
      return Promise.resolve();
    },
  };
  const output = new Output(terminal, { json: false, logLevel: 'info' });
  const viewer = new SendViewer({ client, output, raw: new Uint8Array(), until, timeoutSeconds: 60 });
  viewer.started();
  return {
    viewer,
    terminal,
    stops: () => stops,
    wait: (seconds: number) => t.mock.timers.tick(1000 * seconds),
  };
}

/** What has to happen for each, and what of it is enough. */
const ENOUGH: readonly (readonly [Stage, readonly SendEvent['state'][]])[] = [
  ['requested', ['announced', 'requested']],
  ['requested', ['announced', 'relayed']],
  ['relayed', ['announced', 'requested', 'relayed']],
  ['relayed', ['announced', 'requested', 'confirmed']],
  ['confirmed', ['announced', 'requested', 'relayed', 'confirmed']],
];

for (const [until, states] of ENOUGH) {
  test(`until it is ${until}: ${states.join(', ')} is enough, and nothing less`, (t) => {
    const { viewer, stops } = sending(t, until);
    for (const state of states) {
      assert.deepEqual([stops(), viewer.isReached], [0, false], state);
      viewer.takes(sendEvent(state));
    }
    assert.deepEqual([stops(), viewer.isReached], [1, true]);
  });
}

test('the time that peers have begins when they are told; before, it is for each step of the headers', (t) => {
  const { viewer, stops, wait } = sending(t, 'relayed');
  const progress = { time: '', network: 'regtest', height: 1, target: 2, headersPerSecond: 3 } as const;
  wait(59);
  viewer.takes({ event: 'progress', ...progress });
  wait(59);
  viewer.synced();
  wait(59);
  viewer.takes(sendEvent('announced'));
  wait(59);
  viewer.takes(sendEvent('announced', { peers: 2 }));
  viewer.takes(sendEvent('requested'));
  assert.equal(stops(), 0);
  wait(1);
  assert.equal(stops(), 1);
  assert.deepEqual([viewer.isReached, viewer.isAnswered], [false, true]);
  assert.equal(viewer.words, 'the transaction was announced to 2 peers, requested by 1');
});

test('when somebody has it, a block may take as long as it takes', (t) => {
  const { viewer, stops, wait } = sending(t, 'confirmed');
  viewer.takes(sendEvent('announced'));
  viewer.takes(sendEvent('requested'));
  wait(3_600);
  assert.equal(stops(), 0);
  viewer.end();
});

test('when nobody is there, nobody has answered', (t) => {
  const { viewer, stops, wait } = sending(t, 'requested');
  wait(60);
  assert.deepEqual([stops(), viewer.isAnswered, viewer.isAnnounced], [1, false, false]);
  assert.equal(viewer.words, 'the transaction was announced to nobody yet');
});

test('another transaction of ours is none of its business', (t) => {
  const { viewer, terminal } = sending(t, 'requested');
  viewer.takes(sendEvent('requested', { txid: 'ef'.repeat(32) }));
  assert.deepEqual([viewer.isAnswered, terminal.stdout.text], [false, '']);
  viewer.end();
});

test('each step is a line', () => {
  const peer = '127.0.0.1:18444';
  assert.deepEqual(
    [
      sendEvent('announced', { peers: 3 }),
      sendEvent('requested', { peer, peers: 2 }),
      sendEvent('relayed', { peer }),
      sendEvent('confirmed', { block: BLOCK, height: 1_234 }),
      sendEvent('returned', { block: BLOCK, height: 1_234 }),
    ].map(sendLine),
    [
      '14:02:03  announced to 3 peers',
      '14:02:03  requested by 127.0.0.1:18444 (2 in all)',
      '14:02:03  announced back by 127.0.0.1:18444, which had it from others (1 in all)',
      `14:02:03  confirmed in block 1,234  ${BLOCK}`,
      '14:02:03  unconfirmed again: its block is on the best chain no more',
    ],
  );
});
