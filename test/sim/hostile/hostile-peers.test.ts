/** Each kind of hostile peer in numbers, and ways to surround a client. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play } from '../play.ts';
import { HOSTILE_KINDS } from './catalogue.ts';

const SEEDS = [1, 2];

for (const kind of HOSTILE_KINDS) {
  test(`twenty peers of one kind (${kind.name}) do not keep a client from the one that is honest`, () => {
    for (const seed of SEEDS) {
      const wishes = { kinds: [kind], hostileCount: 20, honestCount: 1, hasMinimum: true } as const;
      for (const way of ['named', 'seeds', 'book'] as const)
        play(seed, { ...wishes, mode: 'sync', ways: [way] });
    }
  });
}

test('of all that DNS seeds tell one address is honest, and it is found', () => {
  // None of these ever gives the whole chain.
  const useless = [
    'silent',
    'fork feeder',
    'faulty headers',
    'address flood',
    'garbage',
    'mirror',
    'refuser',
  ];
  const kinds = HOSTILE_KINDS.filter(({ name }) => useless.includes(name));
  for (const seed of SEEDS) {
    const wishes = { kinds, hostileCount: 60, honestCount: 1, hasMinimum: true, ways: ['seeds'] } as const;
    const { scenario } = play(seed, { ...wishes, mode: 'sync' });
    const [honest] = scenario.honest;
    assert.ok(scenario.client.dialled.some(({ host }) => host === honest?.peer.endpoint.host));
  }
});

test('a client that stays, whose places can all be taken by peers that tell it nothing new, hears of new blocks in the end', () => {
  const kinds = HOSTILE_KINDS.filter(({ name }) => name === 'liar' || name === 'crier' || name === 'staller');
  for (const seed of SEEDS)
    play(seed, { kinds, hostileCount: 12, honestCount: 1, mode: 'follow', ways: ['book'] });
});
