/** Attacks on a scan that has two honest peers: what it finds is right, nobody honest is blamed, and the attack costs little. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../../src/bytes/hex.ts';
import { buildBasicFilter, judgeFilter } from '../../../src/filters/index.ts';
import type { Message } from '../../../src/wire/message.ts';
import { commonBlock, OURS } from '../../sim/scan/miner.ts';
import { AttackedScan, type Conduct } from '../../support/attacked-scan.ts';
import type { ScanBlock } from '../../support/scan-blocks.ts';
import { MadeBestChain } from '../../support/scan-chain.ts';

/** Four stretches. */
const chain = new MadeBestChain(commonBlock(3_500));
const scripts = OURS.slice(0, 1).map(({ script }) => script);
const wanted = new Set(scripts.map(toHex));

const HONEST: Conduct = { name: 'honest' };
const TWO_HONEST = [HONEST, HONEST];
const UNREADABLE = Uint8Array.of(0xff);

/** The filter with one script too many, which only a block that shows all it spends can show. */
function withOneMore({ hash, elements }: ScanBlock): Uint8Array {
  return buildBasicFilter(hash, [...elements, Uint8Array.of(0x52)]);
}

function withoutOurs({ hash, elements }: ScanBlock): Uint8Array {
  return buildBasicFilter(
    hash,
    elements.filter((script) => !wanted.has(toHex(script))),
  );
}

/** Whether it does not show that its filter has a script too many. */
function isUnclear(block: ScanBlock): boolean {
  const transactions = block.made.map(({ identified }) => identified);
  return judgeFilter(withOneMore(block), block.hash, transactions).kind === 'possible';
}

function asksForFilters({ command }: Message): boolean {
  return command === 'getcfilters';
}

function unreadableOrUnclear(block: ScanBlock): Uint8Array {
  return isUnclear(block) && block.height < 200 ? withOneMore(block) : UNREADABLE;
}

function withOneMoreWhereUnclear(block: ScanBlock): Uint8Array {
  return isUnclear(block) ? withOneMore(block) : block.filter;
}

/** Just before its time is over. */
function slowFilters({ command }: Message): number {
  return command === 'cfilter' ? 14_000 : 0;
}

function noCheckpoints({ command }: Message): number | undefined {
  return command === 'cfcheckpt' ? undefined : 0;
}

const undisturbed = new AttackedScan(chain, { scripts }, TWO_HONEST).play();
const fetchedUndisturbed = undisturbed.scanned?.fetchedBlocks ?? Number.NaN;

/** Plays a scan, and checks what is true whatever is done to it. */
function played(liars: readonly Conduct[], honest: readonly Conduct[] = TWO_HONEST): AttackedScan {
  const scan = new AttackedScan(chain, { scripts }, [...liars, ...honest]).play();
  assert.deepEqual(scan.outcome, { failure: undefined });
  const { balanceSats, payments } = undisturbed.scanned ?? {};
  assert.deepEqual([scan.scanned?.balanceSats, scan.scanned?.payments], [balanceSats, payments]);
  assert.deepEqual(
    scan.hungUp.filter(({ name }) => name === 'honest'),
    [],
  );
  return scan;
}

function extraBlocks({ scanned }: AttackedScan): number {
  return (scanned?.fetchedBlocks ?? Number.NaN) - fetchedUndisturbed;
}

test('two honest peers are enough, and few blocks have to be fetched', () => {
  const scan = played([]);
  assert.ok(scan.elapsedMs < 1_000, `${scan.elapsedMs} ms`);
  assert.ok(fetchedUndisturbed < 100, `${fetchedUndisturbed} blocks`);
});

test('one that is found out in one stretch has no say in the others', () => {
  const scan = played([{ name: 'liar', filterOf: withOneMore }]);
  assert.deepEqual(scan.hungUp, [{ name: 'liar', reason: 'bad-filter' }]);
  assert.ok(extraBlocks(scan) < 10, `${extraBlocks(scan)} blocks more`);
});

test('one that leaves when it is to show its filters, and comes back, does not have all blocks fetched', () => {
  const scan = played([{ name: 'liar', filterOf: withOneMore, leavesAt: asksForFilters }]);
  assert.ok(extraBlocks(scan) < 250, `${extraBlocks(scan)} blocks more`);
});

test('one that blocks could not show to lie is found out when it tells what cannot be read', () => {
  const scan = played([{ name: 'liar', filterOf: unreadableOrUnclear }]);
  assert.deepEqual(scan.hungUp, [{ name: 'liar', reason: 'bad-filter' }]);
  assert.ok(extraBlocks(scan) < 10, `${extraBlocks(scan)} blocks more`);
});

test('one that no block shows to lie costs a few blocks and some time', () => {
  const scan = played([{ name: 'liar', filterOf: withOneMoreWhereUnclear }]);
  assert.deepEqual(scan.hungUp, []);
  assert.ok(extraBlocks(scan) < 10, `${extraBlocks(scan)} blocks more`);
});

test('one that sends filters as slowly as it may is helped by the others', () => {
  const scan = played([{ name: 'slow', delayMs: slowFilters }]);
  assert.ok(scan.elapsedMs < 60_000, `${scan.elapsedMs} ms`);
});

test('those who never tell their checkpoints, and come back under other names, do not hold it up for ever', () => {
  const mute = { name: 'mute', staysMs: 9_000, delayMs: noCheckpoints };
  const liars = [0, 3_000, 6_000].map((joinsMs) => ({ ...mute, joinsMs }));
  const scan = played(liars);
  assert.ok(scan.elapsedMs < 60_000, `${scan.elapsedMs} ms`);
});

test('one that has told nothing, and sends another filter than two have told of, is not blamed: the block is looked at', () => {
  const liar = { name: 'liar', filterOf: withoutOurs, delayMs: () => 100 };
  const scan = new AttackedScan(chain, { scripts }, [liar, liar, { ...HONEST, joinsMs: 1_000 }]).play();
  assert.deepEqual(
    scan.hungUp.filter(({ name }) => name === 'honest'),
    [],
  );
});

test('two who tell the same lie at once do not decide before an honest one that takes its time', () => {
  const liar = { name: 'liar', filterOf: withoutOurs };
  const slow = { ...HONEST, delayMs: ({ command }: Message) => (command === 'cfheaders' ? 2_500 : 0) };
  played([liar, liar], [slow]);
});
