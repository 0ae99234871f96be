/** What the simulator finds fault with when ranges are asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnchorTable } from '../../src/networks/anchor-table.ts';
import { encodeHeaders } from '../../src/wire/header.ts';
import { type LocatorRequestPayload, NO_STOP } from '../../src/wire/messages/locator-request.ts';
import { PLAIN } from './chains.ts';
import { RangeWatch } from './range-watch.ts';

const chain = PLAIN.trunk(150);
const PEER = 1;

function watch(): RangeWatch {
  const heights = Array.from({ length: 150 }, (_, index) => index + 1);
  return new RangeWatch(AnchorTable.of(heights.map((height) => ({ height, hash: chain.at(height).hash }))));
}

/** A request for what comes between two anchors. */
function between(from: number): LocatorRequestPayload {
  return { version: 70016, locator: [chain.at(from).hash], stop: chain.at(from + 1).hash };
}

const AT_START = { tipHeight: 0, ms: 0 };

test('ranges may be asked for as far ahead as the window goes', () => {
  assert.equal(watch().ask(PEER, between(95), AT_START), undefined);
  assert.match(watch().ask(PEER, between(97), AT_START) ?? '', /98 anchors ahead/);
  assert.equal(watch().ask(PEER, between(97), { ...AT_START, tipHeight: 1 }), undefined);
});

test('what stops at no anchor is no range', () => {
  const { locator, version } = between(1);
  assert.match(
    watch().ask(PEER, { version, locator, stop: new Uint8Array(32).fill(1) }, AT_START) ?? '',
    /no anchor/,
  );
  assert.equal(watch().ask(PEER, { version, locator, stop: NO_STOP }, AT_START), undefined);
});

test('a peer may have eight requests to answer, and those that it passes over do not count', () => {
  const seen = watch();
  for (let from = 0; from < 8; from++) assert.equal(seen.ask(PEER, between(from), AT_START), undefined);
  assert.match(seen.ask(PEER, between(8), AT_START) ?? '', /9 requests/);
  seen.answered(PEER, encodeHeaders([chain.at(7).header]));
  for (let from = 10; from < 15; from++) assert.equal(seen.ask(PEER, between(from), AT_START), undefined);
  assert.equal(seen.ask(2, between(20), AT_START), undefined);
});

test('what is not answered for long is not waited for', () => {
  const seen = watch();
  for (let from = 0; from < 8; from++) seen.ask(PEER, between(from), AT_START);
  assert.equal(seen.ask(PEER, between(8), { tipHeight: 0, ms: 12_000 }), undefined);
});
