/** Results to stdout, as text or as JSON lines; remarks to stderr, as far as they are wanted. */

import type { Writable } from 'node:stream';
import type { Terminal } from './terminal.ts';

export const LOG_LEVELS = ['error', 'warning', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface OutputOptions {
  readonly json: boolean;
  readonly logLevel: LogLevel;
}

/** Remarks that nobody reads are kept up to here; what went wrong is always said. */
const MAX_WAITING_REMARKS_BYTES = 1_000_000;

export class Output {
  readonly json: boolean;
  readonly #terminal: Terminal;
  readonly #logLevel: LogLevel;
  /** Takes away what stands in the last line of the screen. */
  #makeRoom: () => void = () => undefined;

  constructor(terminal: Terminal, { json, logLevel }: OutputOptions) {
    this.json = json;
    this.#terminal = terminal;
    this.#logLevel = logLevel;
  }

  /** Whether remarks of a level are wanted. */
  shows(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(this.#logLevel);
  }

  /** Whether a person looks at the result as it comes. */
  get isForScreen(): boolean {
    return this.#terminal.stdout.isTTY === true;
  }

  /** Bytes of the result that the reader has not taken yet. */
  get waitingBytes(): number {
    return this.#terminal.stdout.writableLength;
  }

  /** A line of the result for people; nothing with --json. */
  line(text: string): void {
    if (!this.json) this.#write(this.#terminal.stdout, `${text}\n`);
  }

  /** A line of the result for programs; nothing without --json. */
  object(value: object): void {
    if (this.json) this.#write(this.#terminal.stdout, `${asciiJson(value)}\n`);
  }

  /** Raw bytes of the result. Resolves when there is room for more. */
  async bytes(value: Uint8Array): Promise<void> {
    const { stdout, signal } = this.#terminal;
    if (stdout.write(value) || signal.aborted || stdout.destroyed) return;
    await new Promise<void>((resolve) => {
      // Together: whichever comes first, nothing is left behind for the next time.
      const proceed = (): void => {
        stdout.off('drain', proceed).off('close', proceed);
        signal.removeEventListener('abort', proceed);
        resolve();
      };
      stdout.on('drain', proceed).on('close', proceed);
      signal.addEventListener('abort', proceed);
    });
  }

  /** A remark on stderr. */
  remark(level: LogLevel, text: string): void {
    const { stderr } = this.#terminal;
    const isStuck = stderr.writableLength > MAX_WAITING_REMARKS_BYTES;
    if (this.shows(level) && (level === 'error' || !isStuck)) this.#write(stderr, `${text}\n`);
  }

  /** @param makeRoom called before each line: takes away what stands in the last line of the screen. */
  makeRoomWith(makeRoom: () => void): void {
    this.#makeRoom = makeRoom;
  }

  #write(stream: Writable, text: string): void {
    this.#makeRoom();
    stream.write(text);
  }
}

/** JSON in printable ASCII only: a stranger's text may hold characters that steer a terminal. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
