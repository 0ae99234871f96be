/** The database on disk: LevelDB, opened with care. */

import { mkdirSync, readdirSync } from 'node:fs';
import { sep } from 'node:path';
import { Level } from 'level';
import type { BatchOperation, KeyRange, KeyValue } from './key-value.ts';
import { StoreError } from './store-error.ts';

/** LevelDB's own buffer for fresh writes; small, since the headers are in memory anyway. */
const WRITE_BUFFER_BYTES = 4 * 1024 * 1024;
/** Read at a time when going through all records; the default holds less than one of ours. */
const READ_AHEAD_BYTES = 1024 * 1024;
const CACHE_BYTES = 4 * 1024 * 1024;
/** Hashes cannot be made smaller: to try takes a third of the time that LevelDB needs for a million headers. */
const COMPRESSION = false;
const OPTIONS = { keyEncoding: 'utf8', valueEncoding: 'view' } as const;

type Database = Level<string, Uint8Array>;

/** In Node.js `Level` is classic-level's class; its types leave the static functions out, for browsers have none. */
const { repair } = Level as unknown as { repair(this: void, folder: string): Promise<void> };

export class LevelKeyValue implements KeyValue {
  /** Whether LevelDB's own files were damaged and had to be put in order. */
  readonly wasRepaired: boolean;
  readonly #folder: string;
  readonly #database: Database;

  private constructor(folder: string, database: Database, wasRepaired: boolean) {
    this.#folder = folder;
    this.#database = database;
    this.wasRepaired = wasRepaired;
  }

  /**
   * Whether a folder holds a database.
   *
   * @throws {StoreError} `store-open-failed` when that cannot be seen, for lack of rights or because the disk is at fault.
   */
  static exists(folder: string): boolean {
    try {
      return readdirSync(folder).some(isDatabaseFile);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return false;
      throw openError(folder, error);
    }
  }

  /**
   * Opens the database in a folder, which is made when it is not there. Damage to LevelDB's files is repaired: what
   * can be read of them is kept.
   *
   * @throws {StoreError} `store-locked`, `store-open-failed`.
   */
  static async open(folder: string): Promise<LevelKeyValue> {
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw new StoreError('store-open-failed', `cannot make the folder ${folder}: ${reasonOf(cause)}`, {
        cause,
      });
    }
    // Without the file that names the others LevelDB would start afresh, on top of what is there.
    const isNew = !LevelKeyValue.exists(folder);
    try {
      return new LevelKeyValue(folder, await openDatabase(folder, isNew), false);
    } catch (error) {
      if (!LevelKeyValue.isDamage(error)) throw openError(folder, error);
    }
    return LevelKeyValue.openRepaired(folder);
  }

  /**
   * Puts LevelDB's files in order and opens what can be read of them. Nobody else may have the database open.
   *
   * @throws {StoreError} `store-locked`, `store-open-failed`.
   */
  static async openRepaired(folder: string): Promise<LevelKeyValue> {
    try {
      await repair(folder);
      return new LevelKeyValue(folder, await openDatabase(folder, false), true);
    } catch (error) {
      throw openError(folder, error);
    }
  }

  /**
   * Whether an error, met while opening or reading, tells of damaged or missing files: repair may help. LevelDB notices
   * damage inside a table only when the table is read. Everything else, such as a lock, is not for repair.
   */
  static isDamage(error: unknown): boolean {
    if (codeOf(error) === 'LEVEL_CORRUPTION') return true;
    // Of a table cut short it says "Invalid argument", of a missing one "No such file or directory".
    return /corrupt|no such file|missing files|checksum|invalid argument/i.test(reasonOf(error));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return reading(this.#database.get(key));
  }

  async getMany(keys: string[]): Promise<(Uint8Array | undefined)[]> {
    return reading(this.#database.getMany(keys));
  }

  async *entries(range: KeyRange): AsyncIterable<readonly [string, Uint8Array]> {
    try {
      yield* this.#database.iterator({ ...range, highWaterMarkBytes: READ_AHEAD_BYTES });
    } catch (cause) {
      throw readError(cause);
    }
  }

  async *keys(range: KeyRange): AsyncIterable<string> {
    try {
      yield* this.#database.keys(range);
    } catch (cause) {
      throw readError(cause);
    }
  }

  async write(batch: BatchOperation[]): Promise<void> {
    try {
      await this.#database.batch(batch, { sync: true });
    } catch (cause) {
      throw new StoreError('store-write-failed', `cannot write to the store: ${reasonOf(cause)}`, { cause });
    }
  }

  async trim(): Promise<void> {
    await this.#database.close();
    try {
      await this.#database.open();
    } catch (error) {
      throw openError(this.#folder, error);
    }
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

async function openDatabase(folder: string, createIfMissing: boolean): Promise<Database> {
  const database = new Level<string, Uint8Array>(folder, {
    ...OPTIONS,
    createIfMissing,
    writeBufferSize: WRITE_BUFFER_BYTES,
    cacheSize: CACHE_BYTES,
    compression: COMPRESSION,
  });
  await database.open();
  return database;
}

function isDatabaseFile(name: string): boolean {
  return name === 'CURRENT' || name.startsWith('MANIFEST-') || /\.(ldb|sst|log)$/.test(name);
}

function openError(folder: string, cause: unknown): StoreError {
  if (codeOf(cause) === 'LEVEL_LOCKED') {
    const message = `another process is using the store in ${folder}; stop it, or choose another --datadir`;
    return new StoreError('store-locked', message, { cause });
  }
  // LevelDB names its files with the folder, which was named already.
  const reason = reasonOf(cause).replaceAll(`${folder}${sep}`, '');
  return new StoreError('store-open-failed', `cannot open the store in ${folder}: ${reason}`, { cause });
}

async function reading<T>(value: Promise<T>): Promise<T> {
  try {
    return await value;
  } catch (cause) {
    throw readError(cause);
  }
}

function readError(cause: unknown): StoreError {
  return new StoreError('store-read-failed', `cannot read from the store: ${reasonOf(cause)}`, { cause });
}

/** The code of the innermost error that has one: `level` wraps what LevelDB said. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return codeOf(error.cause) ?? (error as NodeJS.ErrnoException).code;
}

/** The words of the innermost error; of the system's, without the call and the file, which who reports it names. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code, words } = /^(?<code>E[A-Z0-9]+): (?<words>[^,]+), /.exec(error.message)?.groups ?? {};
  return words === undefined ? error.message : `${words} (${code})`;
}
