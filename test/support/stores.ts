/** Stores on disk with known headers in them, for commands that read one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { HeaderChain, importHeaders, NETWORKS } from '../../src/index.ts';
import { readFixture } from './repository.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const MAINNET_FILE = 'mainnet-0-32261.headers';

/** A folder with a file of so many bundled mainnet headers, from genesis on. */
export function headersFile(t: TestContext, count: number, change?: (bytes: Uint8Array) => void): string {
  const bytes = readFixture('headers', MAINNET_FILE).slice(0, 80 * count);
  change?.(bytes);
  const file = join(temporaryFolder(t), 'some.headers');
  writeFileSync(file, bytes);
  return file;
}

/** A data folder that holds so many mainnet headers, closed again. */
export async function mainnetStore(t: Pick<TestContext, 'after'>, count: number): Promise<string> {
  const datadir = temporaryFolder(t);
  const chain = await HeaderChain.open({ network: NETWORKS.mainnet, datadir, create: true });
  const bytes = readFixture('headers', MAINNET_FILE).subarray(0, 80 * count);
  await importHeaders(chain, pieces(bytes), Date.now() / 1000);
  await chain.close();
  return datadir;
}

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
