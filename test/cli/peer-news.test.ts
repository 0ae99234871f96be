import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Output } from '../../src/cli/output.ts';
import { PeerNews } from '../../src/cli/peer-news.ts';
import type { PeerConnectedEvent, PeerDisconnectedEvent, PeerKind } from '../../src/index.ts';
import { FakeTerminal } from '../support/fake-terminal.ts';

const STAMP = { time: '2026-01-01T00:00:00.000Z', network: 'regtest' } as const;

function newsOn(logLevel: 'info' | 'debug' = 'info') {
  const terminal = new FakeTerminal();
  const news = new PeerNews(new Output(terminal, { json: false, logLevel }));
  return { news, said: (): string => terminal.stderr.text };
}

function about(peer: string, kind: PeerKind) {
  return { ...STAMP, peer, kind, direction: kind === 'inbound' ? 'inbound' : 'outbound' } as const;
}

function connected(peer: string, kind: PeerKind): PeerConnectedEvent {
  const said = { userAgent: '/a:1/', version: 70_016, services: ['NETWORK'], height: 1_000 };
  return { event: 'peer-connected', ...about(peer, kind), ...said };
}

function lost(
  peer: string,
  kind: PeerKind,
  reason = 'silent',
  detail = 'no word for 90 s',
): PeerDisconnectedEvent {
  return { event: 'peer-disconnected', ...about(peer, kind), reason, detail };
}

test('whom we called and who called us are told apart', () => {
  const { news, said } = newsOn();
  news.connected(connected('10.0.0.1:1', 'outbound'));
  news.connected(connected('127.0.0.1:5', 'inbound'));
  news.disconnected(lost('10.0.0.1:1', 'outbound'));
  news.disconnected(lost('127.0.0.1:5', 'inbound', 'evicted', ''));
  assert.equal(
    said(),
    `Connected to 10.0.0.1:1 (/a:1/, height 1,000)
127.0.0.1:5 connected to us (/a:1/, height 1,000)
Lost 10.0.0.1:1: no word for 90 s (silent)
127.0.0.1:5 is no longer connected to us: (evicted)
`,
  );
});

test('those who call and never say who they are, and found addresses that are dead, are for --verbose', () => {
  for (const level of ['info', 'debug'] as const) {
    const { news, said } = newsOn(level);
    news.disconnected(lost('127.0.0.1:6', 'inbound', 'handshake-timeout'));
    news.disconnected(lost('10.0.0.2:1', 'outbound', 'connect-failed', 'nobody listens there'));
    assert.equal(said() === '', level === 'info', said());
  }
});

test('a peer that the user named is complained of, once for each thing', () => {
  const { news, said } = newsOn();
  for (const detail of ['nobody listens there', 'nobody listens there', 'no answer', 'no answer'])
    news.disconnected(lost('a.example:1', 'manual', 'connect-failed', detail));
  assert.equal(
    said(),
    'No connection to a.example:1: nobody listens there (connect-failed)\n' +
      'No connection to a.example:1: no answer (connect-failed)\n',
  );
  news.connected(connected('a.example:1', 'manual'));
  news.disconnected(lost('a.example:1', 'manual', 'connect-failed', 'no answer'));
  assert.match(said(), /height 1,000\)\nNo connection to a\.example:1: no answer \(connect-failed\)\n$/);
});

test('what was said of thousands of peers is forgotten again', () => {
  const { news, said } = newsOn();
  const complain = (peer: number): void => news.disconnected(lost(`10.0.0.1:${peer}`, 'manual'));
  complain(1);
  for (let peer = 2; peer <= 1_001; peer++) complain(peer);
  const before = said().length;
  complain(1_001);
  assert.equal(said().length, before);
  complain(1);
  assert.ok(said().length > before);
});
