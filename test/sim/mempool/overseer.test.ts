/** That the simulation sees a client that breaks its promises. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LightNode, type LightNodeInput, type LightNodeOutput } from '../../../src/protocol/light-node.ts';
import type { Now } from '../../../src/protocol/machine.ts';
import { Violation } from '../client.ts';
import { BlockSpoiler } from './hostile/block-spoiler.ts';
import { RuleBreaker } from './hostile/forger.ts';
import { playMempool } from './play.ts';
import type { Wishes } from './scenario.ts';

type Change = (outputs: LightNodeOutput[]) => LightNodeOutput[];

/** A client whose outputs are changed, and that is not told of everything. */
function spoiled(
  change: Change,
  hears: (input: LightNodeInput) => boolean = () => true,
): Required<Wishes>['newNode'] {
  return (...all) =>
    new (class extends LightNode {
      override handle(input: LightNodeInput, now: Now): LightNodeOutput[] {
        return hears(input) ? change(super.handle(input, now)) : [];
      }
    })(...all);
}

/** Plays a few seeds; most of them must fail as expected, and none otherwise. */
function fails(wishes: Wishes, expected: RegExp, least: number = 4): void {
  let failures = 0;
  for (let seed = 1; seed <= 8; seed++) {
    try {
      playMempool(seed, { kinds: [], ...wishes });
    } catch (error) {
      assert.ok(error instanceof Violation);
      assert.match(error.message, expected);
      failures++;
    }
  }
  assert.ok(failures >= least, `${failures} of 8`);
}

function withoutEvents(name: string): Change {
  return (outputs) => outputs.filter((output) => output.do !== 'report' || output.event.event !== name);
}

function twice(outputs: LightNodeOutput[]): LightNodeOutput[] {
  return outputs.flatMap((output): LightNodeOutput[] =>
    output.do === 'report' ? [output, output] : [output],
  );
}

function withWrongReasons(outputs: LightNodeOutput[]): LightNodeOutput[] {
  return outputs.map((output) =>
    output.do === 'report' && output.event.event === 'tx-removed' && output.event.reason === 'replaced'
      ? { ...output, event: { ...output.event, reason: 'conflict' } }
      : output,
  );
}

function isCommand(input: LightNodeInput, command: string): boolean {
  return input.type === 'received' && input.message.command === command;
}

test('a client that takes no transactions fails', () => {
  const deaf = spoiled(
    (outputs) => outputs,
    (input) => !isCommand(input, 'tx'),
  );
  fails({ newNode: deaf }, /announced \d+ ms ago and not told/);
});

test('a client that takes no blocks fails', () => {
  const deaf = spoiled(
    (outputs) => outputs,
    (input) => !isCommand(input, 'block'),
  );
  fails({ newNode: deaf }, /no honest node has it|not in the list|was told again|and is confirmed|replaced/);
});

test('a client that does not tell what it takes in fails', () => {
  fails({ newNode: spoiled(withoutEvents('tx')) }, /which is not in the list|was not there|not told/);
});

test('a client that does not tell what leaves fails', () => {
  fails({ newNode: spoiled(withoutEvents('tx-removed')) }, /left silently|told twice/);
});

test('a client that tells everything twice fails', () => {
  fails({ newNode: spoiled(twice) }, /told twice/);
});

test('a client that tells the wrong reason fails', () => {
  fails({ newNode: spoiled(withWrongReasons) }, /conflicts with no block/);
});

test('a client that parts with nobody fails', () => {
  const patient = spoiled((outputs) => outputs.filter((output) => output.do !== 'hang-up'));
  const kinds = [RuleBreaker, BlockSpoiler].map((make) => ({
    name: make.name,
    make: (options: ConstructorParameters<typeof make>[0]) => new make(options),
  }));
  fails({ newNode: patient, kinds }, /was not dropped|twice at a time/, 3);
});
