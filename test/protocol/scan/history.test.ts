import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FetchedBlock } from '../../../src/protocol/blocks/fetched-block.ts';
import { History } from '../../../src/protocol/scan/history.ts';
import type { ScanChange, ScanOutput } from '../../../src/protocol/scan/scan-contract.ts';
import { FalseClock } from '../../support/false-time.ts';
import { blocksBetween, type ScanBlock } from '../../support/scan-blocks.ts';
import { chainTo, OURS, PAID } from '../../support/scan-fixture.ts';

const genesis = chainTo(0);
/** Pays at heights 2 and 4. */
const tip = chainTo(5, [2, 4], genesis);
const blocks = [genesis, ...blocksBetween(genesis, tip)];

function fetched({ height, hash, header, made }: ScanBlock): FetchedBlock {
  return { height, hash, header, transactions: made.map(({ identified }) => identified) };
}

/** One line for each thing that is told. */
function told(outputs: readonly ScanOutput[]): string[] {
  return outputs.map((output) => {
    assert.ok(output.do === 'report');
    const { event } = output;
    assert.ok(event.event === 'payments' || event.event === 'payments-removed');
    const stored = event.event === 'payments' && event.isStored ? ' stored' : '';
    return `${event.event} ${event.found.height}, ${event.balanceSats} before${stored}`;
  });
}

function change(outputs: readonly ScanOutput[]): ScanChange | undefined {
  const [output] = outputs;
  if (output === undefined) return undefined;
  assert.ok(output.do === 'save-scan');
  return output.change;
}

function lookedAt(last: number): History {
  const history = new History([OURS.script], undefined);
  for (const block of blocks.slice(0, last + 1)) history.lookAt(fetched(block));
  return history;
}

function point(height: number): { height: number; hash: Uint8Array } {
  const { hash } = blocks[height] as ScanBlock;
  return { height, hash };
}

test('what a block holds is told, with the balance before it', () => {
  const history = new History([OURS.script], undefined);
  const lines = blocks.flatMap((block) => told(history.lookAt(fetched(block))));
  assert.deepEqual(lines, ['payments 2, 0 before', `payments 4, ${PAID} before`]);
  const { balanceSats, payments, unspent } = history.summary(tip);
  assert.deepEqual([balanceSats, payments, unspent], [BigInt(2 * PAID), 2, 2]);
});

test('what leaves the chain is taken back, the newest first', () => {
  const history = lookedAt(5);
  assert.deepEqual(told(history.undoAbove(1)), [
    `payments-removed 4, ${2 * PAID} before`,
    `payments-removed 2, ${PAID} before`,
  ]);
  assert.equal(history.summary(tip).balanceSats, 0n);
  assert.deepEqual(told(history.undoAbove(1)), []);
});

test('what an earlier run found is told as such, and counts', () => {
  const found = change(lookedAt(5).save(point(5), []))?.added ?? [];
  const history = new History([OURS.script], { scannedHeight: 5, blocks: found });
  assert.deepEqual(told(history.tellStored()), [
    'payments 2, 0 before stored',
    `payments 4, ${PAID} before stored`,
  ]);
  assert.equal(history.summary(tip).payments, 2);
});

test('a change holds what is new since the last one', () => {
  const history = lookedAt(3);
  const first = change(history.save(point(3), []));
  assert.deepEqual(
    first?.added.map(({ height }) => height),
    [2],
  );
  assert.deepEqual(first?.scanned, point(3));
  assert.equal(first?.keepUpTo, undefined);
  assert.equal(change(history.save(point(3), [])), undefined, 'nothing is new');
  history.lookAt(fetched(blocks[4] as ScanBlock));
  assert.deepEqual(
    change(history.save(point(4), []))?.added.map(({ height }) => height),
    [4],
  );
});

test('a place further on is worth a change though nothing was found, and so are filter headers', () => {
  const history = lookedAt(0);
  assert.deepEqual(change(history.save(point(0), []))?.added, []);
  assert.deepEqual(change(history.save(point(1), []))?.scanned, point(1));
  const segment = {
    firstHeight: 0,
    previous: genesis.hash,
    headers: genesis.hash,
    lastBlockHash: genesis.hash,
  };
  assert.deepEqual(change(history.save(point(1), [segment]))?.segments, [segment]);
  assert.equal(change(history.save(undefined, [])), undefined);
});

test('a change says up to where what was written before is true', () => {
  const history = lookedAt(5);
  history.save(point(5), []);
  history.undoAbove(3);
  history.undoAbove(4);
  const undone = change(history.save(point(3), []));
  assert.equal(undone?.keepUpTo, 3);
  assert.deepEqual(undone?.added, []);
  assert.equal(change(history.save(point(4), []))?.keepUpTo, undefined, 'it is said once');
});

test('what left the chain before it was written is not written', () => {
  const history = lookedAt(5);
  history.undoAbove(3);
  assert.deepEqual(
    change(history.save(point(3), []))?.added.map(({ height }) => height),
    [2],
  );
});

test('a branch that has come to the same place as another is written', () => {
  const history = lookedAt(5);
  history.save(point(5), []);
  history.undoAbove(4);
  assert.equal(change(history.save(point(5), []))?.keepUpTo, 4);
});

test('a write is due two seconds after the last one, counted from the first look', () => {
  const clock = new FalseClock();
  const history = lookedAt(1);
  assert.equal(history.deadline(), undefined);
  assert.equal(history.isDue(clock.now), false);
  assert.equal(history.deadline(), clock.ms + 2_000);
  assert.equal(history.isDue(clock.advance(1_999)), false);
  assert.equal(history.isDue(clock.advance(1)), true);
  assert.equal(history.deadline(), undefined);
  assert.equal(history.isDue(clock.now), false);
  history.save(point(1), []);
  assert.equal(history.deadline(), undefined, 'whoever writes early need not write again');
});

test('the summary is told again when the tip is another', () => {
  const history = lookedAt(5);
  assert.equal(history.hasChanged(point(5)), true);
  history.summary(point(5));
  assert.equal(history.hasChanged(point(5)), false);
  assert.equal(history.hasChanged(point(4)), true);
});
