/** A place in the text of a descriptor that moves forward while it is read. */

import { badSyntax } from './refusal.ts';

/** What ends a name, a number or a key: functions and trees have their own signs. */
const WORD = /[^,(){}]*/y;

export class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** Goes past a character if it is the next one. */
  skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** Goes past a character that has to be the next one. */
  expect(character: string, where: string): void {
    if (!this.skip(character)) throw badSyntax(`${where}: a ${character} is missing`);
  }

  /** Everything up to the next comma, bracket or brace, which is the next character then; may be nothing. */
  word(): string {
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0] ?? '';
    this.#at += word.length;
    return word;
  }
}
