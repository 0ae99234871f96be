/** Published chains of mainnet headers with real proof of work, retargets and time warps included, judged by bitcoind and by us. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/bytes/hex.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { headerAt } from '../support/mine.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Differential } from '../support/nodes/differential.ts';
import { HeaderNode } from '../support/nodes/header-node.ts';
import { OracleTree } from '../support/oracle-tree.ts';
import { alternativeMainnet, bip54Timestamps, type HeaderVectorTree } from '../support/published-headers.ts';
import { skipWithoutSharedData } from '../support/repository.ts';

const skip = skipWithoutSharedData || skipWithoutNodes('bitcoind');

/** Past every header's own time. */
const NOW_SECONDS = Math.floor(Date.now() / 1000);

test(
  'bitcoind and we accept an alternative to mainnet up to its retarget, and BIP 54’s time warps',
  { skip },
  async (t) => {
    const { mainnet } = NETWORKS;
    const node = await HeaderNode.start(t, '-chain=main');
    const differential = new Differential(node, {
      oracle: new OracleTree(mainnet),
      tree: new HeaderTree(mainnet),
      treeOfRuns: new HeaderTree(mainnet),
    });
    const alternative = alternativeMainnet();
    const count = alternative.length / 80;
    await differential.feed(
      Array.from({ length: count }, (_, i) => headerAt(alternative, i)),
      NOW_SECONDS,
    );
    // bitcoind does not know BIP 54, so that it accepts what the BIP forbids too. Genesis is the first of all.
    const vectors = [...headersIn(bip54Timestamps())].slice(1);
    await differential.feed(vectors, NOW_SECONDS);
    await differential.compareTips();
    const { tally } = differential;
    t.diagnostic(JSON.stringify(Object.fromEntries(tally)));
    assert.deepEqual([...tally], [['accepted', count + vectors.length]]);
    assert.ok(vectors.length > 4031, 'two periods');
  },
);

function* headersIn({ block_headers: headers, extensions = [] }: HeaderVectorTree): Generator<Uint8Array> {
  for (const hex of headers) yield fromHex(hex);
  for (const extension of extensions) yield* headersIn(extension);
}
