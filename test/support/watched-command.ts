/** The compiled program as a child process whose text a test can wait for, with all that it has said so far. */
import { RunningCommand } from './command.ts';

export class WatchedCommand extends RunningCommand {
  #text = '';
  #waiting: (() => void)[] = [];

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    super(args, env);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (text: string) => {
        this.#text += text;
        this.#wake();
      });
    }
    this.child.once('close', () => this.#wake());
  }

  /** Resolves when some text was written, to stdout or stderr; rejects when the program ends without. */
  async says(text: string): Promise<void> {
    while (!this.#text.includes(text)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the program ended without ${JSON.stringify(text)}:\n${this.#text}`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
