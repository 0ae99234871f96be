/**
 * Tells other processes of this machine what a running client knows: LevelDB lets only one process look into its folder.
 * Whoever connects to a local socket in that folder is sent one JSON document.
 */

import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join, resolve } from 'node:path';

const SOCKET_NAME = 'live.sock';
/** Bytes that the name of a local socket may have: the room in the system's `sun_path`, less the zero at its end. */
const MAX_PATH_SIZE_BYTES = process.platform === 'linux' ? 107 : 103;
/** Whoever asks at the same time as so many others is turned away. */
const MAX_READERS = 4;
/** Time for a whole report to go over, on either side. */
const TIMEOUT_MS = 5_000;
/** An address book with all its entries is a tenth of this. */
const MAX_REPORT_SIZE_BYTES = 64 * 1024 * 1024;

export class LiveReport {
  readonly #server: Server;
  readonly #readers = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Answers until it is closed, which has to be before the folder's database is: the socket belongs to whoever holds
   * that one's lock, and one that is found there was left by a process that is no more.
   *
   * @param report what to tell, made anew for each who asks; plain data for JSON.
   * @returns undefined when there can be no such socket, as where the folder's name is too long: nobody is told then.
   */
  static async serve(folder: string, report: () => object): Promise<LiveReport | undefined> {
    const path = socketPath(folder);
    if (path === undefined || !clear(path)) return undefined;
    const server = createServer();
    server.maxConnections = MAX_READERS;
    const isListening = await new Promise<boolean>((settle) => {
      server.once('error', () => settle(false));
      server.listen({ path, exclusive: true }, () => settle(keepToOurselves(path)));
    });
    const live = new LiveReport(server);
    if (!isListening) {
      await live.close();
      return undefined;
    }
    server.on('error', () => undefined);
    server.on('connection', (reader) => live.#tell(reader, report));
    // It is there for others, and no reason to keep the process.
    server.unref();
    return live;
  }

  /** Resolves when the socket is gone. */
  async close(): Promise<void> {
    for (const reader of this.#readers) reader.destroy();
    await new Promise<void>((settle) => this.#server.close(() => settle()));
  }

  #tell(reader: Socket, report: () => object): void {
    this.#readers.add(reader);
    const timer = setTimeout(() => reader.destroy(), TIMEOUT_MS);
    reader.on('error', () => undefined);
    reader.on('close', () => {
      clearTimeout(timer);
      this.#readers.delete(reader);
    });
    // Nothing that anybody has to say is of interest.
    reader.on('data', () => reader.destroy());
    try {
      reader.end(JSON.stringify(report()));
    } catch {
      // A report that cannot be made is no reason for the client to fail.
      reader.destroy();
    }
  }
}

/**
 * What the client that has a folder open tells, or undefined when there is none, or what it tells is no JSON. It is to
 * be checked like anything else that comes from outside. Never rejects.
 */
export async function askLiveReport(folder: string): Promise<unknown> {
  const path = socketPath(folder);
  const bytes = path === undefined ? undefined : await readAll(connect({ path }));
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** All that comes before the other end closes; undefined when that is too much, or too slow, or breaks off. */
function readAll(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((settle) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const timer = setTimeout(() => socket.destroy(), TIMEOUT_MS);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_REPORT_SIZE_BYTES) socket.destroy();
    });
    socket.on('end', () => settle(Buffer.concat(chunks)));
    socket.on('error', () => settle(undefined));
    socket.on('close', () => {
      clearTimeout(timer);
      settle(undefined);
    });
  });
}

/** Undefined where the system has no room for the name. */
function socketPath(folder: string): string | undefined {
  const whole = resolve(folder);
  if (process.platform === 'win32') {
    return `\\\\.\\pipe\\headlight-${createHash('sha256').update(whole.toLowerCase()).digest('hex')}`;
  }
  const path = join(whole, SOCKET_NAME);
  return Buffer.byteLength(path) <= MAX_PATH_SIZE_BYTES ? path : undefined;
}

/** Removes what a killed process has left. Returns whether there is nothing in the way now. */
function clear(path: string): boolean {
  if (process.platform === 'win32') return true;
  try {
    // Whatever else has the name is somebody's file.
    if (!lstatSync(path).isSocket()) return false;
    unlinkSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** Lets nobody but this user connect: whom we know is nobody else's business. Returns whether that was possible. */
function keepToOurselves(path: string): boolean {
  if (process.platform === 'win32') return true;
  try {
    chmodSync(path, 0o600);
    return true;
  } catch {
    return false;
  }
}
