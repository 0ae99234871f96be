/** An expected failure of a command: one line for people, a stable code for programs. */

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: string;
  /** Further fields of the error event. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}
