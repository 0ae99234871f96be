/** Peers that mean to be stored before their work is known, or never to come to an end: each kind, on chains of several messages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOSTILE_KINDS } from './hostile/catalogue.ts';
import { play } from './play.ts';

const HEIGHT = 4_300;
const SEEDS = [1, 2];

/** Hostile kinds, and how some of their connections end when nothing else is amiss. */
const KINDS: readonly (readonly [name: string, reason: string | undefined])[] = [
  ['two-faced', 'chain-changed'],
  ['just below', 'low-work'],
  ['turncoat', 'low-work'],
  ['truncator', 'low-work'],
  ['unlinked', 'not-continuous'],
  ['forger', undefined],
  ['from genesis', 'headers-timeout'],
  ['repeater', undefined],
  ['wrong range', undefined],
  ['echo', undefined],
  ['shuffler', undefined],
  ['vanisher', undefined],
];

for (const [name, reason] of KINDS) {
  test(`where the work of a chain has to be counted, the best chain is found among peers of one kind: ${name}`, () => {
    const kinds = HOSTILE_KINDS.filter((kind) => kind.name === name);
    assert.equal(kinds.length, 1);
    const reasons = new Set<string>();
    for (const seed of SEEDS) {
      for (const anchors of ['none', 'right'] as const) {
        const wishes = { kinds, hostileCount: 4, honestCount: 1, hasMinimum: true } as const;
        const height = HEIGHT + seed;
        const { scenario } = play(seed, {
          ...wishes,
          mode: 'sync',
          ways: ['named'],
          height,
          anchors,
          spacing: 144,
        });
        for (const { disconnect } of scenario.client.partings) reasons.add(disconnect.reason);
      }
    }
    if (reason !== undefined) assert.ok(reasons.has(reason), [...reasons].join(', '));
  });
}
