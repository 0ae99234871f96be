/** A client in a process of its own, to be killed at any moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('syncing-child-main.js', import.meta.url));

/** An event that it told of, with what of it says how far the chain had come. */
export interface News {
  readonly event: string;
  readonly height?: number;
  /** Display order. */
  readonly hash?: string;
  readonly code?: string;
}

export interface ChildOptions {
  readonly network: string;
  readonly datadir: string;
  /** HOST:PORT. */
  readonly peer: string;
}

export class SyncingChild {
  readonly news: News[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #text = '';
  #errors = '';
  #waiting: (() => void)[] = [];

  /** Starts a process that does nothing yet. */
  constructor(t: Pick<TestContext, 'after'>, { network, datadir, peer }: ChildOptions) {
    this.#child = spawn(process.execPath, [PROGRAM, network, datadir, peer], { stdio: 'pipe' });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.#child.stdin?.on('error', () => undefined);
    this.#closed = once(this.#child, 'close').then(() => this.#wake());
    t.after(() => this.kill());
  }

  /** Lets it open its store and call the peer. */
  async go(): Promise<void> {
    await this.told(({ event }) => event === 'ready');
    this.#child.stdin?.write('go\n');
  }

  /** Resolves when it has told of something, now or before; rejects when it ends without. */
  async told(passes: (news: News) => boolean): Promise<void> {
    while (!this.news.some(passes)) {
      if (this.#isOver) throw new Error(`the client ended:\n${this.describe()}\n${this.#errors}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Ends it as a loss of power would end a process; rejects when it had ended by itself. */
  async kill(): Promise<void> {
    const hadEnded = this.#child.exitCode !== null;
    this.#child.kill('SIGKILL');
    await this.#closed;
    if (hadEnded) throw new Error(`the client had ended:\n${this.describe()}\n${this.#errors}`);
  }

  /** The last things that it told, for people. */
  describe(): string {
    return this.news
      .slice(-20)
      .map((news) => JSON.stringify(news))
      .join('\n');
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #take(text: string): void {
    // Whole lines only: the last one may be cut off.
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.news.push(JSON.parse(line) as News);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
