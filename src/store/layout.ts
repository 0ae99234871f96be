/** The first record of a database that holds more than headers: what it is, and by which version it was laid out. */

import type { KeyValue } from './key-value.ts';
import { decodeMeta, encodeMeta, META_KEY } from './records.ts';
import { StoreError } from './store-error.ts';

/** A kind of database. */
export interface Layout {
  /** What it holds, for people, in the plural. */
  readonly name: string;
  /** Number of the layout that is written, and of the highest that is known. */
  readonly version: number;
}

/**
 * Reads what a database is, and writes it down in one that does not say: one that is empty, or whose record is damaged.
 *
 * @throws {StoreError} `store-other-network`, `store-newer-layout`, and `store-read-failed` or `store-write-failed`.
 */
export async function agreeOnLayout(database: KeyValue, network: string, layout: Layout): Promise<void> {
  const { name, version } = layout;
  const bytes = await database.get(META_KEY);
  const meta = bytes && decodeMeta(bytes);
  if (meta === undefined) {
    await database.write([{ type: 'put', key: META_KEY, value: encodeMeta({ layout: version, network }) }]);
  } else if (meta.layout > version) {
    const message = `the ${name} have layout ${meta.layout}, this version knows ${version}: use a newer headlight`;
    throw new StoreError('store-newer-layout', message);
  } else if (meta.network !== network) {
    const message = `the ${name} are of ${meta.network}, not ${network}: choose another --datadir`;
    throw new StoreError('store-other-network', message);
  }
}
