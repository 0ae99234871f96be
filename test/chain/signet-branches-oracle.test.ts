/** Mined branches of signet, where the difficulty changes: what bitcoind once said of each header is what we say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { nextBits } from '../../src/chain/required-bits.ts';
import { signet } from '../../src/networks/signet.ts';
import { decode } from '../../src/wire/codec.ts';
import { header as headerCodec, prevOf } from '../../src/wire/header.ts';
import { ancestorAt } from '../support/oracle-tree.ts';
import {
  oracleOf,
  recordedBranches,
  type RecordedHeader,
  SIGNET_BRANCHES,
  SIGNET_NOW_SECONDS,
} from '../support/signet-branches.ts';
import { submitToTree } from '../support/tree-judge.ts';

test('on branches that leave the real signet where its first period ends, we say what bitcoind says', () => {
  const { trunk } = SIGNET_BRANCHES.offRealSignet;
  const oracle = oracleOf(SIGNET_BRANCHES.offRealSignet);
  const tree = new HeaderTree(signet);
  for (const header of trunk) assert.equal(submitToTree(tree, header, SIGNET_NOW_SECONDS), undefined);
  const { offRealSignet } = recordedBranches();
  for (const [hex, refused] of offRealSignet) {
    const header = fromHex(hex);
    assert.equal(submitToTree(tree, header, SIGNET_NOW_SECONDS) ?? null, refused, hex);
    assert.equal(oracle.submit(header, SIGNET_NOW_SECONDS) ?? null, refused, hex);
  }
  assert.deepEqual(reasonsIn(offRealSignet), [
    'bad-diffbits',
    'bad-version',
    'none',
    'time-too-new',
    'time-too-old',
  ]);
});

test('the target after a period is the one that bitcoind asks for, whatever time the period took', () => {
  const branches = SIGNET_BRANCHES.ofShortPeriods;
  const oracle = oracleOf(branches);
  const { ofShortPeriods } = recordedBranches();
  const timespans = new Set<number>();
  for (const [hex, refused] of ofShortPeriods) {
    const header = fromHex(hex);
    assert.equal(oracle.submit(header, SIGNET_NOW_SECONDS) ?? null, refused, hex);
    const parent = oracle.get(toHex(prevOf(header, 0)));
    if (parent === undefined || (parent.height + 1) % branches.interval !== 0) continue;
    const first = ancestorAt(parent, parent.height + 1 - branches.interval);
    const timespanSeconds = parent.time - first.time;
    const { bits } = decode(headerCodec, header);
    const isRight = bits === nextBits(parent.bits, timespanSeconds, signet.powLimit);
    assert.equal(isRight, refused !== 'bad-diffbits', `${hex}, after ${timespanSeconds} s`);
    timespans.add(timespanSeconds);
  }
  const [least, most] = [302_400, 4_838_400];
  for (const boundary of [-1, 0, 3, least - 1, least, least + 1, most - 1, most, most + 1]) {
    assert.ok(timespans.has(boundary), `a period of ${boundary} s`);
  }
  assert.deepEqual(reasonsIn(ofShortPeriods), ['bad-diffbits', 'none', 'time-too-new']);
});

function reasonsIn(recorded: readonly RecordedHeader[]): string[] {
  return [...new Set(recorded.map(([, refused]) => refused ?? 'none'))].toSorted();
}
