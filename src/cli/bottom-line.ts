/** A line at the bottom of the screen that is drawn over as things change; results are written above it. */

import cliProgress, { type Options, type Params } from 'cli-progress';
import type { Output } from './output.ts';
import type { Terminal } from './terminal.ts';

/** A terminal that takes nothing gets no more drawings when so much waits for it. */
const MAX_WAITING_BYTES = 64_000;
/** Steps of a whole bar: more than any has characters. */
const STEPS = 1_000_000;

/**
 * The text of the line.
 *
 * @param columns of the screen as it is now; the text has to be shorter.
 * @param drawBar makes a bar of so many characters.
 */
export type DrawLine<Shown> = (shown: Shown, columns: number, drawBar: (width: number) => string) => string;

export class BottomLine<Shown extends object> {
  readonly #terminal: Terminal;
  readonly #output: Output;
  readonly #bar: cliProgress.SingleBar;
  readonly #onCovered: () => void;
  #isShown = false;

  /** @param onCovered told when a result takes the line's place; it comes back with the next {@link show}. */
  constructor(
    terminal: Terminal,
    output: Output,
    barWidth: number,
    draw: DrawLine<Shown>,
    onCovered: () => void = () => undefined,
  ) {
    this.#terminal = terminal;
    this.#output = output;
    this.#onCovered = onCovered;
    this.#bar = new cliProgress.SingleBar({
      format: (options: Options, params: Params, shown: Shown) =>
        draw(shown, params.maxWidth, (barsize) =>
          cliProgress.Format.BarFormat(params.progress, { ...options, barsize }),
        ),
      barsize: barWidth,
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      hideCursor: true,
      clearOnComplete: true,
      noTTYOutput: false,
      stream: terminal.stderr,
      gracefulExit: false,
    });
  }

  /** @param done how much of a bar is filled, 0 to 1. */
  show(shown: Shown, done = 0): void {
    if (this.#terminal.stderr.writableLength > MAX_WAITING_BYTES) return;
    const value = done * STEPS;
    if (this.#isShown) {
      this.#bar.update(value, shown);
      return;
    }
    this.#isShown = true;
    this.#output.makeRoomWith(() => {
      if (!this.#isShown) return;
      this.stop();
      this.#onCovered();
    });
    // A copy: later ones are written into it.
    this.#bar.start(STEPS, value, { ...shown });
  }

  /** Takes the line off the screen, until it is shown again. */
  stop(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#bar.stop();
  }
}
