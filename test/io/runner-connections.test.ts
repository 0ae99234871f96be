/** The runner with a node that does what the test says: dialling, accepting, remembering, stopping, and time. */

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Outcome } from '../../src/outcome.ts';
import type { LightNodeInput, LightNodeOutput } from '../../src/protocol/node-contract.ts';
import type { Endpoint, PeerId } from '../../src/protocol/peer.ts';
import type { RecordChange } from '../../src/protocol/peers/peer-memory.ts';
import { pingOf } from '../support/messages.ts';
import { freePort } from '../support/nodes/free-port.ts';
import { runScript } from '../support/scripted-node.ts';
import { SocksServer } from '../support/socks-server.ts';
import { WireConnection, WirePeer } from '../support/wire-peer.ts';

const CHANGE: RecordChange = { put: [['a', Uint8Array.of(1)]], remove: [] };
const SAVE: LightNodeOutput = { do: 'save-peers', change: CHANGE };
const LOOPBACK: Endpoint = { host: '127.0.0.1', port: 0 };

/** A disk without room. */
const refuse = (): Promise<void> => Promise.reject(new Error('no room'));
/** No name service may be asked. */
const noResolver = (): never => assert.fail('asked a name service');

/** Does something about one kind of input, and nothing about the others. */
function on(
  type: LightNodeInput['type'],
  ...outputs: readonly LightNodeOutput[]
): (input: LightNodeInput) => LightNodeOutput[] {
  return (input) => (input.type === type ? [...outputs] : []);
}

function dialOf(peer: PeerId, port: number, host = '127.0.0.1'): LightNodeOutput {
  return { do: 'dial', peer, endpoint: { host, port } };
}

test('with a proxy everybody is dialled through it, and nothing is looked up', async (t) => {
  const peer = await WirePeer.listen(t);
  const proxy = await SocksServer.listen(t, { answer: () => ({ port: peer.port }) });
  const { runner, node } = runScript(
    t,
    on('started', dialOf(1, 8333, 'node.example'), { do: 'look-up', name: 'seed.example' }),
    { proxy: proxy.endpoint, newResolver: noResolver },
  );
  runner.start();
  while (node.inputs.length < 3) await sleep(1);
  assert.equal(proxy.requests[0]?.host, 'node.example');
  assert.deepEqual(node.inputTypes.toSorted(), ['connected', 'looked-up', 'started']);
  const lookedUp = node.inputs.find((input) => input.type === 'looked-up');
  assert.deepEqual([lookedUp?.name, lookedUp?.addresses], ['seed.example', []]);
  assert.match(lookedUp?.error ?? '', /proxy/);
});

test('a call that is under way is taken back when the node hangs up, and not told of again', async (t) => {
  const proxy = await SocksServer.listen(t, { answer: () => 'silence' });
  const { runner, node } = runScript(
    t,
    (input) => {
      if (input.type === 'started') return [dialOf(1, 8333)];
      return input.type === 'listening' ? [{ do: 'hang-up', peer: 1 }] : [];
    },
    { proxy: proxy.endpoint },
  );
  runner.start();
  while (proxy.requests.length === 0) await sleep(1);
  assert.equal(proxy.openCount, 1);
  await runner.listen(LOOPBACK);
  while (proxy.openCount > 0) await sleep(1);
  await sleep(5);
  assert.deepEqual(node.inputTypes, ['started', 'listening']);
});

test('connections are told with what went over them', async (t) => {
  const peer = await WirePeer.listen(t, (connection) => connection.send(pingOf(1n), pingOf(2n)));
  const nobody = await freePort();
  const { runner, node } = runScript(t, (input) => {
    if (input.type === 'started') return [dialOf(1, peer.port), dialOf(2, nobody)];
    return input.type === 'connected' ? [{ do: 'send', peer: 1, message: pingOf(3n) }] : [];
  });
  runner.start();
  const told = (): unknown =>
    runner.connections().map(({ peer: id, endpoint, bytesIn, bytesOut }) => {
      return [id, endpoint.port, bytesIn, bytesOut];
    });
  while (node.inputTypes.filter((type) => type === 'received').length < 2) await sleep(1);
  while (!node.inputTypes.includes('lost')) await sleep(1);
  assert.deepEqual(told(), [
    [1, peer.port, 64, 32],
    // Gone, but the node has yet to forget it.
    [2, nobody, 0, 0],
  ]);
  await runner.stop();
  assert.deepEqual(runner.connections(), []);
});

test('the node is told where connections are accepted, and decides whom to keep', async (t) => {
  const accepted: PeerId[] = [];
  const { runner, node } = runScript(t, (input) => {
    if (input.type === 'lost') accepted.splice(accepted.indexOf(input.peer), 1);
    if (input.type !== 'accepted') return [];
    if (accepted.length >= 32) return [{ do: 'hang-up', peer: input.peer }];
    accepted.push(input.peer);
    return [{ do: 'send', peer: input.peer, message: pingOf(1n) }];
  });
  const listening = await runner.listen(LOOPBACK);
  assert.deepEqual(node.inputs, [{ type: 'listening', endpoint: listening }]);
  runner.start();
  const call = (): WireConnection => {
    const caller = new WireConnection(connect({ host: '127.0.0.1', port: listening.port }));
    t.after(() => caller.socket.destroy());
    return caller;
  };
  const callers = Array.from({ length: 32 }, call);
  for (const caller of callers) assert.ok((await caller.next('ping')) !== undefined);
  const late = call();
  await late.ended();
  assert.deepEqual(late.received, []);
  callers[0]?.socket.end();
  await callers[0]?.ended();
  while (accepted.length === 32) await sleep(1);
  assert.ok((await call().next('ping')) !== undefined);
});

test('as a last resort callers are turned away before the node hears of them', async (t) => {
  const { runner, node } = runScript(t, undefined, { maxAccepted: 2 });
  const { port } = await runner.listen(LOOPBACK);
  const callers = Array.from({ length: 3 }, () => new WireConnection(connect({ host: '127.0.0.1', port })));
  t.after(() => callers.forEach(({ socket }) => socket.destroy()));
  await Promise.race(callers.map((caller) => caller.ended()));
  assert.equal(node.inputTypes.filter((type) => type === 'accepted').length, 2);
});

test('what is remembered of peers is written, and what is decided at the end as well, before the end', async (t) => {
  const saved: RecordChange[] = [];
  const last: RecordChange = { put: [], remove: ['a'] };
  const disk = new Outcome<void>();
  const peer = await WirePeer.listen(t);
  const { runner, node } = runScript(
    t,
    (input) => {
      switch (input.type) {
        case 'started':
          return [SAVE, dialOf(1, peer.port)];
        case 'stopping':
          // Whatever a node may want then, nobody is called any more.
          return [
            { do: 'save-peers', change: last },
            { do: 'hang-up', peer: 1 },
            dialOf(2, peer.port),
            { do: 'look-up', name: 'seed.example' },
            { do: 'finish' },
          ];
        case 'accepted':
        case 'connected':
        case 'received':
        case 'lost':
        case 'looked-up':
        case 'listening':
        case 'submitted':
        case 'block-wanted':
        case 'tick':
          return [];
      }
    },
    {
      savePeers: async (change) => {
        if (change.remove.length > 0) await disk.promise();
        saved.push(change);
      },
      newResolver: noResolver,
      onFinish: () => assert.fail('it did not end by itself'),
    },
  );
  runner.start();
  while (!node.inputTypes.includes('connected')) await sleep(1);
  assert.deepEqual(saved, [CHANGE]);
  let isStopped = false;
  const stopped = runner.stop().then(() => (isStopped = true));
  await peer.connections[0]?.ended();
  assert.equal(isStopped, false);
  disk.resolve();
  await stopped;
  assert.deepEqual(saved, [CHANGE, last]);
  await runner.stop();
  assert.deepEqual(node.inputTypes, ['started', 'connected', 'stopping']);
  assert.equal(runner.storeError, undefined);
  assert.equal(peer.connections.length, 1);
});

test('a node that was never started is not told of the end', async (t) => {
  const { runner, node } = runScript(t);
  await runner.stop();
  assert.deepEqual(node.inputs, []);
});

test('a node that failed inside is not asked again, and what it had decided is written', async (t) => {
  const saved: RecordChange[] = [];
  const mistake = new Error('a mistake of ours');
  const { runner, node, finished } = runScript(
    t,
    (input) => {
      if (input.type === 'started') return [SAVE];
      throw mistake;
    },
    {
      savePeers: async (change) => {
        await sleep(5);
        saved.push(change);
      },
    },
  );
  node.deadlineMs = performance.now() + 1;
  runner.start();
  assert.equal(await finished, mistake);
  assert.deepEqual(node.inputTypes, ['started', 'tick']);
  assert.deepEqual(saved, [CHANGE]);
});

test('a node that fails when it is told of the end does not keep it from ending', async (t) => {
  const mistake = new Error('a mistake of ours');
  const { runner } = runScript(t, (input) => {
    if (input.type === 'stopping') throw mistake;
    return [];
  });
  runner.start();
  await runner.stop();
  assert.equal(runner.storeError, mistake);
});

test('that peers cannot be saved is a warning, and everything goes on', async (t) => {
  const { runner, events } = runScript(
    t,
    (input) => [...on('started', SAVE)(input), ...on('stopping', SAVE)(input)],
    { savePeers: refuse },
  );
  runner.start();
  while (events.length === 0) await sleep(1);
  const [warning] = events;
  assert.ok(warning?.event === 'warning' && warning.code === 'peers-not-saved');
  assert.match(warning.message, /no room/);
  await runner.stop();
  assert.equal(events.length, 1);
  assert.equal(runner.storeError, undefined);
});

test('a warning of the last moment is told before the end', async (t) => {
  const { runner, events } = runScript(t, on('stopping', SAVE), { savePeers: refuse });
  runner.start();
  await runner.stop();
  assert.equal(events.length, 1);
});

test('a deadline is kept though messages come all the time, and one that stays in the past starves nobody', async (t) => {
  const peer = await WirePeer.listen(t, async (connection) => {
    // One in each turn of the event loop.
    while (!connection.isOver) {
      connection.send(pingOf(1n));
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  const { runner, node } = runScript(t, on('started', dialOf(1, peer.port)));
  runner.start();
  while (!node.inputTypes.includes('received')) await sleep(1);
  const { inputs } = node;
  node.deadlineMs = performance.now() - 1_000;
  const start = performance.now();
  const countBefore = inputs.length;
  const counts = { tick: 0, received: 0 };
  let passedMs = 0;
  while (passedMs < 200 || (passedMs < 10_000 && counts.received <= 200)) {
    await sleep(50);
    passedMs = performance.now() - start;
    const since = node.inputTypes.slice(countBefore);
    counts.tick = since.filter((type) => type === 'tick').length;
    counts.received = since.length - counts.tick;
  }
  assert.ok(counts.tick > 10 && counts.tick <= passedMs, `${counts.tick} ticks in ${passedMs} ms`);
  assert.ok(counts.received > 200, `${counts.received} messages`);
});

test('a deadline that moves away is not told of before it has come', async (t) => {
  const { runner, node } = runScript(t);
  node.deadlineMs = performance.now() + 20;
  runner.start();
  const laterMs = performance.now() + 80;
  node.deadlineMs = laterMs;
  while (!node.inputTypes.includes('tick')) await sleep(1);
  assert.ok(performance.now() >= laterMs);
});
