/** The tree against a model of it, and against a replica that knows only what the changes tell, on random histories. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { sha256d } from '../../src/bytes/hash.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { TreeChange } from '../../src/chain/tree-change.ts';
import { concatenated } from '../support/concatenated.ts';
import { GENESIS, mineHeader, TWO_TARGETS } from '../support/mine-network.ts';
import { assertSameTree, Replica } from '../support/replica.ts';
import { TreeModel } from '../support/tree-model.ts';
import { hexOf, LATE } from '../support/tree.ts';

interface Node {
  readonly header: Uint8Array;
  readonly hashBytes: Uint8Array;
  /** The same, hexadecimal. */
  readonly hash: string;
  /** Its ancestors and itself, without genesis. */
  readonly path: readonly Node[];
}

/** A header on one made before: `parent` counts back from the newest, so that small numbers make long chains. */
interface Birth {
  readonly parent: number;
  readonly easy: boolean;
}

/** A run that is sent: the last `length` headers up to one of them. */
interface Sending {
  /** Number of the last header; undefined for as many as were sent before, which makes chains grow in order. */
  readonly last: number | undefined;
  readonly length: number;
}

const birth: fc.Arbitrary<Birth> = fc.record({
  parent: fc.oneof({ weight: 4, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(60) }),
  easy: fc.boolean(),
});
const sending: fc.Arbitrary<Sending> = fc.record({
  last: fc.option(fc.nat(59), { nil: undefined }),
  length: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 12 })),
});
const history = fc.record({
  births: fc.array(birth, { minLength: 1, maxLength: 60, size: 'max' }),
  sendings: fc.array(sending, { minLength: 1, maxLength: 60, size: 'max' }),
});

const mined = new Map<string, Uint8Array>();

/** Mined once for all histories: what a header is follows from its parent, its number and its kind. */
function headerOn(parent: Uint8Array, easy: boolean, salt: number): Uint8Array {
  const key = `${hexOf(sha256d(parent))} ${easy} ${salt}`;
  const known = mined.get(key) ?? mineHeader(parent, { easy, salt });
  mined.set(key, known);
  return known;
}

function grow(births: readonly Birth[]): Node[] {
  const nodes: Node[] = [];
  for (const { parent, easy } of births) {
    const below = nodes[nodes.length - 1 - parent];
    // Few salts: siblings differ, and most headers are found among those mined before.
    const siblings = nodes.filter((node) => node.path.at(-2) === below).length;
    const header = headerOn(below?.header ?? GENESIS, easy, siblings);
    const hashBytes = sha256d(header);
    const path: Node[] = [...(below?.path ?? [])];
    const node = { header, hashBytes, hash: hexOf(hashBytes), path };
    path.push(node);
    nodes.push(node);
  }
  return nodes;
}

interface Trio {
  readonly tree: HeaderTree;
  readonly model: TreeModel;
  readonly replica: Replica;
}

/** Sends one run to the tree, and what it should do to the model; returns the change. */
function send({ tree, model, replica }: Trio, run: readonly Node[]): TreeChange | undefined {
  const first = run[0] as Node;
  const parent = hexOf(first.header.subarray(4, 36));
  const verdict = tree.check(HeaderRun.fromBytes(concatenated(...run.map(({ header }) => header))), LATE);
  if (!model.has(parent)) {
    assert.equal(verdict, undefined, 'a run whose parent is not known');
    return undefined;
  }
  const known = run.filter(({ hash }) => model.has(hash)).length;
  assert.ok(verdict !== undefined);
  assert.deepEqual([verdict.known, verdict.valid, verdict.fault], [known, run.length, undefined]);
  const change = tree.connect(verdict);
  assert.equal(change === undefined, known === run.length);
  model.add(run.map(({ header }) => header));
  const last = run.at(-1) as Node;
  assert.deepEqual([verdict.height, verdict.chainwork], [last.path.length, model.chainwork(last.hash)]);
  if (change !== undefined) replica.apply(change);
  return change;
}

function compare({ tree, model, replica }: Trio, nodes: readonly Node[]): void {
  const chain = model.chainTo(model.tip);
  assert.equal(hexOf(tree.tip.hash), model.tip);
  assert.deepEqual([tree.tip.height, tree.tip.chainwork], [chain.length - 1, model.chainwork(model.tip)]);
  for (const { hash, hashBytes } of nodes) {
    assert.equal(tree.has(hashBytes), model.has(hash));
    const height = chain.indexOf(hash);
    assert.equal(tree.heightOf(hashBytes), height === -1 ? undefined : height);
  }
  const [best, ...tips] = tree.tips();
  assert.deepEqual(best, { ...tree.tip, branchLength: 0 });
  assert.ok(tips.every(({ chainwork }, i) => i === 0 || chainwork <= (tips[i - 1]?.chainwork ?? 0n)));
  const described = tips.map((tip) =>
    [hexOf(tip.hash), tip.height, tip.chainwork, tip.branchLength].join(' '),
  );
  assert.deepEqual(described.toSorted(), model.sideTips().toSorted());
  assert.deepEqual(
    replica.best.map(({ hash }) => hash),
    chain,
  );
  assert.deepEqual([...replica.side.keys()].toSorted(), model.side().toSorted());
  for (const [hash, { height }] of replica.side) assert.equal(height, model.chainTo(hash).length - 1);
}

/** What goes over the bound must be off the best chain and have no children left; what has just come goes last. */
function forget({ tree, model }: Trio, change: TreeChange, run: readonly Node[]): void {
  const best = new Set(model.chainTo(model.tip));
  for (const hash of change.forgotten.map(hexOf)) {
    assert.ok(!best.has(hash));
    model.forget(hash);
  }
  for (const hash of model.side()) {
    const parent = model.parentOf(hash);
    assert.ok(model.has(parent), 'a header whose parent was forgotten');
  }
  assert.ok(model.side().length <= tree.maxSideHeaders);
  const isCut = run.some(({ hash }) => !model.has(hash));
  const branch = model.side().filter((hash) => run.at(-1)?.path.some((node) => node.hash === hash));
  if (isCut)
    assert.equal(model.side().length, branch.length, 'others were kept in place of what has just come');
}

function runOf(nodes: readonly Node[], { last, length }: Sending, sentBefore: number): readonly Node[] {
  const node = nodes[(last ?? sentBefore) % nodes.length] as Node;
  return node.path.slice(-length);
}

test('whatever is sent in whatever order, the tree, a model of it and a replica of it agree', () => {
  const reached = { reorganisations: 0, promotions: 0, branches: 0, unconnected: 0 };
  fc.assert(
    fc.property(history, ({ births, sendings }) => {
      const nodes = grow(births);
      const trio = {
        tree: new HeaderTree(TWO_TARGETS),
        model: new TreeModel(TWO_TARGETS),
        replica: new Replica(TWO_TARGETS),
      };
      for (const [i, sent] of sendings.entries()) {
        const run = runOf(nodes, sent, i);
        const change = send(trio, run);
        assert.deepEqual(change?.forgotten ?? [], []);
        reached.reorganisations += Math.sign(change?.removed.length ?? 0);
        reached.promotions += Math.sign(change?.promoted.length ?? 0);
        reached.branches += Math.sign(change?.branched.length ?? 0);
        reached.unconnected += trio.model.has((run[0] as Node).hash) ? 0 : 1;
        compare(trio, nodes);
      }
      const restored = trio.replica.restore();
      assertSameTree(restored, trio.tree);
      compare({ ...trio, tree: restored }, nodes);
    }),
    { numRuns: 100 },
  );
  // A property that never gets there says nothing of it.
  for (const [name, times] of Object.entries(reached)) assert.ok(times > 5, `${name}: ${times}`);
});

test('with room for few side headers, what the changes tell is still what the tree holds', () => {
  let forgotten = 0;
  fc.assert(
    fc.property(history, fc.nat(12), ({ births, sendings }, maxSideHeaders) => {
      const nodes = grow(births);
      const trio = {
        tree: new HeaderTree(TWO_TARGETS, { maxSideHeaders }),
        model: new TreeModel(TWO_TARGETS),
        replica: new Replica(TWO_TARGETS),
      };
      for (const [i, sent] of sendings.entries()) {
        const run = runOf(nodes, sent, i);
        const change = send(trio, run);
        if (change !== undefined) {
          forgotten += change.forgotten.length;
          forget(trio, change, run);
          const isOnSide = change.branched.length + change.removed.length > 0;
          const grown = trio.model
            .side()
            .filter((hash) => run.at(-1)?.path.some((node) => node.hash === hash));
          // What only extends the best chain adds nothing to the side, and takes nothing from it.
          if (isOnSide) assert.ok(trio.model.side().length <= Math.max(maxSideHeaders, grown.length));
        }
        compare(trio, nodes);
      }
      assertSameTree(trio.replica.restore({ maxSideHeaders }), trio.tree);
    }),
    { numRuns: 100 },
  );
  assert.ok(forgotten > 20, `${forgotten} forgotten`);
});
