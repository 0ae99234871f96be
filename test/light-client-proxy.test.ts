/** A whole client behind a SOCKS5 proxy: what goes through it, and what never leaves otherwise. */
import assert from 'node:assert/strict';
import dns from 'node:dns';
import { test, type TestContext } from 'node:test';
import { LightClient, NETWORKS } from '../src/index.ts';
import { mine } from './support/mine.ts';
import { serve } from './support/serving-client.ts';
import { SocksServer } from './support/socks-server.ts';

const ONION = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';

/** A proxy that leads everywhere to one port of this machine. */
async function proxyTo(t: TestContext, address: string): Promise<SocksServer> {
  const port = Number(address.split(':')[1]);
  return SocksServer.listen(t, { answer: () => ({ port }) });
}

test('onion addresses and names are synced from through the proxy, which is the only one to hear of them', async (t) => {
  const lookUps = t.mock.method(dns, 'lookup');
  const proxy = await proxyTo(t, await serve(t, mine(30)));
  for (const host of [ONION, 'a.name.nowhere']) {
    const client = new LightClient({
      network: 'regtest',
      connect: [`${host}:18444`],
      proxy: `127.0.0.1:${proxy.endpoint.port}`,
      follow: false,
    });
    t.after(() => client.stop());
    await client.start();
    assert.equal((await client.synced()).height, 30);
    const asked = proxy.requests.at(-1);
    assert.deepEqual([asked?.kind, asked?.host, asked?.port], ['name', host, 18_444]);
  }
  const names = lookUps.mock.calls.map(({ arguments: [name] }) => name);
  assert.deepEqual(
    names.filter((name) => name !== '127.0.0.1'),
    [],
  );
});

test('seeds are called through the proxy by their names, and never looked up', async (t) => {
  const proxy = await proxyTo(t, await serve(t, mine(3)));
  const network = { ...NETWORKS.regtest, dnsSeeds: ['one.seed.invalid', 'two.seed.invalid'] };
  const client = new LightClient({ network, proxy: `127.0.0.1:${proxy.endpoint.port}`, follow: true });
  t.after(() => client.stop());
  await client.start();
  while (proxy.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(
    proxy.requests
      .slice(0, 2)
      .map(({ host }) => host)
      .toSorted(),
    ['x9.one.seed.invalid', 'x9.two.seed.invalid'],
  );
});
