/** A peer that is headlight itself: a client that calls nobody and serves a chain on loopback. */
import type { TestContext } from 'node:test';
import { HeaderChain, importHeaders, LightClient, NETWORKS } from '../../src/index.ts';

/** Far enough ahead of every mined header. */
const NOW_SECONDS = 2_000_000_000;

/**
 * Serves regtest headers until the test is over.
 *
 * @param headers everything above genesis, 80 bytes each.
 * @returns its HOST:PORT.
 */
export async function serve(t: Pick<TestContext, 'after'>, headers: Uint8Array): Promise<string> {
  const chain = await HeaderChain.open({ network: NETWORKS.regtest, datadir: undefined, create: true });
  const { fault } = await importHeaders(chain, pieces(headers), NOW_SECONDS);
  if (fault !== undefined) throw new Error(`header ${fault.index} to be served: ${fault.detail}`);
  const client = new LightClient({ chain, dial: false, listen: '127.0.0.1:0' });
  await client.start();
  t.after(() => client.stop());
  return `127.0.0.1:${client.listening?.port}`;
}

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
