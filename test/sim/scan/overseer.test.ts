/** That the simulation sees a scan that breaks its promises. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Now } from '../../../src/protocol/machine.ts';
import { FilterScan } from '../../../src/protocol/scan/filter-scan.ts';
import type { ScanInput, ScanOutput } from '../../../src/protocol/scan/scan-contract.ts';
import { Violation } from '../client.ts';
import { playScan } from './play.ts';
import type { Company, Wishes } from './scenario.ts';

type Change = (outputs: ScanOutput[]) => ScanOutput[];

/** A scan whose outputs are changed, and that is not told of everything. */
function spoiled(
  change: Change,
  hears: (input: ScanInput) => boolean = () => true,
): Required<Wishes>['newScan'] {
  return (...all) =>
    new (class extends FilterScan {
      override handle(input: ScanInput, now: Now): ScanOutput[] {
        return hears(input) ? change(super.handle(input, now)) : [];
      }
    })(...all);
}

/** Plays some seeds; one of them at least must fail as expected, and none otherwise. */
function fails(newScan: Required<Wishes>['newScan'], expected: RegExp, company?: Company): void {
  let failures = 0;
  for (let seed = 1; seed <= 30; seed++) {
    try {
      playScan(seed, { newScan, maxHeight: 60, ...(company && { company }) });
    } catch (error) {
      assert.ok(error instanceof Violation);
      assert.match(error.message, expected);
      failures++;
    }
  }
  assert.ok(failures > 0);
}

function same(outputs: ScanOutput[]): ScanOutput[] {
  return outputs;
}

function withoutEvents(name: string): Change {
  return (outputs) => outputs.filter((output) => output.do !== 'report' || output.event.event !== name);
}

function withoutFirstSaved(outputs: ScanOutput[]): ScanOutput[] {
  return outputs.map((output) =>
    output.do === 'save-scan'
      ? { ...output, change: { ...output.change, added: output.change.added.slice(1) } }
      : output,
  );
}

function isMessage(input: ScanInput, command: string): boolean {
  return input.type === 'message' && input.message.command === command;
}

test('a scan that does not tell payments fails', () => {
  fails(spoiled(withoutEvents('payments')), /what was told lacks|a balance of|are not the last/);
});

test('a scan that does not take payments back fails', () => {
  fails(spoiled(withoutEvents('payments-removed')), /payments at|what was told has|a balance of/);
});

test('a scan that does not write all that it found fails', () => {
  fails(spoiled(withoutFirstSaved), /what is saved lacks/);
});

test('a scan that takes no blocks fails', () => {
  fails(
    spoiled(same, (input) => !isMessage(input, 'block')),
    /it fails|it follows|it is not given up/,
    'honest',
  );
});

test('a scan that does not hear of changes of the chain fails', () => {
  fails(
    spoiled(same, (input) => input.type !== 'chain-changed'),
    /payments|what was told|what is saved|scanned up to|another block|it follows|height undefined|no block at height/,
  );
});

test('a scan that parts with nobody fails', () => {
  fails(
    spoiled((outputs) => outputs.filter((output) => output.do !== 'hang-up')),
    /lied about|it fails|it follows|is asked too often|it is not given up|on and on/,
    'mixed',
  );
});
